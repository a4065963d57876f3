"""A whole conversation on each platform, with everything logged: ids, and nobody's word, name or token."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.logs import Lines
from tests import discord_play
from tests.bot_fixtures import OUTDATED
from tests.slack_loopback import Fault, LoopbackSlack, user
from tests.slack_serving import MENTION, played

NAME, WORD, NOTE, REASON = "Quagga Okapi", "zanzibar", "narwhal", "axolotl"
TOKENS = {"slack_bot_token": "xoxb-canary-1", "slack_app_token": "xapp-canary-2", "secret": "canary-3" * 5}
LOUD = (
    "",
    "discord",
    "slack_sdk",
    "slack_bolt",
    "bot.slack.sdk",
    "aiohttp",
    "asyncio",
    "uvicorn",
    "anthropic",
)
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.]+ [a-z][a-z0-9_]*"
    r'(?: [a-z][a-z0-9_]*=(?:[\w.:/,+<>-]+|"(?:[^"\\]|\\.)*"))*'
)


@contextmanager
def heard(as_json: bool) -> Iterator[io.StringIO]:
    """All that is logged within, from every logger at every level, in our own form."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines(as_json))
    before = {name: logging.getLogger(name).level for name in LOUD}
    logging.getLogger().addHandler(handler)
    try:
        yield out
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def loud() -> None:
    """Let every library say all it has; the adapters would quieten some."""
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.DEBUG)


def clean(told: str, *canaries: str) -> None:
    """None of the canaries is in the log."""
    assert told
    for canary in (NAME, *NAME.split(), WORD, NOTE, REASON, OUTDATED[:30], *canaries):
        assert canary.lower() not in told.lower(), canary


async def slack_talk(served):
    loud()
    slack = served.slack
    slack.users["UADA"] = user("UADA", NAME)
    thread = await served.says("C1", "UADA", f"{MENTION}{OUTDATED} {WORD}")
    await served.says("C1", "UADA", f"{MENTION}It happens every day. {WORD}", thread)
    await served.says("C1", "UADA", f"{MENTION}decide now", thread)
    await served.says("C1", "UADA", f"{MENTION}log this decision by {NAME}: because {NOTE}", thread)
    (decision,) = served.app.archive.decisions()
    lead = served.app.links.link_for("slack", "T0001", "UADA", NAME)
    await served.client.get(f"{served.url}/sign-in?link={lead.rpartition('=')[2]}")
    await served.client.post(f"{served.url}/decisions/{decision.id}/review", data={"reason": REASON})

    def broken(*_):
        raise RuntimeError(f"{WORD} {NAME}")

    numbers = served.app.watch.metrics.text(list, {})
    for name in ("acknowledgement", "turn", "answer", "delivery"):
        assert f'sextant_{name}_seconds_count{{platform="slack"}}' in numbers
    served.app.conversation.receive, held = broken, served.app.conversation.receive
    await served.says("C1", "UADA", f"{MENTION}And {WORD} again.", thread)
    served.app.conversation.receive = held
    slack.faults["chat.postMessage"].append(Fault(error="channel_not_found"))
    await slack.push({**slack.envelope(slack.say("C1", "UBOB", f"{MENTION}{WORD}")), "odd": WORD})
    await served.idle()


def test_a_conversation_on_slack_leaves_ids_in_the_log_and_nothing_else(tmp_path, monkeypatch):
    begun = LoopbackSlack.start

    async def start(self):
        self.tokens |= {TOKENS["slack_bot_token"], TOKENS["slack_app_token"]}
        await begun(self)

    monkeypatch.setattr(LoopbackSlack, "start", start)
    with heard(as_json=True) as out:
        played(tmp_path, slack_talk, leads=("slack:UADA",), **TOKENS)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert all(line.keys() >= {"at", "level", "logger", "name"} for line in lines)
    names = {line["name"] for line in lines}
    assert names >= {"turn_failed", "reply_dropped", "library"}
    failed = next(line for line in lines if line["name"] == "turn_failed")
    assert failed["thread"].startswith("t-")
    assert failed["error"] == "RuntimeError"
    clean(out.getvalue(), *TOKENS.values(), "canary")


def test_a_conversation_on_discord_leaves_ids_in_the_log_and_nothing_else(tmp_path):
    from tests.discord_parts import TOKEN

    tokens = [TOKEN]

    async def talk(bot):
        loud()
        discord = bot.discord
        discord.ada["global_name"] = NAME
        discord.ada["username"] = NAME.lower().replace(" ", "_")
        thread = await discord_play.opened(bot, f"{OUTDATED} {WORD}")
        for said in (f"It happens every day. {WORD}", "decide now", f"log this decision: because {NOTE}"):
            await discord.mention(discord.ada, thread, said)
            await bot.settled()
        tokens.append((await discord.command(discord.ada, discord.general, "decisions", search=WORD)).token)
        await bot.settled()

        numbers = bot.app.watch.metrics.text(list, {})
        for name in ("acknowledgement", "turn", "answer", "delivery"):
            assert f'sextant_{name}_seconds_count{{platform="discord"}}' in numbers

        def broken(*_):
            raise RuntimeError(f"{WORD} {NAME}")

        bot.app.conversation.receive = broken
        await discord.mention(discord.ada, thread, f"And {WORD} again.")
        await bot.settled()

    with heard(as_json=False) as out:
        discord_play.play(tmp_path, talk)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert any(" turn_failed inbox=" in line for line in lines)
    assert any(" library at_line=" in line for line in lines)
    clean(out.getvalue(), *tokens)
