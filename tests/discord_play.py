"""Runs the bot on the stand-in for Discord, and plays conversations as people would there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot import posts
from bot.bootstrap import Application, application
from bot.discord.adapter import DiscordAdapter
from bot.lanes import Lanes
from bot.posts import Parts
from bot.settings import Settings
from storage.records import Place
from tests.bot_fixtures import OUTDATED, database
from tests.discord_loopback import Discord
from tests.discord_parts import PRIVATE_THREAD, TOKEN, Data, Used, buttons, text_of, walk


class Clock:
    """A clock that a test can move on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead


@dataclass
class Bot:
    """The running bot, and the Discord that it runs on."""

    discord: Discord
    app: Application
    adapter: DiscordAdapter
    lanes: Lanes
    clock: Clock

    async def settled(self) -> None:
        """Wait until the bot took in what was said and has delivered what it says to that."""
        await self.discord.heard()
        for _ in range(2):
            if self.adapter._client is not None:
                await self.adapter._client.busy.over(10)
            await self.discord.until(self.idle)
            await self.discord.heard()

    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return self.app.turns.queries.counts().waiting_since is None and not self.lanes.busy

    def place(self, channel: Data) -> Place:
        """The place that a thread or direct message channel stands for."""
        if channel["type"] == 1:
            return Place("discord", "@me", channel["id"], channel["id"])
        if channel["type"] == PRIVATE_THREAD:
            return Place("discord", channel["guild_id"], channel["id"], channel["id"])
        return Place("discord", channel["guild_id"], channel["parent_id"], channel["id"])

    def said(self, place: Place) -> list[Parts]:
        """What the bot meant to say at a place, post by post, from the log."""
        thread = self.app.turns.queries.at(place)
        lines = self.app.turns.queries.transcript(thread) if thread else []
        return [posts.from_json(line.text) for line in lines if line.who == "bot"]


@asynccontextmanager
async def running(
    folder: Path, discord: Discord, wait: bool = True, seconds: float = 20.0, **more: Any
) -> AsyncIterator[Bot]:
    """The bot over the folder's database, stopped cleanly at the end."""
    given: dict[str, Any] = {"discord_token": SecretStr(TOKEN), "discord_api_url": discord.url, **more}
    settings = Settings(db=database(folder), **given)
    # Threads of a killed process end with it; ours have to end before the database is closed.
    threads = ThreadPoolExecutor()
    asyncio.get_running_loop().set_default_executor(threads)
    with application(settings) as app:
        clock = Clock()
        adapter = DiscordAdapter(settings, app, clock, seconds)
        lanes = Lanes(app.turns, app.outbound, adapter.courier)
        working = asyncio.ensure_future(lanes.run())
        await adapter.start(lanes)
        try:
            if wait:
                await discord.until(lambda: adapter.trouble() == "")
            yield Bot(discord, app, adapter, lanes, clock)
        finally:
            await adapter.stop()
            await lanes.stop()
            await asyncio.gather(working, return_exceptions=True)
            await adapter.close()
            lanes._thinking.shutdown()
            threads.shutdown(wait=True)
    assert discord.wrong == [], "\n".join(discord.wrong)
    assert discord.pings == [], discord.pings


def play(folder: Path, scene: Callable[[Bot], Awaitable[None]], **more: Any) -> Discord:
    """Play a scene on a fresh Discord; whatever the bot sent must have been in order."""

    async def main() -> Discord:
        async with Discord() as discord, running(folder, discord, **more) as bot:
            await scene(bot)
        return discord

    return asyncio.run(main())


async def opened(bot: Bot, text: str = OUTDATED, channel: Data | None = None) -> Data:
    """The thread that the bot opens for a case of Ada's."""
    message = await bot.discord.mention(bot.discord.ada, channel or bot.discord.general, text)
    await bot.settled()
    thread = bot.discord.thread(message)
    assert thread is not None
    return thread


async def tapped(bot: Bot, thread: Data, label: str, user: Data | None = None) -> Used:
    """The newest button with this label is used."""
    discord = bot.discord
    for message in reversed(discord.by_bot(thread)):
        if label in buttons(message):
            used = await discord.click(user or discord.ada, message, buttons(message)[label])
            await bot.settled()
            return used
    raise AssertionError(f"no button says {label}")


# ---- a conversation, for comparing platforms


@dataclass(frozen=True)
class Say:
    """A person writes."""

    text: str


@dataclass(frozen=True)
class Choose:
    """A person taps an answer of the open question: its value, or several; or the one with this number."""

    values: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Press:
    """A person taps a button by what it does: why, decide_now, flips, log, start_over."""

    act: str


Step = Say | Choose | Press


@dataclass(frozen=True)
class Answered:
    """What came of a step: the meaning from the log, and the posts as they stand on Discord.

    What is told to who tapped alone is shown beside the post that they tapped.
    """

    parts: Parts
    shown: tuple[Data, ...]


def played(folder: Path, steps: Sequence[Step]) -> list[Answered]:
    """Play a conversation in a thread on Discord, and give what each step led to."""
    found: list[Answered] = []

    async def scene(bot: Bot) -> None:
        discord = bot.discord
        thread: Data | None = None
        for step in steps:
            before, used = len(discord.by_bot(thread)) if thread else 0, None
            if isinstance(step, Say) and thread is None:
                opener = await discord.mention(discord.ada, discord.general, step.text)
                await bot.settled()
                thread = discord.thread(opener)
                assert thread is not None
            elif isinstance(step, Say):
                await discord.mention(discord.ada, thread, step.text)
            else:
                assert thread is not None
                used = await _tap(bot, thread, step)
            await bot.settled()
            shown = tuple(deepcopy(discord.by_bot(thread)[before:]))
            if used is not None and used.source is not None and used.ephemeral:
                shown = (*shown, deepcopy(used.source), *deepcopy(used.ephemeral))
            found.append(Answered(bot.said(bot.place(thread))[-1], shown))

    play(folder, scene)
    return found


async def _tap(bot: Bot, thread: Data, step: Choose | Press) -> Used:
    discord = bot.discord
    if isinstance(step, Press):
        message, custom_id = last_button(discord.by_bot(thread), step.act)
        return await discord.click(discord.ada, message, custom_id)
    known = bot.app.turns.queries.at(bot.place(thread))
    assert known is not None
    put = bot.app.turns.queries.open_question(known)
    assert put is not None
    values = [option.value for option in put.question.options]
    indices = [str(values.index(value)) for value in step.values] or [str(step.number - 1)]
    for message in reversed(discord.by_bot(thread)):
        carried = [one["custom_id"] for one in walk(message["components"]) if "custom_id" in one]
        for one in carried:
            if len(indices) == 1 and one.startswith("answer:") and one.endswith(f":{indices[0]}"):
                return await discord.click(discord.ada, message, one)
            if one.startswith("answer:") and one.count(":") == 1:
                return await discord.click(discord.ada, message, one, indices)
    raise AssertionError(f"nothing offers {step.values}")


def last_button(messages: Sequence[Data], act: str) -> tuple[Data, str]:
    """The newest button that does this, and the message that it stands in."""
    for message in reversed(messages):
        for custom_id in buttons(message).values():
            if custom_id.split(":")[0] == act:
                return message, custom_id
    raise AssertionError(f"no button does {act}: {[text_of(one) for one in messages]}")
