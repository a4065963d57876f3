"""Interactions: acknowledged at once, and answered through them while they live."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import aiohttp
import discord
from discord import ui

from bot.discord.gating import DIRECT, PLATFORM, direct
from bot.discord.refusals import ACKNOWLEDGED
from storage.records import Place

logger = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]
Said = TypeVar("Said")

UNANSWERED = (discord.DiscordException, aiohttp.ClientError, OSError)
"""What comes of asking Discord something, when no answer does."""

LIVES_FOR = 14.5 * 60
"""Seconds for which an interaction can be answered; Discord's own limit is 15 minutes."""

DEFERS_FOR = 3.0
"""Seconds in which an interaction has to be acknowledged; after them there is no use in waiting for it."""


KEEPS_IN = 1.5
"""Seconds in which what it says should be kept; after them it is acknowledged in any case."""

BETWEEN_LOOKS = 0.02

Way = Literal["beside", "leads", "through", "alone"]
"""How a reply goes: `beside` the interaction, in the channel; there, and the response `leads` its person to
it; or `through` the response itself, because the bot may not write in the channel at all or because it shows
that it is being thought about; or so, and its person `alone` sees it.
"""


@dataclass(frozen=True, slots=True)
class Held:
    """An interaction that can still be answered."""

    interaction: Interaction
    until: float
    way: Way = "beside"


class Interactions:
    """The interactions that wait for a reply, by the inbox's id of what they said. In memory, since their
    tokens let anyone answer for us; what a restart loses is answered in the channel."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._held: dict[str, Held] = {}
        self._seen: dict[int, float] = {}

    def first(self, interaction: Interaction) -> bool:
        """Whether it is heard for the first time: a resumed connection may tell it again."""
        now = self._now()
        self._seen = {number: until for number, until in self._seen.items() if until > now}
        if interaction.id in self._seen:
            return False
        self._seen[interaction.id] = now + LIVES_FOR
        return True

    def hold(self, key: str, interaction: Interaction, way: Way, anew: bool = False) -> None:
        """Keep it until it is over. One that is kept under the key already stays, unless this is `anew`."""
        now = self._now()
        self._held = {name: held for name, held in self._held.items() if held.until > now}
        if anew or key not in self._held:
            self._held[key] = Held(interaction, now + LIVES_FOR, way)

    async def begun(self, key: str) -> None:
        """Wait until an interaction was acknowledged or never will be: before that it takes nothing."""
        held = self.find(key)
        while held is not None and not held.interaction.response.is_done():
            if held.until - self._now() < LIVES_FOR - DEFERS_FOR:
                return
            await asyncio.sleep(BETWEEN_LOOKS)

    def find(self, key: str) -> Held | None:
        """The interaction that is kept under the key and is not over."""
        held = self._held.get(key)
        return held if held is not None and held.until > self._now() else None


async def respond(says: Callable[[], Awaitable[Said]]) -> Said | None:
    """Respond at once, and give what Discord says to that; None where its word was lost. What may have been
    lost is said again: Discord takes one response only.

    Raises:
        discord.HTTPException, aiohttp.ClientError, OSError: it did not take it.
    """
    with suppress(aiohttp.ClientError, OSError):
        return await _first_response(says)
    return await _first_response(says)


async def _first_response(says: Callable[[], Awaitable[Said]]) -> Said | None:
    try:
        return await says()
    except discord.HTTPException as error:
        if error.code != ACKNOWLEDGED:
            raise
    return None


async def defer(interaction: Interaction, *, thinking: bool, private: bool = False) -> int | None:
    """Acknowledge before anything else, and give the id of the message that says "thinking", if it is known.

    What Discord does not take is no reason to lose what a person said, so only the type of it is logged.
    """
    began = time.perf_counter()
    try:
        async with asyncio.timeout(DEFERS_FOR):
            answered = await respond(lambda: interaction.response.defer(ephemeral=private, thinking=thinking))
        interaction.client.acknowledged(time.perf_counter() - began)
    except UNANSWERED as error:
        code = getattr(error, "code", 0)
        logger.warning("not_acknowledged error=%s code=%s", type(error).__name__, code)
        return None
    return answered.message_id if answered is not None else None


async def kept_first(interaction: Interaction, keeping: Coroutine[Any, Any, None]) -> None:
    """Keep what an interaction says and acknowledge it after that, so that none is lost unseen: of one that
    was not acknowledged Discord tells the person that it failed. What takes long is acknowledged meanwhile.
    """
    kept = asyncio.ensure_future(keeping)
    await asyncio.wait({kept}, timeout=KEEPS_IN)
    went_wrong = kept.done() and kept.exception() is not None
    if not (went_wrong or interaction.response.is_done()):
        await defer(interaction, thinking=False)
    await kept


class UnsureError(aiohttp.ClientError):
    """Discord failed while it was told something; perhaps it stands all the same."""


async def only_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Let no request that says something be repeated unseen: the library does so when Discord fails, and what
    follows a response has no nonce by which Discord could know it again.
    """
    answer = await handler(request)
    if request.method == "POST" and answer.status >= 500:
        answer.close()
        raise UnsureError
    return answer


async def follow(interaction: Interaction, view: ui.LayoutView, alone: bool = False) -> int:
    """Say something after the response, to everybody or to the person `alone`; the id of the message.

    Raises:
        UnsureError: it may have been said.
    """
    interaction.followup.session = interaction.client.saying
    return (await interaction.followup.send(view=view, ephemeral=alone, wait=True)).id


async def tell(interaction: Interaction, sentence: str) -> None:
    """Say a sentence to the person alone, whether or not it was acknowledged; there is no other way left."""
    try:
        if not interaction.response.is_done():
            try:
                await interaction.response.send_message(sentence, ephemeral=True)
            except discord.HTTPException as error:
                if error.code != ACKNOWLEDGED:
                    raise
            else:
                return
        interaction.followup.session = interaction.client.saying
        await interaction.followup.send(sentence, ephemeral=True)
    except Exception as error:
        logger.warning("not_told error=%s", type(error).__name__)


def foreign(interaction: Interaction) -> bool:
    """Whether it comes from where the bot was not invited, and where it can only answer through it."""
    if interaction.guild_id is not None:
        return not interaction.is_guild_integration()
    return bool(interaction.context.private_channel)


def others_read(interaction: Interaction) -> bool:
    """Whether more people than the one who used it read where it was used."""
    return interaction.guild_id is not None or foreign(interaction)


def place_of(interaction: Interaction, key: str) -> Place:
    """The place of a thread with this key that begins with the interaction; an existing thread is its own."""
    channel = interaction.channel
    here = str(interaction.channel_id or 0)
    if foreign(interaction):
        return Place(PLATFORM, workspace(interaction), here, key, private=True)
    if interaction.guild_id is None:
        return direct(here)
    hidden = is_hidden(interaction.client.get_channel(interaction.channel_id or 0) or channel)
    if isinstance(channel, discord.Thread):
        return Place(PLATFORM, workspace(interaction), shared_by(channel), here, hidden)
    return Place(PLATFORM, workspace(interaction), here, key, hidden)


def is_hidden(channel: object) -> bool:
    """Whether not everybody on the server can see a channel; one that is not known might well be hidden."""
    if isinstance(channel, discord.Thread):
        return channel.type is discord.ChannelType.private_thread or is_hidden(channel.parent)
    if isinstance(channel, discord.abc.GuildChannel):
        everybody = channel.guild.get_role(channel.guild.id)  # not known while the server is out of reach
        return everybody is None or not channel.permissions_for(everybody).view_channel
    return True


def shared_by(channel: discord.abc.Snowflake) -> str:
    """The channel whose people see what is said here: a thread's is its parent, unless it is private."""
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return str(channel.parent_id)
    return str(channel.id)


def workspace(interaction: Interaction) -> str:
    """The server, or what stands for none."""
    return str(interaction.guild_id or DIRECT)


async def original(interaction: Interaction) -> int | None:
    """The id of the message that says "thinking", when Discord's word about it was lost."""
    try:
        return (await interaction.original_response()).id
    except UNANSWERED:
        return None
