"""A process is killed at each step of a streamed reply; the next one leaves one reply, and nothing half."""

import asyncio
import itertools
import json
import shutil
import sys
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.bootstrap import application
from bot.settings import Settings
from storage.records import Incoming, Place
from tests.bot_fixtures import ROOT
from tests.claude_fixtures import KEY
from tests.claude_server import ClaudeServer
from tests.slack_loopback import TEAM, LoopbackSlack
from tests.slack_serving import serving
from tests.slack_streams import SENTENCES, Model, card, triage
from tests.test_slack_process import a_minute_later

DIES = """
import asyncio, inspect, json, os, signal, sys
from pathlib import Path
from types import SimpleNamespace
import anthropic, sqlite_utils
import bot.lanes, bot.slack.streaming
from bot.slack.calls import Calls
from storage.inbox import Inbox
from storage.log import Log
from tests.slack_serving import serving

bot.lanes.THINKING_AFTER = bot.slack.streaming.EVERY = 0.0
STEPS = {
    "noted": (Inbox, "begin_draft", lambda given, more: True),
    "begun": (Calls, "__call__", lambda given, more: "chat.startStream" in given),
    "shown": (Inbox, "note_draft", lambda given, more: True),
    "recording": (Log, "record_turn", None),
    "recorded": (Log, "record_turn", lambda given, more: True),
    "ended": (Calls, "__call__", lambda given, more: "chat.stopStream" in given),
    "edited": (Calls, "__call__", lambda given, more: "chat.update" in given and "metadata" in more),
}

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def dies_at(step):
    owner, name, after = STEPS[step]
    real = getattr(owner, name)

    async def called(self, *given, **more):
        found = await real(self, *given, **more)
        return die() if after(given, more) else found

    def done(self, *given, **more):
        found = real(self, *given, **more)
        return die() if after(given, more) else found

    coming = called if inspect.iscoroutinefunction(real) else done
    setattr(owner, name, die if after is None else coming)

async def serve(folder, slack, more):
    async with serving(Path(folder), SimpleNamespace(url=slack), http=True, **more):
        await asyncio.Event().wait()

children = []
for step, folder, slack, more in json.loads(sys.argv[1]):
    children.append(os.fork())
    if children[-1] == 0:
        signal.alarm(60)  # it never came to the step
        dies_at(step)
        asyncio.run(serve(folder, slack, more))
assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [-9] * len(children)
"""
STEPS = ("noted", "begun", "shown", "recording", "recorded", "ended", "edited")


@dataclass
class Killed:
    """A step at which a process is killed: its database, its Slack and its model."""

    step: str
    folder: Path
    slack: LoopbackSlack
    server: ClaudeServer
    model: Model

    @property
    def settings(self) -> dict[str, Any]:
        return {"reader": "claude", "anthropic_base_url": self.server.url, "anthropic_api_key": KEY}

    async def leads_on(self, over: asyncio.Event) -> None:
        """Let the model write as far as it takes to come to the step."""
        for method in ("chat.startStream", "chat.appendStream"):
            self.model.goes_on(2 if method == "chat.startStream" else 1)
            await self.slack.until(lambda method=method: self.slack.called(method) or over.is_set(), 60)
        self.model.ends()

    async def begins_again(self, thread: str) -> list[dict[str, Any]]:
        """What stands in the thread after the next process has done what was left."""
        a_minute_later(self.folder)
        more = {**self.settings, "anthropic_api_key": SecretStr(KEY)}
        async with serving(self.folder, self.slack, http=True, **more) as served:
            await served.idle()
        return self.slack.posts("C1", thread)


async def asked(folder: Path) -> tuple[str, LoopbackSlack]:
    """A triage in which the verdict is wanted, and no process runs; gives its thread."""
    async with LoopbackSlack() as slack, triage(folder, slack) as made:
        thread = made.thread
        event = slack.say("C1", "UADA", "decide now", thread)
    with application(Settings(db=folder / "sextant.db", reader="offline")) as app:
        place = Place("slack", TEAM, "C1", thread)
        app.log.inbox.receive(Incoming(place, f"C1:{event['ts']}", "UADA", "decide now"))
    return thread, slack


async def killed(base: Path) -> dict[str, tuple[list[dict[str, Any]], list[str]]]:
    """By step: what stands in the thread in the end, and which requests did not fit Slack's shapes."""
    thread, before = await asked(base)
    over = asyncio.Event()
    async with AsyncExitStack() as stack:
        kills = []
        for step in STEPS:
            folder = base / step
            folder.mkdir()
            shutil.copy(base / "sextant.db", folder)
            slack = await stack.enter_async_context(LoopbackSlack())
            slack.channels, slack._clock = deepcopy(before.channels), itertools.count(1000)
            model = Model()
            server = stack.enter_context(ClaudeServer(always=model))
            kills.append(Killed(step, folder, slack, server, model))
        jobs = [(kill.step, str(kill.folder), kill.slack.url, kill.settings) for kill in kills]
        dying = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, json.dumps(jobs), cwd=ROOT)
        leading = asyncio.gather(*(kill.leads_on(over) for kill in kills))
        status = await dying.wait()
        over.set()
        await leading
        assert status == 0
        return {kill.step: (await kill.begins_again(thread), kill.slack.invalid) for kill in kills}


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """How each of the kills ended. They run side by side: to start a process takes long."""
    return asyncio.run(killed(tmp_path_factory.mktemp("killed")))


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_while_a_reply_is_streamed_leaves_one_reply_and_nothing_half(ends, step):
    posts, invalid = ends[step]
    _, reply = posts
    assert " ".join(SENTENCES) in card(reply)
    assert invalid == []
