"""Buttons, menus and modals in Slack: what they do, and what they refuse."""

import asyncio
import json

import pytest

from bot import replies
from bot.posts import to_json
from bot.told import Heard
from storage.records import Place, Provenance, Turn
from tests.slack_loopback import TEAM, Channel, LoopbackSlack, texts
from tests.slack_serving import COMPLAINT, MENTION, Fault, element, played, serving


def words(post):
    """All that stands in a post."""
    return " ".join(texts(post["blocks"]))


async def asked(served, author="UADA"):
    """A mention, and the question that answers it."""
    ts = await served.says("C1", author, MENTION + COMPLAINT)
    (post,) = served.slack.posts("C1", ts)
    return ts, post


async def decided(served, channel="C1", author="UADA"):
    """A triage up to its verdict; the verdict's post."""
    ts = await served.says(channel, author, (MENTION if channel != "DADA" else "") + COMPLAINT)
    await served.says(channel, author, "decide now", ts)
    return ts, served.slack.posts(channel, ts)[-1]


def first_label(post):
    row = next(block for block in post["blocks"] if block["type"] == "actions")
    return row["elements"][0]["text"]["text"]


def test_a_tapped_answer_is_shown_where_the_question_stood(tmp_path):
    async def play(served):
        ts, post = await asked(served)
        label = first_label(post)
        await served.taps("C1", post, label, "UBOB")
        await served.slack.until(lambda: post.get("edits"))
        assert f"*{label}* · Bob" in words(post)
        assert not any(block["type"] == "actions" for block in post["blocks"])
        assert len(served.slack.posts("C1", ts)) == 2

    played(tmp_path, play)


def test_a_double_click_is_one_answer(tmp_path):
    async def play(served):
        ts, post = await asked(served)
        click = served.slack.click("C1", post, element(post, first_label(post)))
        for _ in range(3):
            await served.slack.push(click, "interactive")
        await served.idle()
        assert len(served.slack.posts("C1", ts)) == 2

    played(tmp_path, play)


def test_a_look_at_who_tapped_lets_nobody_pass_who_tapped_later(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.slack.listeners.actions.IN_TIME", 60.0)

    async def play(served):
        slack, directory = served.slack, served.adapter._desk.directory
        ts, post = await asked(served)
        looked, freed, real = asyncio.Event(), asyncio.Event(), directory.person

        async def slow(workspace, user, known=False):
            if user == "UBOB":
                looked.set()
                await freed.wait()
            return await real(workspace, user, known)

        monkeypatch.setattr(directory, "person", slow)
        first, later = (
            slack.click("C1", post, element(post, label), by)
            for label, by in (("No search yet", "UBOB"), ("Decide now", "UADA"))
        )
        await slack.push(first, "interactive", wait=False)
        await looked.wait()
        ended = asyncio.ensure_future(slack.push(later, "interactive"))
        await slack.push(
            slack.envelope(slack.say("C2", "UADA", "to nobody"))
        )  # what came is looked at by now
        freed.set()
        await ended
        await served.idle()
        thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", ts))
        said = [line.text for line in served.app.turns.queries.transcript(thread) if line.who == "person"]
        assert said == [COMPLAINT, "No search yet", "decide now"]

    played(tmp_path, play)


def test_decide_now_can_be_tapped(tmp_path):
    async def play(served):
        ts, post = await asked(served)
        await served.taps("C1", post, "Decide now")
        assert "Log this decision" in words(served.slack.posts("C1", ts)[-1])

    played(tmp_path, play)


def test_a_verdict_is_logged_by_a_tap(tmp_path):
    async def play(served):
        _, post = await decided(served)
        await served.taps("C1", post, "Log this decision", "UBOB")
        (one,) = served.app.people.standing("slack", TEAM, "UBOB").decisions
        assert one.state == "logged"

    played(tmp_path, play)


async def opened(served, channel, post, label, by="UADA"):
    """Tap a button that opens a modal; the view."""
    before = len(served.slack.views)
    await served.slack.push(served.slack.click(channel, post, element(post, label), by), "interactive")
    await served.slack.until(lambda: len(served.slack.views) > before)
    return served.slack.views[-1]


async def sent(served, view, values, by="UADA", number=1):
    """Send a modal off; what Slack is told."""
    state = {block: {block: value} for block, value in values.items()}
    held = {**view, "id": f"V{number}", "state": {"values": state}, "hash": "1"}
    payload = {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": by, "name": by.lower(), "team_id": TEAM},
        "token": "verification",
        "api_app_id": "A1",
        "view": held,
    }
    told = await served.slack.push(payload, "interactive")
    await served.idle()
    return told


def test_the_buttons_of_a_verdict_go_once_it_is_logged(tmp_path):
    async def play(served):
        ts, post = await decided(served)
        await served.taps("C1", post, "Log this decision")
        await served.slack.until(lambda: "Logged as d-" in words(served.slack.posts("C1", ts)[1]))
        assert "Log this decision" not in words(served.slack.posts("C1", ts)[1])

    played(tmp_path, play)


def test_another_lever_is_logged_with_its_reason(tmp_path):
    async def play(served):
        ts, post = await decided(served)
        view = await opened(served, "C1", post, "Choose another lever")
        option = view["blocks"][0]["element"]["options"][0]
        note = {"type": "plain_text_input", "value": "We have <no> search team"}
        await sent(served, view, {"lever": {"selected_option": option}, "note": note})
        said = words(served.slack.posts("C1", ts)[-1])
        assert "instead of" in said
        (one,) = served.app.people.standing("slack", TEAM, "UADA").decisions
        assert one.lever == option["value"]
        card = served.slack.posts("C1", ts)[1]
        await served.slack.until(lambda: "Logged as" in words(card))
        assert "instead of" in words(card)
        assert served.app.archive.decision(one.decision).decided.note == "We have <no> search team"

    played(tmp_path, play)


def test_the_lever_of_the_verdict_is_not_offered_as_another(tmp_path):
    async def play(served):
        ts, post = await decided(served)
        thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", ts))
        lever = served.app.turns.queries.last_verdict(thread).verdict.lever
        view = await opened(served, "C1", post, "Choose another lever")
        assert lever not in [one["value"] for one in view["blocks"][0]["element"]["options"]]

    played(tmp_path, play)


def test_what_is_not_right_is_kept_each_time_that_it_is_said(tmp_path):
    async def play(served):
        ts, post = await decided(served)
        view = await opened(served, "C1", post, "Not right")
        for number, said in enumerate(("wrong page", "and the tone")):
            await sent(served, view, {"note": {"value": said}}, number=number)
        rows = served.app.file.rows("SELECT note FROM feedback ORDER BY id")
        assert [row["note"] for row in rows] == ["wrong page", "and the tone"]
        assert len(served.slack.posts("C1", ts)) == 4

    played(tmp_path, play)


@pytest.mark.parametrize(
    ("origin", "note"), [({"turn": "nosuchturn22", "key": "1.2"}, "wrong page"), ({}, "  "), ({}, "ok")]
)
def test_a_modal_never_closes_over_words_that_were_not_taken(tmp_path, origin, note):
    async def play(served):
        _, post = await decided(served)
        view = await opened(served, "C1", post, "Not right")
        held = json.dumps({**json.loads(view["private_metadata"]), **origin})
        told = await sent(served, {**view, "private_metadata": held}, {"note": {"value": note}})
        assert ("note" in told.get("errors", {})) is (note != "ok")

    played(tmp_path, play)


def test_a_modal_whose_thread_goes_by_another_key_by_now_finds_it_by_its_turn(tmp_path):
    async def play(served):
        _, post = await decided(served)
        view = await opened(served, "C1", post, "Not right")
        held = json.dumps({**json.loads(view["private_metadata"]), "key": "new:trigger"})
        assert not await sent(served, {**view, "private_metadata": held}, {"note": {"value": "wrong page"}})
        assert served.app.file.row("SELECT note FROM feedback")["note"] == "wrong page"

    played(tmp_path, play)


def test_a_private_verdict_is_shared_to_a_channel_without_buttons(tmp_path):
    async def play(served):
        ts, post = await decided(served, "DADA")
        view = await opened(served, "DADA", post, "Share")
        await sent(served, view, {"channel": {"selected_conversation": "C2"}})
        await served.slack.until(lambda: served.slack.posts("C2"))
        (shared,) = served.slack.posts("C2")
        assert "Ada* shares a verdict" in words(shared)
        assert not any(block["type"] == "actions" for block in shared["blocks"])
        assert "<#C2>" in words(served.slack.posts("DADA", ts)[-1])

    played(tmp_path, play)


def test_a_verdict_that_is_shared_says_what_was_decided_instead(tmp_path):
    async def play(served):
        ts, post = await decided(served, "DADA")
        view = await opened(served, "DADA", post, "Share")
        await served.says("DADA", "UADA", "log this decision as workflow: because a check is missing", ts)
        await sent(served, view, {"channel": {"selected_conversation": "C2"}})
        await served.slack.until(lambda: served.slack.posts("C2"))
        (shared,) = served.slack.posts("C2")
        assert "workflow instead of retrieval, by Ada" in words(shared)

    played(tmp_path, play)


@pytest.mark.parametrize(
    ("channel", "why"),
    [(Channel(member=False), "not in that channel"), (Channel(shared=True), "another org")],
)
def test_a_verdict_is_not_shared_where_it_may_not_be(tmp_path, channel, why):
    async def play(served):
        served.slack.channels["C9"] = channel
        _, post = await decided(served, "DADA")
        view = await opened(served, "DADA", post, "Share")
        told = await sent(served, view, {"channel": {"selected_conversation": "C9"}})
        assert told["response_action"] == "errors"
        assert why in told["errors"]["channel"]
        assert not served.slack.posts("C9")

    played(tmp_path, play)


@pytest.mark.parametrize("by", ["UGUEST", "UOUT"])
def test_a_tap_of_somebody_who_is_not_let_in_does_nothing(tmp_path, by):
    async def play(served):
        ts, post = await asked(served)
        await served.taps("C1", post, first_label(post), by)
        assert len(served.slack.posts("C1", ts)) == 1
        assert not served.slack.answers

    played(tmp_path, play)


def test_a_setting_lets_guests_tap_and_speak(tmp_path):
    async def play(served):
        ts, post = await asked(served, "UGUEST")
        await served.taps("C1", post, first_label(post), "UOUT")
        assert len(served.slack.posts("C1", ts)) == 2

    played(tmp_path, play, slack_admit_guests=True)


@pytest.mark.parametrize(
    "value", ["answer:nosuchturn22:0", "log:nosuchturn22", "garbage", "answer:x:999", ""]
)
def test_a_forged_button_changes_nothing(tmp_path, value):
    async def play(served):
        ts, post = await asked(served)
        thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", ts))
        before = served.app.turns.queries.case(thread)
        forged = {"type": "button", "action_id": "sextant_tap_0", "value": value}
        await served.slack.push(served.slack.click("C1", post, forged), "interactive")
        await served.idle()
        assert served.app.turns.queries.case(thread) == before

    played(tmp_path, play)


def test_a_button_of_another_thread_does_nothing_there(tmp_path):
    async def play(served):
        _, mine = await decided(served)
        other, _ = await asked(served)
        button = element(mine, "Log this decision")
        elsewhere = {**mine, "thread_ts": other, "ts": "1700009999.000100"}
        await served.slack.push(served.slack.click("C1", elsewhere, button), "interactive")
        await served.idle()
        assert served.app.turns.queries.counts().decisions == 0

    played(tmp_path, play)


def test_a_button_that_comes_from_another_channel_than_its_thread_does_nothing(tmp_path):
    async def play(served):
        _, mine = await decided(served)
        elsewhere = {"ts": "1700009999.000100"}
        button = element(mine, "Log this decision")
        await served.slack.push(served.slack.click("C2", elsewhere, button), "interactive")
        await served.slack.until(lambda: served.slack.answers)
        assert "too late" in served.slack.answers[0]["text"]
        await served.idle()
        assert served.app.turns.queries.counts().decisions == 0

    played(tmp_path, play)


def test_a_button_in_no_thread_of_ours_is_answered_kindly_to_that_person_alone(tmp_path):
    async def play(served):
        button = {"type": "button", "action_id": "sextant_tap_0", "value": "answer:nosuchturn22:0"}
        await served.slack.push(served.slack.click("C2", {"ts": "1700009999.000100"}, button), "interactive")
        await served.slack.until(lambda: served.slack.answers)
        assert "too late" in served.slack.answers[0]["text"]
        assert served.app.turns.queries.counts().threads == 0

    played(tmp_path, play)


def test_buttons_work_after_a_restart(tmp_path):
    async def main():
        async with LoopbackSlack() as slack:
            async with serving(tmp_path, slack) as served:
                ts, post = await asked(served)
            async with serving(tmp_path, slack) as served:
                await served.taps("C1", post, first_label(post))
                assert len(slack.posts("C1", ts)) == 2
        assert slack.invalid == []

    asyncio.run(main())


def test_several_answers_are_ticked_and_sent_with_done(tmp_path):
    """`tried` is the one question with several answers; it is put by hand, since few cases come to it."""

    async def play(served):
        ts, _ = await asked(served)
        thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", ts))
        question = served.app.conversation.question("tried")
        said = to_json((replies.Ask(question, 2, Heard()),))
        served.app.turns.log.record_turn(
            Turn(thread, "UADA", Provenance("test", "test"), question=question, replies=(said,))
        )
        await served.idle()
        post = served.slack.posts("C1", ts)[-1]
        boxes = next(one for block in post["blocks"] for one in block.get("elements", ()) if "options" in one)
        await served.taps("C1", post, "Done")
        await served.slack.until(lambda: served.slack.answers)
        ticked = [boxes["options"][0], boxes["options"][2]]
        state = {"values": {"b": {"sextant_many": {"type": "checkboxes", "selected_options": ticked}}}}
        click = served.slack.click("C1", post, element(post, "Done"), state=state)
        await served.slack.push(click, "interactive")
        await served.idle()
        found = served.app.turns.queries.case(thread).current["tried"]
        assert [one.value for one in found] == [question.options[0].value, question.options[2].value]

    played(tmp_path, play)


def test_a_modal_names_ids_only(tmp_path):
    async def play(served):
        _, post = await decided(served)
        view = await opened(served, "C1", post, "Not right")
        assert set(json.loads(view["private_metadata"])) == {"channel", "key", "turn"}

    played(tmp_path, play)


def test_how_a_decision_turned_out_is_told_by_a_tap_and_shown_where_it_was_asked(tmp_path):
    async def play(served):
        ts, post = await decided(served)
        await served.taps("C1", post, "Log this decision")
        await served.says("C1", "UADA", "outcome", ts)
        ask = served.slack.posts("C1", ts)[-1]
        await served.taps("C1", ask, "It helped in part", "UBOB")
        await served.slack.until(lambda: ask.get("edits"))
        assert "Bob: it helped in part" in words(ask)
        (one,) = served.app.people.standing("slack", TEAM, "UADA").decisions
        assert one.outcome == "partly"

    played(tmp_path, play)


def test_a_modal_that_slack_opens_too_late_is_said_to_that_person_alone(tmp_path):
    async def play(served):
        _, post = await decided(served)
        served.slack.faults["views.open"] = [Fault(error="expired_trigger_id")]
        click = served.slack.click("C1", post, element(post, "Not right"))
        await served.slack.push(click, "interactive")
        await served.slack.until(lambda: served.slack.answers)
        assert "tap again" in served.slack.answers[0]["text"]

    played(tmp_path, play)
