"""Slack's own sample deliveries, and anything that only looks like one, are answered without an error."""

import asyncio
import json
import logging
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack import blocks as kit
from bot.slack.gating import said, standing_of, teams_of
from bot.slack.guard import Refused, as_bolt, parsed
from tests import slack_specs
from tests.slack_loopback import BOT, TEAM, LoopbackSlack
from tests.slack_serving import COMPLAINT, MENTION, played

needs_specs = pytest.mark.skipif(not slack_specs.here(), reason=slack_specs.MISSING)


def samples():
    """The sample deliveries, as if they came from our workspace."""
    for one in json.loads((slack_specs.found() / "bolt-python-payloads.json").read_text()):
        held = one["payload"]
        if not isinstance(held, dict):
            continue
        body = held if "type" in held or "command" in held else {"type": "event_callback", "event": held}
        if one["wrapper"] == "build_payload":
            body = {"type": "event_callback", "event": held}
        for team in (body.get("team"), body.get("user")):
            if isinstance(team, dict):
                team["id" if team is body.get("team") else "team_id"] = TEAM
        body["team_id"] = TEAM
        body.pop("authorizations", None)
        body.pop("is_ext_shared_channel", None)
        yield body


@needs_specs
def test_slacks_sample_deliveries_are_acknowledged(tmp_path, caplog):
    found = list(samples())
    assert len(found) > 50

    async def play(served):
        for body in found:
            assert (await served.post(body)).status == 200, body
        await served.idle()

    with caplog.at_level(logging.DEBUG):
        played(tmp_path, play, http=True)
    assert "slack_listener_failed" not in caplog.text
    assert "Traceback" not in caplog.text


@needs_specs
def test_the_slack_of_these_tests_sends_what_slack_sends():
    async def main():
        async with LoopbackSlack() as slack:
            event = slack.say("C1", "UADA", MENTION + COMPLAINT)
            post = {**slack.say("C1", BOT, "answer", event["ts"]), "bot_id": "BBOT"}
            button = kit.button("Why?", "sextant_tap_0", "why:turn")
            return {
                "event_message_generic": event,
                "slash_command": slack.command("help"),
                "block_actions": slack.click("C1", post, button),
            }

    for name, body in asyncio.run(main()).items():
        assert slack_specs.faults(name, body, slack_specs.PAYLOADS) == []


NAMES = st.sampled_from(
    (
        *("type", "event", "team", "team_id", "user", "authorizations", "message", "edited", "view"),
        *("previous_message", "channel", "ts", "text", "subtype", "user_profile", "enterprise"),
        "is_ext_shared_channel",
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_whatever_is_sent_is_read_or_refused(held):
    with suppress(Refused):
        as_bolt(parsed("application/json", json.dumps(held).encode()), {})


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_no_event_however_odd_breaks_the_gate(held):
    found = said(held, BOT)
    assert found is None or (found.channel and found.ts and found.user)
    teams_of(held)


@given(st.dictionaries(st.sampled_from(["is_bot", "is_restricted", "team_id", "deleted"]), JSON, max_size=4))
def test_somebody_of_whom_slack_says_little_is_no_member(told):
    assert standing_of(told, TEAM, "") != "member" or told["team_id"] == TEAM
