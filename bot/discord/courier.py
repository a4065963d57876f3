"""Brings replies to Discord, each once: into its thread, or through the interaction that asked for it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot import digest_wording
from bot.courier import Gone, Later
from bot.discord.gating import DIRECT, PLATFORM, direct
from bot.discord.interactions import UNANSWERED, Interactions, is_hidden
from bot.discord.markup import small
from bot.discord.panels import Panel, Post, Text
from bot.discord.permissions import NEEDS, PRIVATE, Need, missing, sentence
from bot.discord.posting import Posting, nonce_of
from bot.discord.refusals import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, for_good, gone, is_over, outcome
from bot.discord.render import render
from bot.discord.threads import NoPlaceError, Threads, Where
from bot.discord.through import Through, curious, is_apart, joined, many_read
from bot.draft import Draft
from bot.naming import Naming
from bot.posts import Parts
from bot.replies import Digest
from storage.records import ALONE, NEW, Claimed, InLine, Place, Sending

if TYPE_CHECKING:
    from bot.discord.client import SextantClient

logger = logging.getLogger(__name__)

SECONDS = 45.0
"""For one delivery with all that the library tries again by itself; shorter than its lease."""


class DiscordCourier:
    """The courier of one client, which is set once there is one."""

    platform = PLATFORM

    def __init__(
        self,
        threads: Threads,
        interactions: Interactions,
        seconds: float = SECONDS,
        naming: Naming | None = None,
    ) -> None:
        """`seconds`: how long one delivery may take; `naming` is told what channels are called."""
        self._naming = naming
        self.client: SextantClient | None = None
        self._through = Through(interactions)
        self._threads = threads
        self._seconds = seconds

    async def deliver(self, sending: Sending, parts: Parts, onto: str) -> str:
        """Post the parts, or edit the earlier post `onto`; gives `channel:message`, joined with "," if split.

        Raises:
            Later: Discord is busy or out of reach.
            Gone: the place is gone, or the bot may not write there.
        """
        client = self.client
        if client is None or client.is_closed() or not client.knows(sending.place.workspace):
            raise Later(1.0, "not connected")
        await self._name(client, sending.place)
        try:
            async with asyncio.timeout(self._seconds):
                await self._through.begun(sending)
                sending = await _addressed(client, sending)
                if onto:
                    return await self._edit(client, sending, parts, onto)
                return await self._deliver(client, sending, parts)
        except TimeoutError:
            raise Later(1.0, "no answer in time") from None
        except discord.RateLimited as limited:
            raise Later(limited.retry_after, "asked to wait") from None
        except discord.HTTPException as error:
            raise outcome(error) from None
        except (aiohttp.ClientError, OSError):
            raise Later(1.0, "out of reach") from None

    async def _name(self, client: discord.Client, place: Place) -> None:
        """Note what the channel is called; a thread's name may be made of what somebody said."""
        channel = client.get_channel(int(place.channel)) if place.channel.isdigit() else None
        if self._naming is not None and isinstance(channel, discord.abc.GuildChannel):
            await self._naming.note(replace(place, private=is_hidden(channel)), channel.name)

    @asynccontextmanager
    async def working(self, claimed: Claimed, draft: Draft) -> AsyncIterator[None]:
        """Shows that the bot is typing, where the reply will stand. Discord has no way to show a draft."""
        typing = asyncio.ensure_future(self._type(claimed))
        try:
            yield
        finally:
            typing.cancel()
            with suppress(asyncio.CancelledError):
                await typing

    async def waits(self, one: InLine, number: int) -> None:
        """Say in place of "thinking" how far back in the line a message is; the answer takes its place.

        A message that came through no interaction has no such place: Discord shows typing, but no words.
        """
        if number:
            await self._through.waits(one.platform_id, number)

    async def _type(self, claimed: Claimed) -> None:
        client, place = self.client, claimed.place
        if client is None or not place.channel.isdigit():
            return
        opened = place.key.isdigit() and client.get_channel(int(place.key)) is not None
        channel = client.get_partial_messageable(int(place.key if opened else place.channel))
        with suppress(*UNANSWERED):
            async with channel.typing():
                await asyncio.Event().wait()

    async def _deliver(self, client: discord.Client, sending: Sending, parts: Parts) -> str:
        told, held = curious(sending, parts), self._through.asked(sending)
        shown = _shown(client, sending, told or parts)
        if held is not None:
            try:
                if held.way in ("through", "alone"):
                    return await self._through.response(held, sending, shown)
                if told and many_read(sending):
                    return await self._through.alone(held, shown)
            except discord.HTTPException as error:
                if not is_over(error):
                    raise
                logger.info("interaction_over outbox=%s", sending.id)  # the channel is still there
        return await self._post(client, sending, shown, _name(parts))

    async def _post(
        self, client: discord.Client, sending: Sending, shown: tuple[Post, ...], name: str
    ) -> str:
        posting, held = Posting(client, self._threads), self._through.asked(sending)
        where = Where(int(sending.place.channel))
        try:
            where = await self._threads.find(client, sending, name)
            messages = await posting.send(where, sending, _noted(shown, where.note))
        except (discord.HTTPException, NoPlaceError) as error:
            if isinstance(error, discord.HTTPException) and not for_good(error):
                raise
            return await self._otherwise(client, where, sending, shown, error)
        if held is not None and held.way == "leads":
            await self._through.lead(held, where.channel)
        return str(messages[0]) if sending.place.key.startswith(NEW) else joined(where.channel, messages)

    async def _otherwise(
        self,
        client: discord.Client,
        where: Where,
        sending: Sending,
        shown: tuple[Post, ...],
        error: Exception,
    ) -> str:
        """Answer through the interaction where the place takes nothing, else say to the person why."""
        held = self._through.asked(sending)
        try:
            if held is not None and (held.way == "leads" or is_apart(sending)):
                return await self._through.alone(held, shown)
            if held is not None:
                return await self._through.beside(Posting(client, self._threads), held, sending, shown)
        except discord.HTTPException as late:
            if not is_over(late):
                raise
        raise await self._refused(client, where, sending, error)

    async def _edit(self, client: discord.Client, sending: Sending, parts: Parts, onto: str) -> str:
        """Let earlier posts show this; what is too many of either is posted or taken away."""
        posting, shown = Posting(client, self._threads), _shown(client, sending, parts)
        earlier = [_post_id(one, sending) for one in onto.split(",")]
        channel = earlier[0][0]
        try:
            for (_, message), post in zip(earlier, shown, strict=False):
                await self._edit_one(posting, sending, channel, message, post)
        except discord.NotFound:
            if not sending.edits:
                raise
            return await self._deliver(client, sending, parts)  # somebody deleted the earlier reply
        for _, message in earlier[len(shown) :]:
            await posting.delete(channel, message)
        kept = [message for _, message in earlier[: len(shown)]]
        if shown[len(earlier) :]:
            kept += await posting.send(Where(channel), sending, shown[len(earlier) :])
        return joined(channel, kept)

    async def _edit_one(
        self, posting: Posting, sending: Sending, channel: int, message: int, post: Post
    ) -> None:
        if await self._through.edit(message, post):
            return
        try:
            await posting.edit(channel, message, post)
        except discord.Forbidden:  # such as in a locked thread
            if not await self._through.edit_tapped(sending, message, post):
                raise

    async def _refused(
        self, client: discord.Client, where: Where, sending: Sending, error: Exception
    ) -> Gone:
        """Tell the person why there is no answer where they asked, if they take direct messages."""
        code = getattr(error, "code", 0)
        if sending.place == direct(sending.place.channel) or not sending.author.isdigit():
            return gone(error)
        if sending.place.workspace == DIRECT:
            why = (
                "I have an answer for you, but was too slow to give it where you asked. Please ask me again."
            )
        elif code in (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE):
            why = "I have an answer for you, but the thread it belongs to was deleted. Please ask me again."
        else:
            needs = (*NEEDS, PRIVATE) if is_apart(sending) else NEEDS
            lacking = _lacking(client, where, needs)
            why = f"I have an answer for you, but may not write in <#{where.channel}>. {lacking}"
        with suppress(discord.Forbidden, discord.NotFound):
            channel = await client.create_dm(discord.Object(int(sending.author)))
            await channel.send(why.strip(), nonce=f"{nonce_of(sending, 0)}d")
        return gone(error)


async def _addressed(client: discord.Client, sending: Sending) -> Sending:
    """The reply with the channel that it goes to, where its place is a person to be told alone."""
    person = sending.place.channel.removeprefix(ALONE)
    if person == sending.place.channel or not person.isdigit():
        return sending
    channel = await client.create_dm(discord.Object(int(person)))
    return replace(sending, place=replace(sending.place, channel=str(channel.id)))


def _name(parts: Parts) -> str:
    """What a thread under a digest is called; empty for any other reply."""
    digests = (part for part in parts if isinstance(part, Digest))
    return next((digest_wording.title(part.news) for part in digests), "")


def _shown(client: discord.Client, sending: Sending, parts: Parts) -> tuple[Post, ...]:
    return render(parts, sending.turn, _invited(client, sending), sending.place.workspace)


def _invited(client: discord.Client, sending: Sending) -> bool:
    """Whether the reply is for a server that the bot is on, where there are channels to share it in."""
    workspace = sending.place.workspace
    return workspace != DIRECT and client.get_guild(int(workspace)) is not None


def _noted(shown: tuple[Post, ...], note: str) -> tuple[Post, ...]:
    """With a note in small print under the last post."""
    if not note:
        return shown
    return (*shown[:-1], (*shown[-1], Panel((Text(small(note)),))))


def _lacking(client: discord.Client, where: Where, needs: tuple[Need, ...]) -> str:
    channel = client.get_channel(where.channel)
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return "Ask somebody who manages the server to let me see it and write there."
    held = channel.permissions_for(channel.guild.me).value
    return sentence(missing(held, needs)) or "Ask somebody who manages the server to let me write there."


def _post_id(text: str, sending: Sending) -> tuple[int, int]:
    """Channel and message of a post; the first post of a thread that it opened stands in the channel."""
    channel, _, message = text.rpartition(":")
    return int(channel or sending.place.channel), int(message)
