"""Where on Discord a reply belongs: the thread of its case, opened by the first reply."""

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import discord

from bot.discord.gating import DIRECT, PRIVATE
from bot.discord.permissions import THREADS, sentence
from bot.discord.refusals import HAS_THREAD, for_good
from decision.assess import shortened
from storage.records import NEW, Sending

if TYPE_CHECKING:
    from storage.log import Log
    from storage.posts import Posts
    from storage.queries import Queries

logger = logging.getLogger(__name__)

LONGEST_NAME = 100
ARCHIVED_AFTER: Literal[4320] = 4320
"""Minutes without a message; three days, so that a weekend does not close a triage."""


@dataclass(frozen=True, slots=True)
class Where:
    """A channel or thread to post in. `replies_to` is the message that the post answers there, if no thread
    could be opened for it, and `note` what is to be said about that."""

    channel: int
    replies_to: int | None = None
    note: str = ""

    @property
    def reference(self) -> discord.MessageReference | None:
        """The message to reply to; that it was deleted meanwhile is no reason not to answer."""
        if self.replies_to is None:
            return None
        return discord.MessageReference(
            message_id=self.replies_to, channel_id=self.channel, fail_if_not_exists=False
        )


class NoPlaceError(Exception):
    """A reply belongs into a private thread, and none can be opened."""


class Threads:
    """Finds and opens threads. What was posted before tells where; nothing is kept in memory."""

    def __init__(self, queries: "Queries", earlier: "Posts", log: "Log") -> None:
        self._queries = queries
        self._earlier = earlier
        self._log = log
        self._apart = asyncio.Lock()

    async def find(self, client: discord.Client, sending: Sending, name: str = "") -> Where:
        """Where the reply goes; a thread that has to be opened gets the name, or its case's title.

        Raises:
            NoPlaceError: it belongs into a private thread, and none can be opened.
        """
        place = sending.place
        if place.key.startswith(PRIVATE):
            return await self._open_apart(client, sending)
        if place.key.startswith(NEW) or place.workspace == DIRECT:
            return Where(int(place.channel))
        if place.key == place.channel:  # a private thread
            return Where(int(place.key))
        invited = client.get_guild(int(place.workspace)) is not None
        last = await asyncio.to_thread(self._last_post, sending)
        if ":" in last:
            channel = last.partition(":")[0]
            beside = channel == place.channel and invited
            return Where(int(channel), int(place.key) if beside else None)
        if not invited:
            return Where(int(place.channel))
        if client.get_channel(int(place.key)) is not None:
            return Where(int(place.key))
        return await self._open(client, sending, name)

    async def reopen(self, client: discord.Client, thread: int) -> None:
        """Take a thread out of the archive. Raises discord.Forbidden when it is locked."""
        found = client.get_channel(thread) or await client.fetch_channel(thread)
        if isinstance(found, discord.Thread):
            await found.edit(archived=False)

    def _last_post(self, sending: Sending) -> str:
        """The id of the newest post in the thread, as a delivery gave it; empty when there is none."""
        before = self._earlier.standing(sending.thread_id, 0, sending.id)
        return before[-1].message.split(",")[-1] if before else ""

    async def _open(self, client: discord.Client, sending: Sending, name: str) -> Where:
        """Open the thread from the message that began it, or answer beside that message."""
        place = sending.place
        guild = int(place.workspace)
        channel = client.get_partial_messageable(int(place.channel), guild_id=guild)
        opener = channel.get_partial_message(int(place.key))
        try:
            name = name or await asyncio.to_thread(self._name, sending)
            await opener.create_thread(name=name, auto_archive_duration=ARCHIVED_AFTER)
        except discord.HTTPException as error:
            if error.code == HAS_THREAD:  # it has the id of the message
                return Where(int(place.key))
            if not for_good(error):
                raise
            logger.info("no_thread thread=%s code=%s", sending.thread_id, error.code)
            if await _stands(client, int(place.key)):
                return Where(int(place.key))
            note = sentence((THREADS,)) if isinstance(error, discord.Forbidden) else ""
            return Where(int(place.channel), int(place.key), note)
        return Where(int(place.key))

    async def _open_apart(self, client: discord.Client, sending: Sending) -> Where:
        """Open a private thread for who began the case. It lives there from now on."""
        async with self._apart:  # what is open and not noted as a case's is then left from a try that failed
            thread = await self._left(client, sending) or await self._opened_apart(client, sending)
            here = str(thread.id)
            place = replace(sending.place, channel=here, key=here)
            await asyncio.to_thread(self._log.moved, sending.thread_id, place)
        if sending.author.isdigit():
            await thread.add_user(discord.Object(int(sending.author)))
        return Where(thread.id)

    async def _opened_apart(self, client: discord.Client, sending: Sending) -> discord.Thread:
        channel = client.get_channel(int(sending.place.channel))
        if not isinstance(channel, discord.TextChannel):
            raise NoPlaceError
        try:
            return await channel.create_thread(
                name=await asyncio.to_thread(self._name, sending),
                type=discord.ChannelType.private_thread,
                auto_archive_duration=ARCHIVED_AFTER,
            )
        except discord.HTTPException as error:
            if not for_good(error):
                raise
            logger.info("no_private_thread thread=%s code=%s", sending.thread_id, error.code)
            raise NoPlaceError from None

    async def _left(self, client: discord.Client, sending: Sending) -> discord.Thread | None:
        """A private thread that an earlier try opened without noting whose it is."""
        guild = client.get_guild(int(sending.place.workspace))
        if guild is None or client.user is None or sending.attempt == 1:
            return None
        name = await asyncio.to_thread(self._name, sending)
        for thread in guild.threads:
            mine = thread.is_private() and thread.owner_id == client.user.id and thread.name == name
            if mine and str(thread.parent_id) == sending.place.channel:
                here = replace(sending.place, channel=str(thread.id), key=str(thread.id))
                if await asyncio.to_thread(self._queries.at, here) is None:
                    return thread
        return None

    def _name(self, sending: Sending) -> str:
        thread = self._queries.thread(sending.thread_id)
        title = " ".join((thread.title if thread else "").split())
        return shortened(title, LONGEST_NAME) or "Triage"


async def _stands(client: discord.Client, thread: int) -> bool:
    """Whether there is a thread that is not in the cache: it is in the archive, or private.

    Raises:
        discord.Forbidden: there is one, and the bot may not see it; what belongs there belongs nowhere else.
    """
    try:
        await client.fetch_channel(thread)
    except discord.NotFound:
        return False
    return True
