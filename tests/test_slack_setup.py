"""Setting up Slack: the manifest, and what the doctor finds."""

import asyncio
import threading
from pathlib import Path

import pytest
import yaml

from bot.settings import Settings
from bot.slack.doctor import check
from bot.slack.listeners.command import COMMAND
from bot.slack.listeners.shortcut import CALLBACK
from bot.slack.scopes import EVENTS, SCOPES
from tests import slack_specs
from tests.bot_fixtures import ROOT
from tests.slack_loopback import LoopbackSlack

MANIFEST = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text("utf-8"))


@pytest.mark.skipif(not slack_specs.here(), reason=slack_specs.MISSING)
def test_the_manifest_is_what_slack_takes():
    assert slack_specs.manifest_faults(MANIFEST) == []


def test_the_manifest_asks_for_what_the_code_needs_and_no_more():
    assert MANIFEST["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)
    assert [one["command"] for one in MANIFEST["features"]["slash_commands"]] == [COMMAND]
    assert [one["callback_id"] for one in MANIFEST["features"]["shortcuts"]] == [CALLBACK]


def test_the_manifest_speaks_for_an_agent_and_not_for_the_old_assistant():
    assert "assistant_view" not in MANIFEST["features"]
    assert len(MANIFEST["features"]["agent_view"]["suggested_prompts"]) <= 4


class Elsewhere:
    """A loopback Slack on a thread of its own, for code that runs its own loop."""

    def __init__(self, change):
        self._change = change
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        async def main():
            self.slack = LoopbackSlack()
            self._change(self.slack)
            async with self.slack:
                self._done = asyncio.Event()
                self._ready.set()
                await self._done.wait()

        self._loop.run_until_complete(main())
        self._loop.close()

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self.slack

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)


def findings(change=lambda slack: None, **more):
    with Elsewhere(change) as slack:
        asked = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "slack_api_url": slack.url, **more}
        return check(Settings(db=Path("unused.db"), **asked))


def test_the_doctor_says_that_all_is_well():
    found = findings()
    assert all(one.ok for one in found)
    assert [one.what for one in found] == ["Slack token", "Slack scopes", "Slack connection"]
    assert "Acme" in found[0].says


def test_the_doctor_names_each_scope_that_is_missing_and_its_mend():
    def change(slack):
        slack.scopes = slack.scopes.replace("users:read", "").replace("im:write,", "")

    missing = [one for one in findings(change) if not one.ok]
    assert [one.says.split()[0] for one in missing] == ["im:write", "users:read"]
    assert all("OAuth & Permissions" in one.says for one in missing)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"slack_bot_token": "xoxb-old"}, "Slack refuses SLACK_BOT_TOKEN (invalid_auth)"),
        ({"slack_bot_token": "xoxp-1"}, "SLACK_BOT_TOKEN is no bot token"),
        ({"slack_app_token": "xapp-old"}, "Slack refuses SLACK_APP_TOKEN (invalid_auth)"),
        ({"slack_app_token": "xoxb-1"}, "SLACK_APP_TOKEN is no app token"),
        ({"slack_api_url": "http://127.0.0.1:9/api/"}, "is out of reach"),
    ],
)
def test_the_doctor_says_how_to_mend_a_token(more, what):
    said = " ".join(one.says for one in findings(**more) if not one.ok)
    assert what in said
    assert "xoxb-old" not in said


def test_the_doctor_says_nothing_about_slack_where_there_is_none():
    assert check(Settings(db=Path("unused.db"))) == []
