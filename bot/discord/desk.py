"""What interactions do: commands, taps and forms. Each is acknowledged before anything else is done."""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot import taps
from bot.discord import forms, gating, offered
from bot.discord.components import view
from bot.discord.dealing import Dealing, once
from bot.discord.forms import Filled, Form
from bot.discord.gating import PLATFORM
from bot.discord.interactions import (
    UNANSWERED,
    Interaction,
    Interactions,
    Way,
    defer,
    foreign,
    is_hidden,
    kept_first,
    original,
    others_read,
    place_of,
    respond,
    tell,
    workspace,
)
from bot.discord.listening import Listening, told
from bot.discord.lookups import NO_DECISION
from bot.discord.manners import Manners, apart, why_not_apart, why_not_posted
from bot.discord.markup import line, quote, small
from bot.discord.panels import Panel, Post, Text
from bot.discord.permissions import SEND, VIEW, missing, sentence
from bot.names import ONE_WORD
from bot.taps import Tap
from bot.weekly_intents import digest_request
from storage.records import Incoming, Place

if TYPE_CHECKING:
    from bot.bootstrap import Application

logger = logging.getLogger(__name__)

UNKNOWN = "I no longer know what this was about. Please describe your case again."
BEFORE = "You said that already."
NO_TEXT = "There is no text in that message that I could read."
NOTHING_SAID = "Tell me what the feature should do and what it does instead."
SHOWN_OF_CASE = 600


class Desk(Dealing):
    """Takes what interactions say to the conversation."""

    def __init__(
        self, app: "Application", listening: Listening, interactions: Interactions, manners: Manners
    ) -> None:
        super().__init__(app, interactions, listening.busy)
        self._listening = listening
        self._manners = manners

    @once
    async def triage(self, interaction: Interaction, describes: str, private: bool | None) -> None:
        """A case from a command: its answer to the channel shows the case, and the thread opens from it; or a
        private thread opens, and only the person sees where. None: as the server wants it.
        """
        if not line(describes):
            await tell(interaction, NOTHING_SAID)
            return
        alone = await self._is_private(interaction, private)
        message = await defer(interaction, thinking=True, private=alone)
        if message is None:
            message = await original(interaction)
        if alone and not foreign(interaction):
            await self._triage_apart(interaction, describes)
            return
        place = place_of(interaction, str(message or interaction.id))
        opens = place.key == str(message) and interaction.guild_id is not None and not foreign(interaction)
        await self._receive(interaction, place, describes, "beside" if opens else "through")
        if opens:
            await _show_original(interaction, (_case(interaction, describes),))

    @once
    async def triage_message(self, interaction: Interaction, message: discord.Message) -> None:
        """A case from a message that somebody wrote: the thread opens from that message."""
        away = foreign(interaction)
        await defer(interaction, thinking=True, private=not away)
        me = interaction.client.user
        text = gating.spoken(told(message, str(me.id)))
        if not text:
            await tell(interaction, NO_TEXT)
            return
        direct = interaction.guild_id is None and not away
        place = place_of(interaction, str(interaction.id if away else message.id))
        if not (away or direct) and place.key == str(message.id) and await self._opens_private(interaction):
            place = apart(place_of(interaction, str(interaction.id)))
        await self._receive(interaction, place, text, "through" if away or direct else "leads")

    @once
    async def tapped(
        self, interaction: Interaction, carried: str, values: tuple[str, ...], label: str
    ) -> None:
        """A button or a select that says something by itself."""
        read = taps.decode(carried)
        away = foreign(interaction)
        alone = read is not None and read.act in taps.AGAIN and others_read(interaction)
        way: Way = "alone" if alone else _way(away)
        keeping = self._tapped(interaction, read, values, label, way)
        if away or alone:  # its answer needs a response to stand in
            await defer(interaction, thinking=True, private=alone or _is_shown_alone(interaction))
            await keeping
        else:
            await kept_first(interaction, keeping)

    async def _tapped(
        self,
        interaction: Interaction,
        read: taps.Carried | None,
        values: tuple[str, ...],
        label: str,
        way: Way,
    ) -> None:
        if read is None:
            await tell(interaction, UNKNOWN)
            return
        indices = (read.index,) if read.index is not None else tuple(map(int, values))
        found = await asyncio.to_thread(
            offered.tapped, self.app, read, indices, label, workspace(interaction)
        )
        if found is None:
            await tell(interaction, UNKNOWN)
            return
        tap, place, said = found
        await self._tap_in(interaction, tap, place, said, way, each=way == "alone")

    @once
    async def open(self, interaction: Interaction, kind: Form, turn: str) -> None:
        """A button that opens a form; opening it is the acknowledgement."""
        await respond(lambda: interaction.response.send_modal(forms.form(kind, turn)))

    @once
    async def filled_in(self, interaction: Interaction, filled: Filled) -> None:
        """A form that was sent in."""
        away = foreign(interaction)
        keeping = self._filled_in(interaction, filled, away)
        if away:  # its answer needs a response to stand in
            await defer(interaction, thinking=True, private=_is_shown_alone(interaction))
            await keeping
        else:
            await kept_first(interaction, keeping)

    async def _filled_in(self, interaction: Interaction, filled: Filled, away: bool) -> None:
        place = await asyncio.to_thread(offered.place_of_turn, self.app, filled.turn, workspace(interaction))
        if place is None:
            await tell(interaction, UNKNOWN)
            return
        match filled.form:
            case "type":
                await self._receive(interaction, place, filled.text, _way(away))
            case "another":
                lever = filled.chosen[0] if filled.chosen else ""
                said = f"Log as {ONE_WORD.get(lever, lever)}"
                tap = Tap("log", filled.turn, lever=lever, note=filled.text)
                await self._tap_in(interaction, tap, place, said, _way(away))
            case "not_right":
                tap = Tap("not_right", filled.turn, note=filled.text)
                await self._tap_in(interaction, tap, place, "Not right", _way(away), each=True)
            case "share":
                await self._share(interaction, filled, place)

    @once
    async def digest(self, interaction: Interaction, what: str) -> None:
        """A word about this channel's digest; where none could be posted, none is promised."""
        text = f"digest {what}".strip()
        wanted = digest_request(text)
        why = why_not_posted(interaction, _channel(interaction))
        if why and (wanted is None or wanted.act in ("subscribe", "resume")):
            await tell(interaction, why)
            return
        # What is no request would be taken for a case; so it is said that the time is not clear.
        await self._aside(interaction, text if wanted else f"digest here {what}")

    @once
    async def aside(self, interaction: Interaction, text: str) -> None:
        """A word about outcomes, for the channel it is said in; empty where it was not clear."""
        await self._aside(interaction, text)

    async def _aside(self, interaction: Interaction, text: str) -> None:
        await defer(interaction, thinking=True)
        if text:
            place = place_of(interaction, str(interaction.id))
            await self._receive(interaction, place, text, "through")
        else:
            await tell(interaction, NO_DECISION)

    @once
    async def unknown(self, interaction: Interaction) -> None:
        """Something that an earlier version offered was used."""
        await tell(interaction, UNKNOWN)

    async def _is_private(self, interaction: Interaction, private: bool | None) -> bool:
        """Whether a triage by command is for the person alone: as they say, else as the server wants it."""
        if interaction.guild_id is None and not foreign(interaction):
            return False  # a direct message is private as it is
        if getattr(interaction.channel, "type", None) is discord.ChannelType.private_thread:
            return False
        if private is None and not foreign(interaction):
            return (await self._manners.of(workspace(interaction))).triage == "private"
        return bool(private)

    async def _opens_private(self, interaction: Interaction) -> bool:
        """Whether a case from here gets a private thread."""
        settings = await self._manners.of(workspace(interaction))
        return settings.threads == "private" and not why_not_apart(_channel(interaction))

    async def _triage_apart(self, interaction: Interaction, describes: str) -> None:
        """A case for a private thread, below the channel where it was described."""
        channel = _channel(interaction)
        why = why_not_apart(channel)
        if why:
            said = f"{why} Write to me directly instead, or say it without `private`."
            await tell(interaction, f"{said}\n{quote(line(describes, SHOWN_OF_CASE))}")
            return
        below = channel.parent if isinstance(channel, discord.Thread) else channel
        here = Place(PLATFORM, workspace(interaction), str(getattr(below, "id", 0)), str(interaction.id))
        await self._receive(interaction, apart(here), describes, "leads")

    async def _receive(self, interaction: Interaction, place: Place, text: str, way: Way) -> None:
        author = interaction.user
        incoming = Incoming(place, str(interaction.id), str(author.id), text, author_name=author.display_name)
        self.interactions.hold(incoming.platform_id, interaction, way)
        await self._listening.receive(incoming)

    async def _tap_in(
        self,
        interaction: Interaction,
        tap: Tap,
        place: Place,
        said: str,
        way: Way,
        each: bool = False,
    ) -> None:
        """`each`: to say it again is to say something else."""
        author = interaction.user
        incoming = taps.incoming(tap, place, str(author.id), author.display_name, said)
        if each:
            incoming = replace(incoming, platform_id=f"{incoming.platform_id}:{interaction.id}")
        self.interactions.hold(incoming.platform_id, interaction, way)
        if await self._listening.tapped(incoming):  # perhaps it went wrong before, and is tried again
            self.interactions.hold(incoming.platform_id, interaction, way, anew=True)
        else:
            await tell(interaction, BEFORE)

    async def _share(self, interaction: Interaction, filled: Filled, place: Place) -> None:
        channel = filled.chosen[0] if filled.chosen else ""
        if not filled.may_write.get(channel):
            await tell(interaction, "You may not write in that channel, so I do not share it there.")
            return
        known, public = interaction.client.get_channel(int(channel)), False
        if isinstance(known, discord.TextChannel):
            lacking = missing(known.permissions_for(known.guild.me).value, (VIEW, SEND))
            if lacking:
                await tell(interaction, sentence(lacking))
                return
            public = not is_hidden(known)
        tap = Tap("share", filled.turn, (channel,), public=public)
        await self._tap_in(interaction, tap, place, "Share", _way(foreign(interaction)))


def _way(away: bool) -> Way:
    """How a reply goes: where the bot was not invited, through the interaction."""
    return "through" if away else "beside"


def _channel(interaction: Interaction) -> object:
    """The channel as it is known with its permissions, else as the interaction tells of it."""
    return interaction.client.get_channel(interaction.channel_id or 0) or interaction.channel


def _is_shown_alone(interaction: Interaction) -> bool:
    """Whether what was used is itself shown to the person alone."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def _show_original(interaction: Interaction, post: Post) -> None:
    try:
        await interaction.edit_original_response(view=view(post))
    except UNANSWERED as error:  # the triage goes on without it
        logger.warning("case_not_shown error=%s", type(error).__name__)


def _case(interaction: Interaction, describes: str) -> Panel:
    name = line(interaction.user.display_name, 80)
    case = quote(line(describes, SHOWN_OF_CASE))
    return Panel((Text(f"**{name}** describes a case\n{case}\n{small('My answer follows.')}"),))
