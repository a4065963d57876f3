"""Slack over HTTP: what is not Slack's is refused without a trace, and what is gets its acknowledgement."""

import asyncio
import json
import logging
import time

from tests.slack_loopback import BOT, LoopbackSlack
from tests.slack_serving import COMPLAINT, MENTION, SECRET, played, serving, signed

OLD = str(int(time.time()) - 3600)
NESTED = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


def mention():
    event = {"type": "message", "user": "UADA", "text": MENTION + COMPLAINT, "ts": "1.1", "channel": "C1"}
    return {"type": "event_callback", "team_id": "T0001", "event": {**event, "channel_type": "channel"}}


REFUSED = {
    "unsigned": (mention(), {"X-Slack-Signature": ""}, 401),
    "signed by another": (mention(), {"secret": "another"}, 401),
    "stale": (mention(), {"at": OLD}, 401),
    "from the future": (mention(), {"at": str(int(time.time()) + 3600)}, 401),
    "without a time": (mention(), {"X-Slack-Request-Timestamp": ""}, 401),
    "with a time in words": (mention(), {"at": "yesterday"}, 401),
    "with a time in other digits": (mention(), {"X-Slack-Request-Timestamp": "1²"}, 401),
    "with an endless time": (mention(), {"at": "9" * 400}, 401),
    "with letters beyond ASCII in its signature": (mention(), {"X-Slack-Signature": "v0=ü"}, 401),
    "too large": (b"x" * 1_000_001, {}, 413),
    "no JSON": (b"{not json", {}, 400),
    "no object": (b"[1, 2]", {}, 400),
    "empty": (b"", {}, 400),
    "no text": (b"\xff\xfe", {}, 400),
    "nested without end": (NESTED, {}, 400),
    "a form with a payload that is no JSON": ({"payload": "{"}, {"form": True}, 400),
    "an event that is none": ({"type": "event_callback", "event": "hello"}, {}, 400),
    "an event without a kind": ({"type": "event_callback", "event": {}}, {}, 400),
}


def test_what_slack_did_not_send_is_refused_without_a_trace(tmp_path, caplog):
    async def play(served):
        for name, (body, more, status) in REFUSED.items():
            found = await served.post(body, **more)
            assert (name, found.status, await found.text()) == (name, status, "")
        counts = served.app.turns.queries.counts()
        assert [counts.threads, counts.inbox_waiting, counts.turns] == [0, 0, 0]

    with caplog.at_level(logging.DEBUG):
        played(tmp_path, play, http=True)
    assert "Traceback" not in caplog.text
    assert "refund" not in caplog.text


def test_other_methods_are_refused(tmp_path):
    async def play(served):
        for method in ("GET", "PUT", "DELETE"):
            async with served.client.request(method, f"{served.url}/slack/events") as found:
                assert found.status == 405

    played(tmp_path, play, http=True)


def test_a_mention_over_http_is_acknowledged_once_it_is_written_down_and_answered_once(tmp_path):
    async def play(served):
        event = served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT))
        for number in range(3):
            found = await served.post(event, **{"X-Slack-Retry-Num": str(number)})
            assert found.status == 200
        assert served.app.turns.queries.counts().threads == 1
        await served.idle()

    assert len(played(tmp_path, play, http=True).posts("C1")) == 1


def test_slacks_question_whether_the_address_is_right_is_answered(tmp_path):
    async def play(served):
        found = await served.post({"type": "url_verification", "token": "t", "challenge": "xyz"})
        assert (found.status, await found.json()) == (200, {"challenge": "xyz"})

    played(tmp_path, play, http=True)


def test_a_command_that_speaks_of_a_payload_is_not_lost(tmp_path):
    async def play(served):
        asked = served.slack.command("ask what is the max payload size for retrieval?")
        found = await served.post(asked, form=True)
        assert found.status == 200
        assert (await found.json())["response_type"] == "ephemeral"
        await served.slack.until(lambda: served.slack.answers)

    played(tmp_path, play, http=True)


def test_a_tap_over_http_works(tmp_path):
    async def play(served):
        slack = served.slack
        await served.post(slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT)))
        await served.idle()
        (post,) = slack.posts("C1")
        button = next(one for block in post["blocks"] for one in block.get("elements", ()) if "value" in one)
        found = await served.post({"payload": json.dumps(slack.click("C1", post, button))}, form=True)
        assert found.status == 200
        await served.idle()
        assert len(slack.posts("C1")) == 2

    played(tmp_path, play, http=True)


def test_a_burst_of_300_events_on_a_cold_start_asks_slack_once_who_it_is(tmp_path):
    async def main():
        async with LoopbackSlack() as slack:
            slack.checks = False
            async with serving(tmp_path, slack, http=True) as served:
                events = [
                    slack.envelope(slack.say("C1", "UADA", f"{MENTION}{COMPLAINT}")) for _ in range(300)
                ]
                async with asyncio.timeout(60):
                    found = await asyncio.gather(*(served.brings(event) for event in events))
                    assert set(found) == {200}
                    await slack.until(lambda: served.app.turns.queries.counts().waiting_since is None, 60)
        assert len(slack.called("auth.test")) == 1
        assert len(slack.called("users.info")) == 1
        assert len({post["thread_ts"] for post in slack.posts("C1")}) == 300
        assert len(slack.posts("C1")) == 300

    asyncio.run(main())


def test_what_comes_before_the_lanes_are_there_is_not_acknowledged(tmp_path):
    async def play(served):
        served.adapter._desk.lanes = None
        event = served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT))
        assert (await served.post(event)).status == 500
        asked = await served.post(served.slack.command("our bot invents prices"), form=True)
        assert "Please try again" in (await asked.json())["text"]

    played(tmp_path, play, http=True)


def test_socket_mode_has_no_way_in_over_http(tmp_path):
    async def play(served):
        assert (await served.post(mention())).status == 404

    played(tmp_path, play)


def test_the_environment_of_several_workspaces_does_not_confuse_one(tmp_path, monkeypatch):
    """Bolt reads these names by itself."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "s")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-other")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "other")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    async def play(served):
        await served.post(served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT)))
        await served.idle()

    assert len(played(tmp_path, play, http=True).posts("C1")) == 1
    assert not (tmp_path / "home").exists()


def test_the_signature_is_over_the_bytes_that_came(tmp_path):
    async def play(served):
        raw, headers = signed(mention(), SECRET)
        async with served.client.post(
            f"{served.url}/slack/events", data=raw.replace(b"refund", b"reefund"), headers=headers
        ) as found:
            assert found.status == 401

    played(tmp_path, play, http=True)
    assert BOT
