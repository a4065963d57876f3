"""Every reply has a form on Discord within its limits, and shows what people wrote as they wrote it."""

import html
import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import replies
from bot.discord.components import view
from bot.discord.markup import escaped, line
from bot.discord.panels import (
    LONGEST_ID,
    LONGEST_LABEL,
    LONGEST_OPTION,
    MOST_CHARACTERS,
    MOST_COMPONENTS,
    MOST_IN_ROW,
    MOST_OPTIONS,
    Panel,
    Pick,
    Row,
    Rule,
    Text,
    ids,
    in_one,
    plain,
    posts,
    rows,
    size,
)
from bot.discord.panels import Button as ButtonValue
from bot.discord.render import render
from bot.news import Waiting, Where
from bot.told import Changed, Explained, Heard, OpenThread, Precedent, Told
from decision.assess import assess
from decision.economics import bills
from decision.evidence import Case, Evidence
from decision.questions import put
from decision.verdict import Option
from tests.discord_parts import walk
from tests.discord_preview import markdown
from tests.weekly_fixtures import NEWS

TURN = "t" * 12
AT = Where("discord", "2", "3")
NASTY = "@everyone <@1> **b** [x](https://evil.example) `c`\n# h\n> q\n- l ||s|| ~~d~~"


@pytest.fixture(scope="module")
def samples(policy, guidance, tunable):
    """One of every reply, with what people wrote at its worst."""
    data = policy.factors["tried"]
    several = put("tried", data, guidance(data.passage))
    data = policy.factors["human_fix"]
    question = put("human_fix", data, guidance(data.passage))
    outdated = Case((Evidence("symptom", "outdated", NASTY), *tunable.evidence))
    verdict = assess(policy, outdated, guidance, decide_now=True).verdict
    leaning = assess(policy, Case((Evidence("human_fix", "document", NASTY),)), guidance).verdict
    heard = Heard(
        (Told("the facts are out of date", NASTY, False),),
        (Changed("weekly", "rarely", NASTY),),
        "de",
        True,
        NASTY,
    )
    past = Precedent("d-7f3k", NASTY, "rag", "logged", "did_not_work", "2026-11-01T00:00:00")
    thread = OpenThread(NASTY, "1", "2", "2026-11-01", NASTY, "rag")
    quote = question.why.citation
    return (
        replies.Ask(question, 1, heard),
        replies.Ask(several, 7, Heard()),
        replies.Answered(question, ("The right document or fact", "Two"), NASTY),
        replies.Answered(question, (), ""),
        replies.GiveVerdict(verdict, heard, (past, past, past), bills(tunable), (_explained(NASTY, quote),)),
        replies.GiveVerdict(leaning, Heard()),
        replies.SharedVerdict(verdict, NASTY, NASTY),
        replies.ExplainQuestion(question, question.why),
        replies.ShowFlips(verdict.lever, verdict.flips),
        replies.ShowFlips(verdict.lever, ()),
        replies.ShowHeard(heard.told),
        replies.ShowHeard(()),
        replies.AnswerFromGuidance((quote,), (_explained(NASTY, quote),), NASTY),
        replies.AnswerFromGuidance(()),
        replies.Decline(),
        replies.Puzzled("de", asking=True),
        replies.Logged("d-7f3k", "rag", NASTY, "prompt"),
        replies.AlreadyLogged("d-7f3k"),
        replies.NothingToLog(),
        replies.UnknownLever(NASTY),
        replies.StartedOver(),
        replies.Greet(),
        replies.Stale(NASTY, ("One",)),
        replies.KeptFeedback(),
        replies.Shared("1"),
        replies.ShowStanding((thread,) * 10, (past,) * 10, (past,) * 10),
        replies.ShowStanding((), ()),
        replies.Forgotten(2, 1),
        replies.Digest(NEWS),
        replies.Digest(replace(NEWS, waiting=(Waiting(NASTY, "rag", 9, AT),)), whole=True),
        replies.Digest(NEWS, preview=True),
        replies.AskOutcome("d-7f3k", NASTY, "rag", NASTY, 30, 2),
        replies.AskOutcome("d-7f3k", NASTY, "rag", NASTY, 30, 1, "Ada: it helped."),
        replies.KeptOutcome("d-7f3k", "rag", "worked", NASTY, NASTY, "solved", "61 %", "83 %"),
        replies.Reviewed("d-7f3k", NASTY, "overridden", "prompt", NASTY, "rag", NASTY),
        replies.Subscribed("active", "2026-11-30T09:00:00+01:00", "Europe/Berlin", True, False),
        replies.UnknownTime(NASTY),
        replies.UnknownDecision(NASTY),
        replies.DigestHalted("12", "gone"),
        replies.Failed("abc"),
    )


def _explained(text, citation):
    return Explained(text, citation)


def test_there_is_a_sample_of_every_reply(samples):
    assert {type(sample) for sample in samples} == set(get_args(replies.Reply))


def test_quotes_say_how_the_message_was_read_where_the_model_could_not(samples):
    quoting = next(one for one in samples if isinstance(one, replies.AnswerFromGuidance))
    (post,) = render((replace(quoting, note="The model took too long."),), TURN)
    said = [one["content"] for one in walk(view(post).to_components()) if one["type"] == 10]
    assert said[0] == "The model took too long."


def test_every_reply_is_one_post_that_discord_takes(samples):
    for sample in samples:
        (post, *more) = render((sample,), TURN)
        assert not more or isinstance(sample, replies.GiveVerdict | replies.ShowStanding)
        components = list(walk(view(post, 1234).to_components()))
        texts = [one["content"] for one in components if one["type"] == 10]
        assert len(components) <= MOST_COMPONENTS
        assert 0 < sum(map(len, texts)) <= MOST_CHARACTERS
        assert all(texts)
        carried = [one["custom_id"] for one in components if "custom_id" in one]
        assert len(set(carried)) == len(carried)
        assert all(len(one) <= LONGEST_ID for one in carried)
        for one in components:
            assert len(one.get("components", ())) <= MOST_IN_ROW or one["type"] != 1
            assert 0 < len(one.get("label", "x")) <= LONGEST_LABEL
            assert len(one.get("options", ())) <= MOST_OPTIONS


def test_what_is_counted_is_what_discord_counts(samples):
    for post in (post for sample in samples for post in render((sample,), TURN)):
        components = list(walk(view(post).to_components()))
        assert size(post) == (
            len(components),
            sum(len(one["content"]) for one in components if one["type"] == 10),
        )
        assert list(ids(post)) == [one["custom_id"] for one in components if "custom_id" in one]


def test_nothing_that_people_wrote_pings_or_formats(samples):
    for sample in samples:
        for post in render((sample,), TURN):
            text = plain(post)
            assert "@everyone" not in text
            assert not re.search(r"(?<!\\)<@1>", text)
            assert "**b**" not in text
            assert "[x](" not in text


def test_a_question_whose_answers_are_long_or_several_is_a_select_with_all_of_each_label(samples):
    ask, several = samples[0], samples[1]
    assert not any(isinstance(block, Pick) for block in render((ask,), TURN)[0][0].blocks)
    (pick,) = [block for block in render((several,), TURN)[0][0].blocks if isinstance(block, Pick)]
    assert pick.most == len(pick.options) == len(several.question.options) - 1
    long = tuple(Option(f"v{number}", f"{number} {'long ' * 30}") for number in range(30))
    question = type(ask.question)("x", "Which?", long, False, ask.question.why, 1.0)
    (pick,) = [
        block
        for block in render((replies.Ask(question, 1, Heard()),), TURN)[0][0].blocks
        if isinstance(block, Pick)
    ]
    assert pick.most == 1
    assert len(pick.options) == MOST_OPTIONS
    assert all(len(label) == LONGEST_OPTION for _, label in pick.options)


def test_the_replies_of_one_turn_are_one_post_and_more_only_when_they_do_not_fit(samples):
    assert len(render((samples[7], samples[0]), TURN)) == 1
    every = [render((sample,), TURN)[0] for sample in samples[4:9]]
    shown = render(samples[4:9], TURN)
    assert 1 < len(shown) < len(every)
    assert "".join(map(plain, shown)).replace("\n", "") == "".join(map(plain, every)).replace("\n", "")


def test_a_panel_that_is_too_long_is_cut_with_its_buttons_at_the_end():
    row = Row((ButtonValue("why:abc", "Why?"),))
    long = Panel((Text("a" * 3000), Rule(), Text("b" * 9000), Rule(), row), 1)
    shown = posts([long])
    assert all(size(post)[1] <= MOST_CHARACTERS for post in shown)
    assert shown[-1][-1].blocks[-1] == row
    assert sum(plain(post).count("b") for post in shown) == 9000
    assert not any(isinstance(post[0].blocks[0], Rule) for post in shown)


def test_where_there_can_be_one_post_only_the_end_is_left_out_and_nothing_that_can_be_chosen(samples):
    shown = render((*samples[12:14], samples[4], samples[0]), TURN)
    assert len(shown) > 1
    whole = in_one(shown)
    components, characters = size(whole)
    assert components <= MOST_COMPONENTS
    assert characters <= MOST_CHARACTERS
    assert list(ids(whole)) == [carried for post in shown for carried in ids(post)]
    assert plain(whole).startswith(plain(shown[0])[:200])
    assert plain(whole).endswith("no room here for the rest of it.")
    short = render((samples[0],), TURN)
    assert in_one(short) == short[0]


def test_a_verdict_is_shared_only_where_there_is_another_channel(samples):
    assert "share:" in " ".join(ids(render((samples[4],), TURN)[0]))
    assert "share:" not in " ".join(ids(render((samples[4],), TURN, shareable=False)[0]))


def test_rows_of_buttons_are_about_equally_full():
    buttons = [ButtonValue(f"why:{number}", "x") for number in range(6)]
    assert [len(row.buttons) for row in rows(buttons)] == [3, 3]


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), max_size=200))
def test_escaped_text_shows_exactly_as_it_was_written(text):
    shown = html.unescape(re.sub(r"<[^>]*>", "", markdown(escaped(text)).replace("<li>", "<li>- ")))
    assert shown.replace("\u200b", "").split() == text.split()


@given(st.text(max_size=400))
def test_escaped_text_never_mentions_links_or_begins_a_block(text):
    shown = line(text)
    assert "\n" not in shown
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert not re.match(r"(#|>|-#|[-+*] |\d+\. )", shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*<[@#:/t]", shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*\]\(", shown)
