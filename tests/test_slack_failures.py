"""Whatever Slack does, each reply stands once, and nobody sees an error's own words."""

import asyncio
import json
import logging
import threading

import pytest

from bot.slack.looking import METADATA
from storage.errors import StorageError
from tests.slack_loopback import Fault, LoopbackSlack, texts
from tests.slack_serving import COMPLAINT, MENTION, element, played, serving


def once(slack, channel="C1"):
    """Each reply stands once: no two messages of the same reply and part."""
    keys = [json.dumps(post["metadata"]["event_payload"]) for post in slack.posts(channel)]
    assert len(keys) == len(set(keys))
    return len(keys)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after="1"),
        Fault(status=500),
        Fault(status=502),
        Fault(error="internal_error"),
        Fault(cut=True),
    ],
)
def test_a_post_that_fails_once_stands_once(tmp_path, fault):
    async def play(served):
        served.slack.faults["chat.postMessage"] = [fault]
        await served.says("C1", "UADA", MENTION + COMPLAINT)

    assert once(played(tmp_path, play)) == 1


def test_a_post_whose_answer_was_lost_is_found_again_however_long_the_thread(tmp_path):
    async def play(served):
        root = served.slack.say("C1", "UADA", MENTION + COMPLAINT)
        for number in range(250):
            served.slack.say("C1", "UBOB", f"words {number}", root["ts"])
        served.slack.faults["chat.postMessage"] = [Fault(cut=True)]
        await served.slack.push(served.slack.envelope(root))
        await served.idle()

    slack = played(tmp_path, play)
    assert once(slack) == 1
    assert len(slack.called("conversations.replies")) == 3


def test_a_private_triage_whose_first_post_was_lost_on_its_way_is_opened_once(tmp_path):
    async def play(served):
        served.slack.faults["chat.postMessage"] = [Fault(cut=True)]
        await served.slack.push(served.slack.command(COMPLAINT), "slash_commands")
        await served.idle()
        (post,) = served.slack.posts("DADA")
        await served.says("DADA", "UADA", "decide now", post["ts"])
        assert len(served.slack.posts("DADA", post["ts"])) == 1

    assert once(played(tmp_path, play), "DADA") == 2


def test_a_post_that_hangs_is_given_up_and_stands_once(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.slack.adapter.CALL_FOR", 0.5)

    async def play(served):
        served.slack.faults["chat.postMessage"] = [Fault(hangs=True)]
        await served.says("C1", "UADA", MENTION + COMPLAINT)

    assert once(played(tmp_path, play)) == 1


def test_a_wait_that_slack_asks_for_holds_for_the_method_and_all_its_threads(tmp_path):
    async def play(served):
        slack = served.slack
        slack.faults["chat.postMessage"] = [Fault(status=429, retry_after="2")]
        await slack.push(slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT)))
        await slack.until(lambda: len(slack.called("chat.postMessage")) == 1)
        loop = asyncio.get_running_loop()
        refused = loop.time()
        for _ in range(5):
            await slack.push(slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT)))
        await slack.until(lambda: len(slack.called("chat.postMessage")) > 1)
        assert loop.time() - refused > 1.8
        await served.idle()

    slack = played(tmp_path, play)
    assert once(slack) == 6
    assert len(slack.called("chat.postMessage")) == 7


def test_a_channel_that_it_was_removed_from_ends_its_replies_and_no_others(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        served.slack.channels["C1"].member = False
        await served.says("C1", "UADA", "decide now", ts)
        await served.says("DADA", "UADA", COMPLAINT)
        counts = served.app.turns.queries.counts()
        assert [counts.outbox_dead, counts.outbox_waiting] == [1, 0]
        served.slack.channels["C1"].member = True
        await served.says("C1", "UADA", "what would change this?", ts)

    slack = played(tmp_path, play)
    assert [once(slack), once(slack, "DADA")] == [2, 1]


def test_a_revoked_token_is_said_in_the_log_and_by_readyz_and_is_well_again_later(tmp_path, caplog):
    async def play(served):
        await served.slack.until(lambda: not served.adapter.trouble())
        async with served.client.get(f"{served.url}/readyz") as found:
            assert found.status == 200
        served.slack.faults["chat.postMessage"] = [Fault(error="token_revoked")]
        event = served.slack.say("C1", "UADA", MENTION + COMPLAINT)
        await served.slack.push(served.slack.envelope(event))
        await served.slack.until(lambda: served.adapter.trouble())
        async with served.client.get(f"{served.url}/readyz") as found:
            assert found.status == 503
            assert "install the app again" in (await found.json())["parts"]["slack"]
        await served.slack.push(served.slack.command("a bot that invents prices", "UADA"), "slash_commands")
        await served.slack.until(lambda: not served.adapter.trouble())

    with caplog.at_level(logging.INFO):
        played(tmp_path, play)
    assert "slack_token_refused code=token_revoked" in caplog.text
    assert "xoxb" not in caplog.text


def test_a_wrong_token_at_the_start_is_said_and_tried_again(tmp_path):
    async def main():
        async with LoopbackSlack() as slack:
            slack.tokens = set()
            async with serving(tmp_path, slack) as served:
                await slack.until(lambda: "invalid_auth" in served.adapter.trouble())

    asyncio.run(main())


def test_blocks_that_slack_does_not_take_become_text(tmp_path):
    async def play(served):
        served.slack.faults["chat.postMessage"] = [Fault(error="invalid_blocks")]
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        (post,) = served.slack.posts("C1")
        assert post["blocks"] == []
        assert "Question 1" in post["text"]

    played(tmp_path, play)


def test_what_slack_refuses_to_post_is_named_for_the_operator(tmp_path, caplog):
    async def play(served):
        served.slack.faults["chat.postMessage"] = [Fault(error="missing_scope")]
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        assert len(served.slack.posts("C1")) == 1

    played(tmp_path, play)
    assert "code=missing_scope" in caplog.text


class _Forgetful:
    """People of whom nothing can be deleted now."""

    def forget(self, platform, workspace, person):
        raise StorageError("the disk is full of secret words")


def test_somebody_who_could_not_be_forgotten_is_told(tmp_path, caplog):
    async def play(served):
        served.adapter._desk.people = _Forgetful()
        told = await served.slack.push(served.slack.command("forget"), "slash_commands")
        message = {"ts": served.slack.ts(), "blocks": told["blocks"]}
        await served.slack.push(
            served.slack.click("C1", message, element(message, "Forget me")), "interactive"
        )
        await served.slack.until(lambda: served.slack.answers)
        (said,) = served.slack.answers
        assert "nothing was forgotten" in said["text"]
        assert not said["replace_original"]

    played(tmp_path, play)
    assert "secret words" not in caplog.text


class _Broken:
    """A reader that fails with words that nobody should see."""

    name = "broken"

    def read(self, message, case, question):
        raise RuntimeError("secret words xoxb-leak")


def test_an_error_is_told_without_its_words_and_with_a_reference(tmp_path, caplog):
    async def play(served):
        served.app.conversation._reader = _Broken()
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        (post,) = served.slack.posts("C1")
        said = " ".join(texts(post["blocks"]))
        assert "Something went wrong on my side" in said
        assert "Reference for your operator" in said
        assert "secret" not in json.dumps(post)

    with caplog.at_level(logging.DEBUG):
        played(tmp_path, play)
    assert "xoxb-leak" not in caplog.text


class _Slow:
    """A reader that takes as long as it is told to, and then fails or hands on."""

    name = "slow"

    def __init__(self, reader, gate, fails=False):
        self._reader, self._gate, self._fails = reader, gate, fails

    def read(self, message, case, question):
        assert self._gate.wait(10)
        if self._fails:
            raise RuntimeError
        return self._reader.read(message, case, question)


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("fault", [Fault(), Fault(status=500), Fault(error="missing_scope")])
def test_thinking_is_shown_and_cleared_in_every_outcome(tmp_path, fails, fault):
    async def play(served):
        gate = threading.Event()
        served.slack.faults["assistant.threads.setStatus"] = [fault]
        served.app.conversation._reader = _Slow(served.app.reader, gate, fails)
        event = served.slack.say("C1", "UADA", MENTION + COMPLAINT)
        await served.slack.push(served.slack.envelope(event))
        await served.slack.until(lambda: served.slack.called("assistant.threads.setStatus"))
        gate.set()
        await served.idle()
        await served.slack.until(lambda: len(served.slack.called("assistant.threads.setStatus")) == 2)

    slack = played(tmp_path, play)
    shown = [call.body["status"] for call in slack.called("assistant.threads.setStatus")]
    assert shown == ["is thinking…", ""]
    assert once(slack) == 1


def test_people_that_slack_cannot_tell_of_now_are_heard_when_it_comes_again(tmp_path):
    async def play(served):
        served.slack.faults["users.info"] = [Fault(status=500)]
        event = served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT))
        await served.slack.push(event, wait=False)
        await served.slack.until(lambda: served.slack.called("users.info"))
        assert not served.slack.acks
        await served.slack.push(event)
        await served.idle()

    assert once(played(tmp_path, play)) == 1


def test_a_reply_whose_post_was_deleted_is_edited_by_being_said_anew(tmp_path):
    async def play(served):
        slack = served.slack
        event = slack.say("DADA", "UADA", "hello")
        await slack.push(slack.envelope(event))
        await served.idle()
        slack.channels["DADA"].messages.pop()
        now = {**event, "text": COMPLAINT, "edited": {"user": "UADA", "ts": slack.ts()}}
        edit = {"type": "message", "subtype": "message_changed", "channel": "DADA", "channel_type": "im"}
        await slack.push(
            slack.envelope({**edit, "message": now, "previous_message": event, "ts": slack.ts()})
        )
        await served.idle()

    slack = played(tmp_path, play)
    assert once(slack, "DADA") == 1
    assert slack.posts("DADA")[0]["metadata"]["event_type"] == METADATA


def test_what_the_app_may_not_ask_slack_is_said_and_silences_nobody(tmp_path, caplog):
    async def play(served):
        slack = served.slack
        await slack.until(lambda: not served.adapter.trouble())
        slack.faults["users.info"] = [Fault(error="missing_scope")]
        event = slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT))
        await slack.push(event, wait=False)
        await slack.until(served.adapter.trouble)
        assert "users.info" in served.adapter.trouble()
        await slack.push(event)
        await served.idle()
        assert not served.adapter.trouble()

    assert once(played(tmp_path, play)) == 1
    assert "slack_look_refused method=users.info code=missing_scope" in caplog.text


def test_somebody_who_cannot_be_looked_up_for_a_while_is_answered_afterwards_without_saying_it_again(
    tmp_path,
):
    async def play(served):
        slack = served.slack
        slack.faults["users.info"] = [Fault(status=429, retry_after="1")]
        await slack.push(slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT)), wait=False)
        await slack.until(lambda: slack.posts("C1"))

    assert once(played(tmp_path, play)) == 1


def test_a_tap_of_somebody_who_cannot_be_looked_up_for_a_while_counts_afterwards(tmp_path):
    async def play(served):
        slack = served.slack
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        (post,) = slack.posts("C1")
        slack.faults["users.info"] = [Fault(status=429, retry_after="0.1")]
        tap = slack.click("C1", post, element(post, "No search yet"), "UBOB")
        for _ in range(2):
            await slack.push(tap, "interactive", wait=False)
        await slack.until(lambda: "No search yet* · Bob" in json.dumps(post, ensure_ascii=False))
        await served.idle()

    assert once(played(tmp_path, play)) == 2


def test_a_known_person_is_heard_while_slack_cannot_be_asked(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.slack.directory.KEPT", 0.0)

    async def play(served):
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        served.slack.faults["users.info"] = [Fault(status=429, retry_after="600")]
        await served.says("C1", "UADA", MENTION + COMPLAINT)

    assert once(played(tmp_path, play)) == 2


def test_all_looks_at_slack_together_end_before_the_acknowledgement_is_due(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.slack.listeners.messages.IN_TIME", 0.1)

    async def play(served):
        slack = served.slack
        freed = asyncio.Event()
        real = served.adapter._desk.directory.conversation

        async def slow(*given):
            await freed.wait()
            return await real(*given)

        monkeypatch.setattr(served.adapter._desk.directory, "conversation", slow)
        event = {**slack.say("C1", "UADA", MENTION + COMPLAINT), "type": "app_mention"}
        del event["channel_type"]
        await slack.push(slack.envelope(event), wait=False)
        await slack.until(lambda: served.adapter._desk._again)
        freed.set()
        await slack.until(lambda: slack.posts("C1"))

    assert once(played(tmp_path, play)) == 1


def test_a_modal_opens_for_a_known_person_without_asking_slack_who_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.slack.directory.KEPT", 0.0)

    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        await served.says("C1", "UADA", "decide now", ts)
        served.slack.faults["users.info"] = [Fault(hangs=True)]
        post = served.slack.posts("C1")[-1]
        click = served.slack.click("C1", post, element(post, "Not right"))
        await served.slack.push(click, "interactive")
        await served.slack.until(lambda: served.slack.views)
        served.slack.faults["users.info"] = []

    played(tmp_path, play)


def test_a_post_that_slack_put_off_is_not_looked_for_and_holds_up_its_channel_only(tmp_path):
    async def play(served):
        slack = served.slack
        slack.faults["chat.postMessage"] = [Fault(status=429, retry_after="1")]
        await slack.push(slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT)))
        await slack.until(lambda: slack.called("chat.postMessage"))
        await slack.push(slack.envelope(slack.say("C2", "UADA", MENTION + COMPLAINT)))
        await slack.until(lambda: slack.posts("C2"))
        assert not slack.posts("C1")
        await served.idle()

    slack = played(tmp_path, play)
    assert once(slack) == 1
    assert not slack.called("conversations.replies")


def test_a_post_that_was_put_off_after_it_may_have_arrived_is_looked_for(tmp_path):
    async def play(served):
        served.slack.faults["chat.postMessage"] = [Fault(cut=True)]
        served.slack.faults["conversations.replies"] = [Fault(status=429, retry_after="1")]
        await served.says("C1", "UADA", MENTION + COMPLAINT)

    assert once(played(tmp_path, play)) == 1
