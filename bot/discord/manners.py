"""How the bot behaves on a server, as those who manage it want: applied to what is for the bot."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace

import discord

from bot.discord.gating import PLATFORM, PRIVATE, Heard, Wanted
from bot.discord.interactions import UNANSWERED, Interaction, foreign
from bot.discord.permissions import IN_THREADS, SEND, VIEW, Need, missing, sentence
from bot.discord.permissions import PRIVATE as PRIVATE_THREADS
from storage.records import Place
from storage.servers import Servers, ServerSettings

logger = logging.getLogger(__name__)

SAID_FOR = 3600.0
"""Seconds in which somebody is not told again where a server wants the bot to answer."""
ELSEWHERE = "I am not {}, so I cannot post here by myself."
APART: tuple[Need, ...] = (VIEW, PRIVATE_THREADS, IN_THREADS)


class Manners:
    """Reads a server's settings each time, so that a change counts at once."""

    def __init__(
        self, servers: Servers, ours: Callable[[Place], bool], now: Callable[[], float] = time.monotonic
    ) -> None:
        """`ours` tells whether there is a thread of ours at a place."""
        self._servers = servers
        self._ours = ours
        self._now = now
        self._told: dict[tuple[str, int], float] = {}

    async def of(self, server: str) -> ServerSettings:
        """What is set for a server."""
        return await asyncio.to_thread(self._servers.of, PLATFORM, server)

    async def allow(self, message: discord.Message, heard: Heard, wanted: Wanted) -> Wanted | None:
        """What is to be answered as the server wants it; None for what it wants to stay unanswered."""
        if not heard.guild:
            return wanted
        settings = await self.of(heard.guild)
        if not wanted.surely:
            return wanted if settings.plain else None
        continues = bool(heard.thread or heard.replied_case)
        listed = not settings.channels or heard.parent in settings.channels
        if not listed and not (continues and await asyncio.to_thread(self._ours, wanted.place)):
            return None
        if not continues and settings.threads == "private" and not why_not_apart(message.channel):
            return replace(wanted, place=apart(wanted.place))
        return wanted

    async def tell(self, message: discord.Message) -> None:
        """Say in a direct message where the bot answers on this server; a person is told once in a while."""
        assert message.guild is not None
        settings = await self.of(str(message.guild.id))
        key, now = (str(message.guild.id), message.author.id), self._now()
        self._told = {one: until for one, until in self._told.items() if until > now}
        if key in self._told:
            return
        self._told[key] = now + SAID_FOR
        where = ", ".join(f"<#{channel}>" for channel in settings.channels)
        said = f"On that server I answer mentions in {where} only. You can also write to me here."
        try:
            await message.author.send(said, nonce=f"{message.id}w")
        except UNANSWERED as error:
            logger.info("not_told_where error=%s", type(error).__name__)


def apart(place: Place) -> Place:
    """The place of a thread that its first reply opens as a private one, for who began it."""
    return replace(place, key=f"{PRIVATE}{place.key}", private=True)


def why_not_posted(interaction: Interaction, channel: object) -> str:
    """Why nothing can be posted by itself where something was used, in a sentence; empty when it can be."""
    if interaction.guild_id is None:
        return ELSEWHERE.format("in this conversation") if foreign(interaction) else ""
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    if foreign(interaction):
        return ELSEWHERE.format("on this server")
    if not isinstance(parent, discord.TextChannel | discord.VoiceChannel | discord.StageChannel):
        return "I cannot post by myself in a channel of this kind."
    return sentence(missing(parent.permissions_for(parent.guild.me).value, (VIEW, SEND)))


def why_not_apart(channel: object) -> str:
    """Why no private thread can be opened in a channel, in a sentence; empty when one can."""
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    if not isinstance(parent, discord.TextChannel) or parent.is_news():
        return "There are no private threads in a channel of this kind."
    return sentence(missing(parent.permissions_for(parent.guild.me).value, APART))
