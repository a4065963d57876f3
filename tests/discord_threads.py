"""Threads on the stand-in for Discord: opened from a message or for a few people, and out of the archive."""

from typing import Any

from tests.discord_parts import (
    NEWS,
    NEWS_THREAD,
    PRIVATE,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    THREADS,
    Data,
    Refused,
    thread_of,
)
from tests.discord_responses import Responses


class Threads(Responses):
    """Opens and changes threads."""

    async def _patch_channel(self, channel: str, body: Any, query: Any) -> Data:
        found = self._channel(channel)
        if body.get("archived") is False:
            if found["thread_metadata"]["locked"]:
                raise Refused(403, 50013, "Missing Permissions")
            await self._unarchive(found)
        return self._channel_sent(found)

    async def _open_apart(self, channel: str, body: Any, query: Any) -> Data:
        """A thread that begins from no message, which nobody but its members sees."""
        found = self._channel(channel)
        if found["type"] != TEXT or body["type"] != PRIVATE_THREAD:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        self._needs(found, PRIVATE)
        thread = thread_of(found, self.snowflake(), PRIVATE_THREAD, self.me, body["name"]) | {"members": []}
        self._keep(thread)
        await self.dispatch("THREAD_CREATE", self._channel_sent(thread), thread)
        return self._channel_sent(thread)

    async def _add_member(self, thread: str, user: str, body: Any, query: Any) -> None:
        members = self._channel(thread)["members"]
        members += [] if user in members else [user]

    async def _open_thread(self, channel: str, message: str, body: Any, query: Any) -> Data:
        found = self._channel(channel)
        self._needs(found, THREADS)
        if found["type"] not in (TEXT, NEWS):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        self._find(channel, message)
        if message in self.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        kind = NEWS_THREAD if found["type"] == NEWS else PUBLIC_THREAD
        thread = thread_of(found, message, kind, self.me, body["name"])
        self._keep(thread)
        await self.dispatch("THREAD_CREATE", self._channel_sent(thread), thread)
        return self._channel_sent(thread)
