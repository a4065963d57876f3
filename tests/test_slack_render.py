"""Replies as Slack's blocks: valid, within every limit, in the order in which a person needs them."""

import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import replies
from bot.news import Where
from bot.slack.around import Around
from bot.slack.card import MARKS
from bot.slack.modals import Origin, not_right, other_lever, share
from bot.slack.mrkdwn import escape
from bot.slack.render import post, render, summary
from bot.slack.split import MOST_BLOCKS, MOST_CHARACTERS, characters
from bot.slack.standing import home
from bot.told import Changed, Explained, Heard, OpenThread, Precedent, Told
from decision.assess import assess
from decision.economics import bills
from decision.evidence import Case, Evidence
from decision.verdict import Option
from tests import slack_specs
from tests.slack_loopback import texts
from tests.slack_preview import drawn, views
from tests.weekly_fixtures import NEWS

AROUND = Around("turnturnturn", "https://acme.slack.com/")
EVIL = "<!channel> & <https://evil.example|ours> ```x``` <@U1>"


@pytest.fixture(scope="module")
def verdict(policy, guidance):
    said = (
        Evidence("symptom", "stale_facts", "It is <outdated> & wrong"),
        Evidence("change_rate", "weekly", source="tap"),
        Evidence("volume", "1m_to_10m", source="tap"),
    )
    return assess(policy, Case(said), guidance, decide_now=True).verdict


@pytest.fixture(scope="module")
def question(app):
    return app.conversation.question("retrieval_state")


@pytest.fixture(scope="module")
def every(verdict, question, policy):
    """At least one reply of each kind, with words that would do harm in all places that take words."""
    heard = Heard((Told("facts are old", EVIL, False),), (Changed("a", EVIL, EVIL),), "de", True, EVIL)
    past = Precedent("d-2345", EVIL, "rag", "logged", "did_not_work", "2026-01-01T00:00:00+00:00")
    quote = question.why.citation
    costs = bills(Case((Evidence("volume", "1m_to_10m"), Evidence("prompt_size", "4k_to_20k"))))
    return (
        replies.Ask(question, 1, heard),
        replies.Answered(question, ("Yes <b>", "No & so"), EVIL),
        replies.Answered(question, (), ""),
        replies.GiveVerdict(verdict, heard, (past,), costs, (Explained(EVIL, quote),)),
        replies.SharedVerdict(verdict, EVIL, EVIL),
        replies.ExplainQuestion(question, question.why),
        replies.ShowFlips(verdict.lever, verdict.flips),
        replies.ShowFlips(verdict.lever, ()),
        replies.ShowHeard(heard.told),
        replies.ShowHeard(()),
        replies.AnswerFromGuidance((quote, quote), (Explained(EVIL, quote),), EVIL),
        replies.AnswerFromGuidance(()),
        replies.Decline(),
        replies.Puzzled("de", True),
        replies.Logged("d-2345", "rag", EVIL, "prompt"),
        replies.AlreadyLogged("d-2345"),
        replies.NothingToLog(),
        replies.UnknownLever(EVIL),
        replies.StartedOver(),
        replies.Greet(),
        replies.Stale(EVIL, (EVIL,)),
        replies.KeptFeedback(),
        replies.Shared("C2"),
        replies.ShowStanding((OpenThread(EVIL, "C1", "1.2", "", EVIL, "rag"),), (past,), (past,)),
        replies.ShowStanding((), ()),
        replies.Forgotten(2, 1),
        replies.Digest(
            replace(
                NEWS, made=(replace(NEWS.made[0], title=EVIL, by=EVIL, where=Where("slack", "C1", "1.2")),)
            )
        ),
        replies.Digest(NEWS, whole=True),
        replies.AskOutcome("d-2345", EVIL, "rag", EVIL, 14, 2),
        replies.AskOutcome("d-2345", EVIL, "rag", EVIL, 14, 1, EVIL),
        replies.KeptOutcome("d-2345", "rag", "worked", EVIL, EVIL),
        replies.Reviewed("d-2345", EVIL, "overridden", "prompt", EVIL, "rag", EVIL),
        replies.Subscribed("paused"),
        replies.UnknownTime(EVIL),
        replies.UnknownDecision(EVIL),
        *(replies.DigestHalted("C2", why) for why in ("shared", "wide", "gone")),
        replies.Failed("abcdef"),
    )


def test_every_reply_is_shown(every):
    assert {type(reply) for reply in every} == set(get_args(replies.Reply))
    for reply in every:
        assert list(render(reply, AROUND)), reply
        assert summary(reply), reply


@pytest.mark.skipif(not slack_specs.here(), reason=slack_specs.MISSING)
def test_every_reply_is_a_message_that_slack_takes(every):
    for reply in every:
        for one in post((reply,), AROUND):
            body = {"channel": "C1", "text": one.text, "blocks": list(one.blocks)}
            assert slack_specs.faults("chat_postMessage", body) == []


def test_quotes_say_how_the_message_was_read_where_the_model_could_not(question):
    reply = replies.AnswerFromGuidance((question.why.citation,), note="The model took too long.")
    first, *_ = render(reply, AROUND)
    assert texts(first) == ["The model took too long."]


def test_a_preview_in_a_channel_is_not_taken_for_the_digest():
    said = [
        [text for block in render(reply, AROUND) for text in texts(block)]
        for reply in (replies.Digest(NEWS, preview=True), replies.Digest(NEWS))
    ]
    assert ["A preview of the weekly digest." in one for one in said] == [True, False]


def test_what_a_person_sees_of_their_decisions_is_cut_at_words_and_fits_whatever_their_titles_are():
    titles = ("&<>" * 40, "long " * 30, "x" * 200, "", "Prices | of <yesterday>")
    where = Where("slack", "C1", "1700000000.000100")
    past = tuple(
        Precedent(f"d-{n}", title, "rag", "logged", "", "2026-01-01T00:00:00+00:00", where)
        for n, title in enumerate(titles * 2)
    )
    blocks = home(replies.ShowStanding((), past, past), AROUND)
    for block in blocks:
        for text in texts(block):
            assert len(text) <= 3000
            assert text.count("<https") == text.count("|") == text.count(">")
    said = "\n".join(text for block in blocks for text in texts(block))
    assert f"{'long ' * 13}long …>" in said
    assert "without a title>" in said
    view = {"type": "home", "blocks": blocks}
    assert slack_specs.faults("block_kit_home_view", view) == []


@pytest.mark.skipif(not slack_specs.here(), reason=slack_specs.MISSING)
def test_home_and_modals_are_views_that_slack_takes(every):
    standing = next(reply for reply in every if isinstance(reply, replies.ShowStanding))
    view = {"type": "home", "blocks": home(standing, AROUND)}
    assert slack_specs.faults("block_kit_home_view", view) == []
    origin = Origin("C1", "1.2", "turnturnturn")
    for modal in (other_lever(origin, "rag"), not_right(origin), share(origin)):
        assert slack_specs.faults("block_kit_modal_view", modal) == []
        assert len(modal["title"]["text"]) <= 24


def test_nobodys_words_are_live_in_any_reply(every):
    live = re.compile(r"<(?!https://acme\.slack\.com/archives/C1/p12\||#C2>)")
    for reply in every:
        for one in post((reply,), AROUND):
            said = [one.text, *(text for block in one.blocks for text in texts(block) if not _plain(block))]
            assert not [text for text in said if live.search(text)], reply


def _plain(block):
    return block["type"] in ("header", "actions")


def test_the_preview_draws_every_block_that_is_posted(every):
    assert all(drawn(block) for reply in every for block in render(reply, AROUND))
    assert all(drawn(block) for _, blocks, _ in views(()) for block in blocks)


def test_a_verdict_says_first_what_to_do_and_offers_what_to_tap_before_the_rest(verdict, every):
    given = next(reply for reply in every if isinstance(reply, replies.GiveVerdict))
    shown = list(render(replace(given, heard=Heard()), AROUND))
    assert shown[0] == {
        "type": "header",
        "text": {"type": "plain_text", "text": verdict.headline, "emoji": False},
    }
    said = "\n".join(text for block in shown for text in texts(block))
    order = [
        "% sure",
        "*Why*",
        "*Next steps*",
        "Log",
        "What would change this?",
        "Closest past",
        "Costs a month",
    ]
    places = [said.index(one) for one in order]
    assert places == sorted(places)
    (row,) = [block for block in shown if block["type"] == "actions"]
    assert [one["text"]["text"] for one in row["elements"]] == [
        "Log this decision",
        "Choose another lever",
        "Not right",
        "Share",
    ]


def test_every_reason_stands_with_its_quote_and_its_source(verdict):
    said = "\n".join(
        text for block in render(replies.GiveVerdict(verdict, Heard()), AROUND) for text in texts(block)
    )
    for reason in verdict.reasons:
        assert f"“{reason.citation.quote}”".replace("&", "&amp;") in said
        assert reason.citation.passage.heading.rpartition(" > ")[2] in said


def test_a_card_is_read_on_a_telephone(verdict):
    assert len(verdict.reasons) > 2
    assert len(verdict.steps) > 1
    shown = list(render(replies.GiveVerdict(verdict, Heard()), AROUND))
    tapped = next(number for number, block in enumerate(shown) if block["type"] == "actions")
    above = "\n".join(text for block in shown[:tapped] for text in texts(block))
    assert [reason.citation.quote[:20] in above for reason in verdict.reasons[:3]] == [True, True, False]
    for step in verdict.steps:
        (block,) = [one for one in shown if f"{step.number}. {escape(step.text)}" in str(texts(one))]
        assert sum(mark in str(texts(block)) for mark in MARKS.values()) == 1
    assert verdict.reasons[0].citation.passage.heading.split(" > ")[0] in above


def test_home_names_days_and_shows_ids_as_words(every):
    standing = replies.ShowStanding(
        (OpenThread("Old rules", "C1", "1.2", "2026-01-02T00:00:00+00:00", "", "rag"),),
        (Precedent("d-2345", "Prices", "rag", "logged", "", "2026-01-01T00:00:00+00:00"),),
        (),
    )
    said = "\n".join(text for block in home(standing, AROUND) for text in texts(block))
    assert "2 Jan" in said
    assert "(d-2345, 1 Jan)" in said
    assert "`d-2345`" not in said


def test_what_only_leans_is_not_offered_to_be_logged(verdict):
    shown = list(render(replies.GiveVerdict(replace(verdict, final=False), Heard()), AROUND))
    assert "Log this decision" not in str(shown)
    assert "leans" in str(shown)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["Yes", "No"], "button"),
        (["x" * 31, "No"], "radio_buttons"),
        ([f"choice {n}" for n in range(9)], "radio_buttons"),
        ([f"choice {n}" for n in range(12)], "static_select"),
    ],
)
def test_answers_are_shown_so_that_none_is_cut(question, labels, kind):
    options = tuple(Option(f"v{n}", label) for n, label in enumerate(labels))
    (row, *_) = [
        block
        for block in render(replies.Ask(replace(question, options=options), 1, Heard()), AROUND)
        if block["type"] == "actions"
    ]
    assert row["elements"][0]["type"] == kind


@pytest.mark.parametrize(("count", "kind"), [(9, "checkboxes"), (11, "multi_static_select")])
def test_several_answers_are_ticked(question, count, kind):
    options = tuple(Option(f"v{n}", f"choice {n}") for n in range(count))
    shown = list(render(replies.Ask(replace(question, options=options, many=True), 1, Heard()), AROUND))
    kinds = [
        element["type"] for block in shown if block["type"] == "actions" for element in block["elements"]
    ]
    assert kinds == [kind, "button", "button", "button"]


def test_each_thing_to_tap_has_an_id_of_its_own_and_carries_ids_only(every):
    for reply in every:
        for one in post((reply,), AROUND):
            rows = [block["elements"] for block in one.blocks if block["type"] == "actions"]
            ids = [element["action_id"] for row in rows for element in row]
            assert len(ids) == len(set(ids))
            for element in (element for row in rows for element in row if "value" in element):
                assert re.fullmatch(r"[a-z_]+:turnturnturn(:\d+)?", element["value"])


LONG = st.lists(st.sampled_from(["word ", "<&>", "\n", "a" * 80, "“quote” "]), max_size=400).map("".join)


@given(st.lists(LONG, min_size=1, max_size=12))
def test_replies_of_any_length_fit(question, said):
    found = []
    for text in said:
        explained = Explained(text or "x", question.why.citation)
        found.append(replies.AnswerFromGuidance((question.why.citation,), (explained,)))
    made = post(tuple(found), AROUND)
    for one in made:
        assert len(one.blocks) <= MOST_BLOCKS
        assert sum(map(characters, one.blocks)) <= MOST_CHARACTERS
        assert len(one.text) <= 4000
        for block in one.blocks:
            limit = {"section": 3000, "context": 3000, "markdown": 9000}[block["type"]]
            assert all(0 < len(text) <= limit for text in texts(block))
