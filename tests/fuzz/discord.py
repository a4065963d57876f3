"""Ways in from Discord: what its gateway tells, and what people tap, choose and fill in there."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from hypothesis import strategies as st

from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import Data, Used, buttons
from tests.discord_play import Bot, opened, play, running, tapped
from tests.fuzz.entries import Entry, Feed, UnhandledError, listening
from tests.fuzz.mutating import mutated

TOLD = (
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
    "GUILD_CREATE",
    "CHANNEL_UPDATE",
)
"""What the gateway tells of; a connection's own greeting is not among it."""


async def _scene(bot: Bot) -> None:
    """A conversation in which everything that the bot listens to happens once."""
    discord = bot.discord
    thread = await opened(bot)
    form = await tapped(bot, thread, "Type an answer")
    await discord.submit(discord.ada, form, text="No")
    await bot.settled()
    replied = {"type": 0, "message_id": discord.by_bot(thread)[0]["id"], "channel_id": thread["id"]}
    await discord.say(discord.ada, thread, "why?", message_reference=replied)
    await discord.say(discord.ada, discord.dm(discord.ada), OUTDATED)
    await discord.edit(discord.in_channel(discord.general)[0], f"<@{discord.me['id']}> help")
    await bot.settled()
    await tapped(bot, thread, "Decide now")
    post = discord.by_bot(thread)[-1]
    for carried in reversed(buttons(post).values()):
        if carried not in buttons(post).values():
            continue  # it was taken away by what was tapped before
        await discord.click(discord.ada, post, carried)
        await bot.settled()
    await discord.command(discord.ada, discord.general, "triage", describe=OUTDATED)
    await discord.command(discord.ada, discord.general, "ask", question="Can RAG help?", visible=True)
    await discord.command(discord.ada, discord.general, "decisions")
    await discord.menu(discord.ada, discord.general, "Triage this", discord.in_channel(discord.general)[0])
    await bot.settled()


@lru_cache(maxsize=1)
def _frames() -> list[Data]:
    """Frames of that conversation, of each kind some."""
    with TemporaryDirectory() as name:
        discord = play(Path(name), _scene, discord_message_content=True)
    return [frame for session in discord.sessions.values() for frame in session.sent]


@lru_cache(maxsize=1)
def _told() -> list[Data]:
    return [frame for frame in _frames() if frame["t"] in TOLD]


@lru_cache(maxsize=1)
def _used() -> list[Data]:
    return [frame for frame in _frames() if frame["t"] == "INTERACTION_CREATE"]


class _Knowing(Discord):
    """The stand-in, which says so where it is asked for what is nowhere."""

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        try:
            return await super()._rest(request)
        except (KeyError, ValueError, TypeError, StopIteration):
            return web.json_response({"code": 10008, "message": "Unknown Message"}, status=404)


@contextmanager
def _gateway(folder: Path) -> Iterator[Feed]:
    """The bot beside a Discord of its own, to which a frame is told as it is."""
    _frames()  # made before, since the library knows one Discord at a time
    with asyncio.Runner() as runner, listening() as quiet:
        discord = _Knowing()
        runner.run(discord.__aenter__())
        opening = running(folder, discord, discord_message_content=True)
        bot = runner.run(opening.__aenter__())

        def feed(frame: Data) -> None:
            runner.run(_tell(bot, frame))
            quiet()
            if discord.identified > 1:
                raise UnhandledError("the connection was begun anew")

        try:
            yield feed
            with suppress(TimeoutError):  # a server that is said to be away may be waited for
                runner.run(bot.settled())
            quiet()
        finally:
            discord.wrong.clear()
            discord.pings.clear()
            runner.run(opening.__aexit__(None, None, None))
            runner.run(discord.__aexit__(None, None, None))


async def _tell(bot: Bot, frame: Data) -> None:
    """Tell it under a new id, so that it is not taken for what was told before."""
    discord, client = bot.discord, bot.adapter._client
    assert client is not None
    session = next(iter(discord.sessions.values()))
    data = frame["d"]
    if isinstance(data, dict) and str(data.get("id", "")).isdecimal() and frame["t"] != "GUILD_CREATE":
        data = data | {"id": discord.snowflake()}
        token, channel = data.get("token"), data.get("channel_id")
        if isinstance(token, str) and isinstance(channel, str):
            discord.used = {token: Used(data["id"], token, data, channel)}
    number = len(session.sent) + 1
    session.sent.append({"op": 0, "s": number, "t": frame["t"], "d": data})
    assert session.socket is not None
    await session.socket.send_json(session.sent[-1])
    async with asyncio.timeout(10):
        while (
            client.ws is None or client.ws.sequence != number
        ):  # to ask for a beat is limited to two a second
            await asyncio.sleep(0)
    for _ in range(20):  # let it be begun
        await asyncio.sleep(0)
    await client.busy.over(5)


def _mutated(frames: list[Data]) -> st.SearchStrategy[Data]:
    """The kind stays: what is told of is what may be odd."""
    return st.sampled_from(frames).flatmap(
        lambda frame: mutated([frame["d"]]).map(lambda data: {"t": frame["t"], "d": data})
    )


ENTRIES = (
    Entry("Discord's gateway", st.deferred(lambda: _mutated(_told())), _gateway),
    Entry("Discord interactions", st.deferred(lambda: _mutated(_used())), _gateway),
)
