"""Messages that were written while nobody listened: Discord tells them again only after a short break.

What was missed is asked for in every channel, thread and known direct message that moved meanwhile, within
limits. What was heard before is in the inbox, so nothing counts twice. Discord does not say who wrote to the
bot for the first time in a direct message, so such a message stays unheard until they write again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta

import discord

from bot.discord.gating import DIRECT, PLATFORM
from bot.discord.interactions import UNANSWERED
from storage.errors import StorageError
from storage.listened import Listened

logger = logging.getLogger(__name__)

LOOKS_BACK = timedelta(hours=24)
"""How old a message may be that is answered late."""
AT_FIRST = timedelta(minutes=10)
"""How far to look back where nobody listened before."""
SKEW = timedelta(minutes=3)
"""How far our clock and Discord's may differ, and how long a dead connection may look alive."""
MOST_CHANNELS, MOST_DIRECT, MOST_ARCHIVED = 200, 100, 50
MOST_MESSAGES = 1000
"""In one channel: the newest of them."""
LOOKS_FOR = 30.0
"""Seconds for what Discord has of one channel: what is said there now waits for it."""
MOST_LIVE = 10_000
"""As many messages are remembered to have been told by the connection itself."""
ARCHIVED_WITHIN = timedelta(days=4)
"""A thread that did not move for longer is not looked for in the archive."""
EVERY = 60.0
"""Seconds between notes of what was heard, and between tries to ask for the rest."""

Spoken = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Readable = Spoken | discord.DMChannel | discord.GroupChannel | discord.PartialMessageable
Hears = Callable[[discord.Message], Awaitable[None]]
"""Takes in a message of a channel's history, which may have been heard before."""


class Missed:
    """What one client missed. Only once it `began` is anything known to be missed."""

    def __init__(
        self, client: discord.Client, connected: Callable[[], bool], hears: Hears, listened: Listened
    ) -> None:
        self._client = client
        self._connected = connected
        self._hears = hears
        self._listened = listened
        self._since: asyncio.Future[datetime] | None = None
        self._channels: dict[int, asyncio.Task[bool]] = {}
        self._fetched: set[int] = set()
        self._live: dict[int, None] = {}
        self._over = True
        self._looking = asyncio.Lock()
        self._looks: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def began(self) -> None:
        """A connection began anew: from here on nothing is missed, and what was said before may have been."""
        self._over = False
        self._channels.clear()
        self._fetched.clear()
        self._live.clear()
        self._since = asyncio.ensure_future(self._when())

    async def before(self, message: discord.Message) -> None:
        """Hear what was missed in a channel before anything new is heard there, so that order is kept."""
        self._live[message.id] = None
        if len(self._live) > MOST_LIVE:
            del self._live[next(iter(self._live))]
        if not self._over:
            await self._once(message.channel)

    def look(self) -> None:
        """Hear all that was missed, in a task of its own; one that has not begun yet is enough."""
        if self._looks is None:
            self._looks = asyncio.ensure_future(self._look())
            self._keep(self._looks)

    def watch(self) -> None:
        """Note every minute until when all was heard, and try again what could not be asked for."""
        self._keep(asyncio.ensure_future(self._watch()))

    async def stop(self) -> None:
        """Look no further. What was not heard yet is asked for after the next start."""
        tasks = [*self._tasks, *self._channels.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def note(self) -> None:
        """All is heard up to now, if it is: the connection stands, and nothing is still to be asked for."""
        if not (self._over and self._connected()):
            return
        try:
            await asyncio.to_thread(self._listened.note, PLATFORM, discord.utils.utcnow())
        except StorageError as error:
            logger.warning("not_noted error=%s", type(error).__name__)

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await (self.note() if self._over else self._look())

    async def _look(self) -> None:
        """Channel by channel, those first that were spoken in last."""
        async with self._looking:
            self._looks = None
            before, heard = self._since, []
            try:
                async for channel in self._moved():
                    heard.append(await self._once(channel))
            except (*UNANSWERED, StorageError) as error:
                logger.warning("not_all_caught_up error=%s", type(error).__name__)
            else:
                away = any(guild.unavailable for guild in self._client.guilds)
                self._over = all(heard) and not away and before is self._since
            logger.info("caught_up channels=%s unheard=%s", len(heard), heard.count(False))
        await self.note()

    async def _moved(self) -> AsyncIterator[Readable]:
        """Where something may have been said since, within the limits."""
        since = await self._asked_since()
        first = discord.utils.time_snowflake(since)
        spoken = sorted(_spoken(self._client), key=_last, reverse=True)
        for channel in [one for one in spoken if _last(one) > first][:MOST_CHANNELS]:
            yield channel
        known = await asyncio.to_thread(self._listened.whole_channels, PLATFORM, DIRECT, MOST_DIRECT)
        for direct in known:
            yield self._client.get_partial_messageable(int(direct))
        async for thread in self._archived(since):
            if _last(thread) > first:
                yield thread

    async def _archived(self, since: datetime) -> AsyncIterator[discord.Thread]:
        """The threads of ours that Discord does not list by itself, since they are in the archive by now."""
        find, begin = self._listened.moved_since, since - ARCHIVED_WITHIN
        for place in await asyncio.to_thread(find, PLATFORM, begin, MOST_ARCHIVED):
            if not (place.key.isdigit() and place.workspace.isdigit()) or int(place.key) in self._fetched:
                continue
            if self._client.get_guild(int(place.workspace)) and not self._client.get_channel(int(place.key)):
                try:
                    found = await self._client.fetch_channel(int(place.key))
                except (discord.NotFound, discord.Forbidden):
                    found = None
                self._fetched.add(int(place.key))
                if isinstance(found, discord.Thread):
                    yield found

    async def _once(self, channel: Readable) -> bool:
        """Hear what was missed in a channel, once a connection. False: it could not be asked for."""
        task = self._channels.get(channel.id)
        if task is None or (task.done() and not task.result()):
            task = self._channels[channel.id] = asyncio.ensure_future(self._hear(channel))
        return await asyncio.shield(task)

    async def _hear(self, channel: Readable) -> bool:
        since = await self._asked_since()
        try:
            async with asyncio.timeout(LOOKS_FOR):  # the library itself would wait for minutes
                history = channel.history(limit=MOST_MESSAGES, after=since, oldest_first=False)
                found = [message async for message in history]
            for message in reversed(found):
                if message.id not in self._live:
                    await self._hears(message)
        except (discord.Forbidden, discord.NotFound) as error:
            logger.info("not_caught_up channel=%s error=%s", channel.id, type(error).__name__)
        except (*UNANSWERED, StorageError) as error:
            logger.warning("not_caught_up_yet channel=%s error=%s", channel.id, type(error).__name__)
            return False
        return True

    async def _asked_since(self) -> datetime:
        assert self._since is not None
        return await asyncio.shield(self._since)

    async def _when(self) -> datetime:
        """Since when something may have been missed."""
        now = discord.utils.utcnow()
        try:
            until = await asyncio.to_thread(self._listened.until, PLATFORM)
        except StorageError:
            return now - LOOKS_BACK
        return max(until - SKEW, now - LOOKS_BACK) if until is not None else now - AT_FIRST


def _spoken(client: discord.Client) -> Iterator[Spoken]:
    """Every channel and open thread in which people write."""
    for guild in client.guilds:
        yield from (one for one in guild.channels if isinstance(one, Spoken))
        yield from guild.threads


def _last(channel: Spoken) -> int:
    return channel.last_message_id or 0
