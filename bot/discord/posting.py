"""Puts posts into a channel, each once: by a nonce that a retry repeats, and by a stamp that stays."""

import asyncio
import hashlib
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import discord

from bot.discord.components import CHART, view
from bot.discord.panels import Post, in_words, picture, plain
from bot.discord.refusals import ARCHIVED, NO_REPLY
from bot.discord.split import split
from bot.discord.threads import Threads, Where
from storage.records import Sending

logger = logging.getLogger(__name__)

SKEW = timedelta(minutes=2)
"""How far our clock and Discord's may differ."""
MOST_LOOKED_AT = 500
NOBODY = discord.AllowedMentions.none()
"""The client says so for what it sends, but not for what it edits."""


class Posting:
    """Sends and edits through one client."""

    def __init__(self, client: discord.Client, threads: Threads) -> None:
        self._client = client
        self._threads = threads

    async def send(self, where: Where, sending: Sending, shown: tuple[Post, ...]) -> list[int]:
        """Post what does not stand yet; gives the ids of all of it."""
        standing = await self.standing(where.channel, sending) if sending.attempt > 1 else {}
        messages: list[int] = []
        for number, post in enumerate(shown):
            found = standing.get(stamp_of(sending, number))
            messages += [found] if found else await self._send(where, sending, number, post)
        return messages

    async def edit(self, channel: int, message: int, post: Post) -> None:
        """Let an earlier post show something else; a thread that is in the archive is opened for it."""
        earlier = self._client.get_partial_messageable(channel).get_partial_message(message)
        post = in_words(post)
        try:
            await earlier.edit(view=view(post), allowed_mentions=NOBODY)
        except discord.HTTPException as error:
            if error.code != ARCHIVED:
                raise
            await self._threads.reopen(self._client, channel)
            await earlier.edit(view=view(post), allowed_mentions=NOBODY)

    async def delete(self, channel: int, message: int) -> None:
        """Take away an earlier post that is no longer needed; gone is gone."""
        with suppress(discord.NotFound):
            await self._client.get_partial_messageable(channel).get_partial_message(message).delete()

    async def standing(self, channel: int, sending: Sending) -> dict[int, int]:
        """Our posts since it was queued, by stamp: Discord keeps no nonces, but the ids of components."""
        found: dict[int, int] = {}
        me = self._client.user
        history = self._client.get_partial_messageable(channel).history
        since = sending.queued_at - SKEW
        with suppress(discord.Forbidden, discord.NotFound):
            async for message in history(limit=MOST_LOOKED_AT, after=since, oldest_first=True):
                if me is not None and message.author.id == me.id and message.components:
                    found.setdefault(getattr(message.components[0], "id", None) or 0, message.id)
        return found

    async def _send(self, where: Where, sending: Sending, number: int, post: Post) -> list[int]:
        nonce = nonce_of(sending, number)
        try:
            shown = view(post, stamp_of(sending, number))
            return [await self._once_more(where, nonce, await _drawn(post), view=shown)]
        except discord.HTTPException as error:
            if error.status != 400:
                raise
            logger.error("components_refused outbox=%s code=%s", sending.id, error.code)
        # Better a plain answer than none.
        return [
            await self._once_more(where, f"{nonce}{part}", b"", content=piece, suppress_embeds=True)
            for part, piece in enumerate(split(plain(post)))
        ]

    async def _once_more(self, where: Where, nonce: str, chart: bytes, **what: Any) -> int:
        """Send; into a thread that was archived meanwhile once more, after it is open again, and where the
        history may not be read as no reply.
        """
        try:
            return await self._post(where, nonce, chart, what)
        except discord.HTTPException as error:
            if error.code not in (ARCHIVED, NO_REPLY):
                raise
            archived = error.code == ARCHIVED
        if archived:
            await self._threads.reopen(self._client, where.channel)
        return await self._post(where if archived else replace(where, replies_to=None), nonce, chart, what)

    async def _post(self, where: Where, nonce: str, chart: bytes, what: dict[str, Any]) -> int:
        more: dict[str, Any] = {}
        if where.reference is not None:
            more["reference"] = where.reference
        if chart:  # a file is read once, so each try has its own
            more["file"] = discord.File(BytesIO(chart), CHART)
        channel = self._client.get_partial_messageable(where.channel)
        return (await channel.send(nonce=nonce, **what, **more)).id


async def _drawn(post: Post) -> bytes:
    """The chart of a post; empty where it has none. Drawing takes a while, so it is done off the loop."""
    found = picture(post)
    if found is None:
        return b""
    from bot.chart import levers_by_week

    return await asyncio.to_thread(levers_by_week, found.levers)


def nonce_of(sending: Sending, number: int) -> str:
    """What tells Discord that a post is the same one again, for some minutes; at most 25 characters."""
    return _digest(sending, number)[:22]


def stamp_of(sending: Sending, number: int) -> int:
    """The id of a post's first component, by which it is found in a channel's history at any time."""
    return int(_digest(sending, number)[:7], 16) + 1000  # small ids are what Discord numbers the others with


def _digest(sending: Sending, number: int) -> str:
    return hashlib.sha256(f"{sending.id}|{sending.queued_at.isoformat()}|{number}".encode()).hexdigest()
