"""Messages as they arrive: what is for the bot is kept in the inbox, everything else is let go."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import discord

from bot.discord import gating
from bot.discord.busy import Busy, counted
from bot.discord.gating import DIRECT, PLATFORM, Heard, Wanted
from bot.discord.interactions import is_hidden, shared_by
from bot.discord.manners import Manners
from bot.lanes import Lanes
from storage.errors import StorageError
from storage.records import EDITED, Incoming

if TYPE_CHECKING:
    from bot.turns import Turns

logger = logging.getLogger(__name__)

WAITS = (0.2, 1.0)
"""Seconds between tries to keep what was said."""

Before = Callable[[discord.Message], Awaitable[None]]
"""Waits until what was said before a message in its channel is taken in."""

ORDINARY = (discord.MessageType.default, discord.MessageType.reply)


class Listening:
    """Takes messages and edits in. What comes twice, after a reconnection for instance, is kept once."""

    def __init__(self, turns: "Turns", lanes: Lanes, manners: Manners, content: bool = False) -> None:
        """`content`: whether the text of messages may be read that do not name the bot."""
        self._turns = turns
        self._lanes = lanes
        self._manners = manners
        self._content = content
        self._turn: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self.busy = Busy()

    @counted
    async def message(
        self, message: discord.Message, me: discord.ClientUser, before: Before | None = None
    ) -> None:
        """A new message, or without `before` one that may have been missed."""
        said = heard(message, me)
        wanted = gating.wanted(said)
        if wanted is None:
            return
        if before is not None:
            await before(message)
        async with self._in_order(message):
            refused = not await self._take(message, said, wanted)
        if refused and wanted.surely and before is not None:
            await self._manners.tell(message)

    @counted
    async def edited(self, message: discord.Message, me: discord.ClientUser) -> None:
        """A message with new text. That Discord added a preview or a pin is told too, but is no edit."""
        said = heard(message, me)
        wanted = gating.wanted(said)
        if message.edited_at is None or wanted is None:
            return
        async with self._in_order(message):
            before = await asyncio.to_thread(self._turns.newest_text, wanted.place, said.id)
            if before and before != wanted.text:  # empty is what was forgotten, and stays so
                await self.receive(await asyncio.to_thread(self._edit, message, wanted))
            elif before is None and wanted.surely:  # only now it speaks to the bot
                await self._take(message, said, wanted)

    async def again(self, message: discord.Message, me: discord.ClientUser) -> None:
        """A message from a channel's history, which may have been heard before, and edited since."""
        await self.message(message, me)
        await self.edited(message, me)

    async def _take(self, message: discord.Message, said: Heard, wanted: Wanted) -> bool:
        """Keep what is for the bot, if the server wants it to answer. False: it is not, or does not."""
        allowed = await self._manners.allow(message, said, wanted)
        if allowed is None or not await self._is_for_us(allowed, str(message.author.id)):
            return False
        await self.receive(_incoming(message, allowed))
        return True

    def _edit(self, message: discord.Message, wanted: Wanted) -> Incoming:
        """A message with its new text, in the thread that took the old one, which may have moved since."""
        assert message.edited_at is not None
        took = self._turns.queries.took(PLATFORM, wanted.place.workspace, str(message.id))
        incoming = _incoming(message, replace(wanted, place=took.place) if took is not None else wanted)
        again = f"{message.id}{EDITED}{message.edited_at.timestamp():.3f}"
        return replace(incoming, platform_id=again, body={"edits": str(message.id)})

    def _in_order(self, message: discord.Message) -> asyncio.Lock:
        """What is said in one channel is taken in one after another, as it was said."""
        return self._turn.setdefault(message.channel.id, asyncio.Lock())

    async def receive(self, incoming: Incoming) -> bool:
        """Keep what somebody said to the bot, and remember that they spoke in its thread."""
        fresh = await self._keep(incoming)
        if incoming.place.workspace != DIRECT:
            await asyncio.to_thread(self._turns.voice, incoming.place, incoming.author)
        return fresh

    async def tapped(self, incoming: Incoming) -> bool:
        """Keep what somebody chose. False: they chose it before."""
        return await self._keep(incoming)

    async def _keep(self, incoming: Incoming) -> bool:
        """Keep it, also if the database is busy at first: Discord does not tell it again."""
        for wait in WAITS:
            try:
                return await self._lanes.receive(incoming)
            except StorageError as error:
                logger.warning("not_kept_yet error=%s", type(error).__name__)
                await asyncio.sleep(wait)
        return await self._lanes.receive(incoming)

    async def _is_for_us(self, wanted: Wanted, author: str) -> bool:
        if wanted.surely or not self._content:
            return wanted.surely
        return gating.alone(await asyncio.to_thread(self._turns.voice, wanted.place, author))


def _incoming(message: discord.Message, wanted: Wanted) -> Incoming:
    author = message.author
    return Incoming(
        wanted.place, str(message.id), str(author.id), wanted.text, author_name=author.display_name
    )


def heard(message: discord.Message, me: discord.ClientUser) -> Heard:
    """A message of the library as far as it matters."""
    channel = message.channel
    thread = channel if isinstance(channel, discord.Thread) else None
    replied = message.reference.resolved if message.reference is not None else None
    to_me = isinstance(replied, discord.Message) and replied.author.id == me.id
    others = [person for person in message.mentions if person.id not in (me.id, _author(replied))]
    to_other = replied is not None and not to_me and _author(replied) != message.author.id
    role = message.guild.self_role if message.guild is not None else None
    names_me = f"<@{me.id}>" in message.content or f"<@!{me.id}>" in message.content
    return Heard(
        id=str(message.id),
        channel=shared_by(channel),
        text=message.content,
        me=str(me.id),
        role=str(role.id) if role is not None else "",
        guild=str(message.guild.id) if message.guild is not None else "",
        hidden=is_hidden(channel),
        thread=str(thread.id) if thread is not None else "",
        at_home=thread is None or thread.owner_id in (me.id, message.author.id),
        parent=str(thread.parent_id if thread is not None else channel.id),
        human=not message.author.bot and message.webhook_id is None,
        ordinary=message.type in ORDINARY,
        names_me=names_me or (role is not None and role in message.role_mentions),
        names_others=bool(others) or message.mention_everyone or bool(message.role_mentions),
        replies_to_me=to_me,
        replies_to_other=to_other,
        replied_case=_case(replied) if to_me else "",
        names={str(person.id): person.display_name for person in message.mentions},
    )


def _author(replied: object) -> int:
    return replied.author.id if isinstance(replied, discord.Message) else 0


def _case(replied: object) -> str:
    """The message from which the case of one of our posts began: the one it replied to, or itself."""
    if not isinstance(replied, discord.Message):
        return ""
    began = replied.reference.message_id if replied.reference is not None else None
    return str(began or replied.id)


def told(message: discord.Message, me: str) -> Heard:
    """A message as it was heard; one that was forwarded holds its words in a copy."""
    text = message.content or next((copy.content for copy in message.message_snapshots), "")
    names = {str(person.id): person.display_name for person in message.mentions}
    return Heard(str(message.id), str(message.channel.id), text, me, names=names)
