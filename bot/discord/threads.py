"""Where on Discord a reply belongs: the thread of its case, opened by the first reply."""

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import discord

from bot.discord.gating import DIRECT
from bot.discord.permissions import THREADS, sentence
from decision.assess import shortened
from storage.records import NEW, Sending

if TYPE_CHECKING:
    from storage.posts import Posts
    from storage.queries import Queries

logger = logging.getLogger(__name__)

EXISTS = 160004
"""Discord's code for a message that has a thread already; it has the id of the message."""

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


class Threads:
    """Finds and opens threads. What was posted before tells where; nothing is kept in memory."""

    def __init__(self, queries: "Queries", earlier: "Posts") -> None:
        self._queries = queries
        self._earlier = earlier

    async def find(self, client: discord.Client, sending: Sending, name: str = "") -> Where:
        """Where the reply goes; a thread that has to be opened gets the name, or its case's title."""
        place = sending.place
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
            if error.code == EXISTS:
                return Where(int(place.key))
            if error.status == 429 or error.status >= 500:
                raise
            logger.info("no_thread thread=%s code=%s", sending.thread_id, error.code)
            if await _stands(client, int(place.key)):
                return Where(int(place.key))
            note = sentence((THREADS,)) if isinstance(error, discord.Forbidden) else ""
            return Where(int(place.channel), int(place.key), note)
        return Where(int(place.key))

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
