"""What a model writes is seen while it is written, and becomes the one reply, whatever happens meanwhile."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.looking import METADATA, draft_part
from bot.slack.streaming import streamable, written
from bot.slack.workspaces import workspace_of
from bot.turns import MOST_ATTEMPTS
from storage.forgetting import forget
from storage.records import NEW, Claimed, Incoming, Place
from tests.slack_loopback import TEAM, Fault, texts
from tests.slack_serving import BOT, element
from tests.slack_streams import HEADLINE, SENTENCES, card, streamed

LOST = [Fault(cut=True), Fault(status=500)]
REFUSED = [
    Fault(error="missing_recipient_user_id"),
    Fault(error="not_allowed_token_type"),
    Fault(error="channel_type_not_supported"),
    Fault(status=429, retry_after="60"),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Show at once that it is being thought about, add sentences as they come, and try again soon."""
    monkeypatch.setattr("bot.lanes.THINKING_AFTER", 0.0)
    monkeypatch.setattr("bot.lanes.LOOKS_EVERY", 0.1)
    monkeypatch.setattr("bot.slack.streaming.EVERY", 0.0)
    monkeypatch.setattr("bot.slack.calls.LONGEST_BACKOFF", 0.0)


def played(folder, play):
    return asyncio.run(streamed(folder, play))


def test_sentences_are_seen_in_order_and_become_the_verdict(tmp_path):
    async def play(triage):
        await triage.decides()
        await triage.shown()
        assert triage.reply["text"] == f"{HEADLINE}\n\n{SENTENCES[0]}"
        first = triage.reply["ts"]
        triage.model.goes_on()
        await triage.slack.until(lambda: SENTENCES[1] in triage.reply["text"])
        assert triage.reply["text"].endswith(f"{SENTENCES[0]} {SENTENCES[1]}")
        assert triage.reply["streaming_state"] == "in_progress"
        await triage.ends()
        assert triage.reply["ts"] == first
        assert " ".join(SENTENCES) in card(triage.reply)

    slack = played(tmp_path, play)
    assert [len(slack.called(f"chat.{name}")) for name in ("startStream", "stopStream")] == [1, 1]
    assert slack.statuses[-1][2] == ""


def test_the_verdict_of_a_tap_is_streamed_too_and_can_be_logged(tmp_path):
    async def play(triage):
        (question,) = triage.slack.posts("C1", triage.thread)
        tap = triage.slack.click("C1", question, element(question, "Decide now"))
        await triage.slack.push(tap, "interactive")
        await triage.shown()
        await triage.ends()
        card(triage.reply)
        await triage.served.taps("C1", triage.reply, "Log this decision")
        _, reply, logged = triage.slack.posts("C1", triage.thread)
        assert "Logged as" in logged["text"]
        await triage.slack.until(lambda: "Logged as" in " ".join(texts(reply["blocks"])))

    played(tmp_path, play)


def test_an_answer_about_the_guidance_is_streamed_too(tmp_path):
    async def play(triage):
        event = triage.slack.say("C1", "UADA", "can fine-tuning replace RAG?", triage.thread)
        await triage.slack.push(triage.slack.envelope(event))
        await triage.shown()
        assert not triage.reply["text"].startswith("**")
        await triage.ends()
        assert "The guidance says" in " ".join(texts(triage.reply["blocks"]))

    slack = played(tmp_path, play)
    assert slack.called("chat.startStream")


@pytest.mark.parametrize("fault", REFUSED)
def test_where_slack_refuses_to_stream_the_verdict_is_posted_and_nothing_is_looked_for(tmp_path, fault):
    async def play(triage):
        triage.slack.faults["chat.startStream"] = [fault]
        await triage.decides()
        triage.model.goes_on(2)
        await triage.slack.until(lambda: triage.slack.called("chat.startStream"))
        await triage.ends()
        card(triage.reply)

    slack = played(tmp_path, play)
    called = {call.method for call in slack.calls}
    assert not called & {"chat.stopStream", "chat.appendStream", "conversations.replies"}


@pytest.mark.parametrize("fault", LOST)
def test_a_stream_whose_beginning_was_lost_on_its_way_is_found_and_becomes_the_verdict(tmp_path, fault):
    async def play(triage):
        triage.slack.faults["chat.startStream"] = [fault]
        await triage.decides()
        triage.model.goes_on(2)
        await triage.slack.until(lambda: triage.slack.called("chat.startStream"))
        await triage.ends()
        card(triage.reply)

    assert len(played(tmp_path, play).called("conversations.replies")) == 1


def test_a_stream_that_slack_does_not_begin_in_time_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.slack.streaming.BEGINS_IN", 0.1)

    async def play(triage):
        triage.slack.faults["chat.startStream"] = [Fault(hangs=True)]
        await triage.decides()
        triage.model.goes_on(2)
        await triage.slack.until(lambda: triage.slack.called("chat.startStream"))
        await triage.ends()
        card(triage.reply)

    played(tmp_path, play)


def test_what_slack_asks_to_wait_with_is_added_later_and_together(tmp_path):
    async def play(triage):
        triage.slack.faults["chat.appendStream"] = [Fault(status=429, retry_after="0.2")]
        await triage.decides()
        await triage.shown()
        triage.model.goes_on()
        await triage.slack.until(lambda: SENTENCES[1] in triage.reply["text"])
        await triage.ends()
        card(triage.reply)

    played(tmp_path, play)


@pytest.mark.parametrize("fault", [*LOST, Fault(error="message_not_in_streaming_state"), Fault(hangs=True)])
def test_a_stream_that_goes_no_further_becomes_the_verdict_all_the_same(tmp_path, fault):
    async def play(triage):
        triage.slack.faults["chat.appendStream"] = [fault]
        await triage.decides()
        await triage.shown()
        triage.model.goes_on()
        await triage.slack.until(lambda: triage.slack.called("chat.appendStream"))
        await triage.ends()
        card(triage.reply)

    played(tmp_path, play)


@pytest.mark.parametrize("method", ["chat.stopStream", "chat.update"])
@pytest.mark.parametrize("fault", [*LOST, Fault(status=429, retry_after="0")])
def test_a_stream_that_cannot_be_ended_or_edited_at_once_becomes_the_verdict_later(tmp_path, method, fault):
    async def play(triage):
        await triage.decides()
        await triage.shown()
        triage.slack.faults[method] = [fault]
        await triage.ends()
        card(triage.reply)

    played(tmp_path, play)


def test_a_stream_that_slack_ended_by_itself_becomes_the_verdict(tmp_path):
    async def play(triage):
        await triage.decides()
        await triage.shown()
        triage.reply["streaming_state"] = "errored"
        await triage.ends()
        triage.reply["streaming_state"] = "completed"
        card(triage.reply)

    played(tmp_path, play)


def test_a_stream_that_somebody_deleted_is_said_anew(tmp_path):
    async def play(triage):
        await triage.decides()
        await triage.shown()
        triage.slack.channels["C1"].messages.remove(triage.reply)
        await triage.ends()
        card(triage.reply)

    played(tmp_path, play)


@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed"])
def test_a_stream_that_may_not_be_edited_makes_way_for_the_verdict(tmp_path, code):
    async def play(triage):
        await triage.decides()
        await triage.shown()
        triage.slack.faults["chat.update"] = [Fault(error=code)]
        first = triage.reply["ts"]
        await triage.ends()
        card(triage.reply)
        assert triage.reply["ts"] != first

    played(tmp_path, play)


def test_a_stream_that_appears_after_the_verdict_was_posted_is_taken_away(tmp_path):
    """Slack took it, answered nothing, and showed it only after it was looked for in vain."""

    async def play(triage):
        triage.slack.faults["chat.startStream"] = [Fault(status=500)]
        triage.slack.faults["chat.postMessage"] = [Fault(cut=True)]
        await triage.decides()
        triage.model.goes_on(2)
        await triage.slack.until(lambda: triage.slack.called("chat.startStream"))
        triage.model.ends()
        await triage.slack.until(lambda: len(triage.slack.posts("C1", triage.thread)) == 2)
        late = {"ts": triage.slack.ts(), "user": BOT, "bot_id": "BBOT", "text": "Half", "type": "message"}
        late |= {"thread_ts": triage.thread, "streaming_state": "in_progress"}
        triage.slack.channels["C1"].messages.append(late)
        await triage.served.idle()
        card(triage.reply)

    played(tmp_path, play)


def test_half_a_reply_to_somebody_who_is_forgotten_meanwhile_is_taken_away(tmp_path):
    async def play(triage):
        await triage.decides()
        await triage.shown()
        await asyncio.to_thread(forget, triage.served.app.file, "slack", TEAM, "UADA")
        triage.model.ends()
        await triage.slack.until(lambda: len(triage.slack.posts("C1", triage.thread)) == 1)

    played(tmp_path, play)


def test_half_a_reply_to_a_message_that_is_given_up_says_so_in_the_end(tmp_path):
    async def play(triage):
        app, place = triage.served.app, Place("slack", TEAM, "C2", "1700009999.000100")
        where = {"channel": "C2", "thread_ts": place.key, "markdown_text": "Half"}
        stream = triage.slack._chat_startStream(
            {**where, "recipient_team_id": TEAM, "recipient_user_id": "UADA"}
        )
        app.log.inbox.receive(Incoming(place, "C2:1", "UADA", "decide now"))
        with app.file.transaction() as tables:
            tables.execute(
                "UPDATE inbox SET draft = ?, attempts = ? WHERE done_at IS NULL",
                [stream["ts"], MOST_ATTEMPTS],
            )
        await triage.served.idle()
        (reply,) = triage.slack.posts("C2", place.key)
        assert reply["ts"] == stream["ts"]
        assert "Something went wrong on my side" in reply["text"]

    played(tmp_path, play)


CLAIMED = Claimed(
    1, 1, "t", Place("slack", TEAM, "C1", "1.2"), "C1:1.2", "message", "U", "", "", {}, datetime.now(UTC)
)


def test_only_a_new_reply_in_a_thread_that_is_there_is_streamed_and_only_at_the_first_attempt():
    assert streamable(CLAIMED)
    assert not streamable(replace(CLAIMED, body={"edits": "C1:1.1"}))
    assert not streamable(replace(CLAIMED, place=replace(CLAIMED.place, key=f"{NEW}x")))
    assert not streamable(replace(CLAIMED, draft=""))
    assert not streamable(replace(CLAIMED, draft="1.3"))


WORKSPACE = workspace_of({"user_id": BOT, "bot_id": "BBOT"}, "", AsyncWebClient())
STREAM = {"user": BOT, "bot_id": "BBOT", "ts": "1.5", "streaming_state": "completed"}


@pytest.mark.parametrize(
    "other",
    [
        {"user": "UADA", "bot_id": None},
        {"streaming_state": None},
        {"ts": "1.4"},
        {"metadata": {"event_type": METADATA, "event_payload": {"reply": "t:1", "part": 0}}},
    ],
)
def test_a_draft_that_is_looked_for_is_a_streamed_message_of_ours_that_is_no_other_reply(other):
    known = frozenset({"1.4"})
    assert draft_part(WORKSPACE, known, STREAM) == 0
    assert draft_part(WORKSPACE, known, STREAM | other) is None


def test_nothing_in_a_stream_can_call_or_link_or_format():
    said = written(("<!channel> & <@U1>, see [here](https://x.example).",), "All of *<#C1>*")
    assert "<" not in said
    assert said.startswith("**All of *&lt;#C1&gt;***\n\n&lt;!channel&gt; &amp; &lt;@U1&gt;, see \\[here\\](")
