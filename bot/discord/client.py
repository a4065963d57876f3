"""The library's client with our events, and where it finds Discord."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import yarl
from discord import app_commands

from bot.discord import forms, gating, review, server
from bot.discord.commands import add_commands, sync
from bot.discord.components import DYNAMIC
from bot.discord.desk import Desk
from bot.discord.interactions import UNANSWERED, Interaction, only_once, tell
from bot.discord.listening import Listening
from bot.discord.lookups import Lookups
from bot.discord.missed import Missed
from bot.discord.shape import well_built
from bot.discord.tappable import fits
from storage.records import random_letters

if TYPE_CHECKING:
    from bot.bootstrap import Application

logger = logging.getLogger(__name__)

ASKS_FOR = 15.0
LONGEST_LIMIT = 30.0
"""Seconds; asked to wait longer, a delivery is put off instead of holding its lease."""

KNOWN = (*DYNAMIC, *review.ITEMS, *server.ITEMS)
"""The buttons and selects that work after any restart."""
SERVERS_WITHIN = 0.3
"""Seconds without word of another server after which a connection is ready; those that come later are seen to
when they come."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where to connect, and over how many connections Discord wants it."""

    url: str
    shards: int
    starts_left: int = 1
    """How often a connection may still begin today; who tries more often loses the token."""
    more_after: float = 0.0
    """Seconds until there are more."""


class SextantClient(discord.Client):
    """A client over one connection."""

    def __init__(
        self, app: "Application", desk: Desk, lookups: Lookups, listening: Listening, **options: Any
    ) -> None:
        super().__init__(
            intents=intents(app.settings.discord_message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=LONGEST_LIMIT,
            guild_ready_timeout=SERVERS_WITHIN,
            **options,
        )
        state = self._connection
        state.parsers = {name: _forgiving(name, parse) for name, parse in state.parsers.items()}
        self.desk = desk
        self.lookups = lookups
        self._listening = listening
        self.acknowledged = partial(app.watch.metrics.acknowledged, gating.PLATFORM)
        self.busy = listening.busy
        self.up: set[int] = set()
        self._told: set[int] = set()
        self.tree = Tree(self)
        self.review = review.Review(app, desk)
        self.settings = server.ServerDesk(app, desk)
        add_commands(self.tree, desk, lookups)
        review.add_command(self.tree, self.review)
        server.add_command(self.tree, self.settings)
        self.missed = Missed(self, lambda: self.connected, self._hear_again, app.listened)
        self._saying: aiohttp.ClientSession | None = None
        self._synced = False

    @property
    def connected(self) -> bool:
        """Whether every connection stands."""
        return len(self.up) >= (self.shard_count or 1)

    def knows(self, server: str) -> bool:
        """Whether it can be told from its cache where the bot is on this server, or that it is not on it.

        Before every connection was told the servers, none is in the cache; one that is out of reach is empty.
        """
        if len(self._told) < (self.shard_count or 1):
            return False
        guild = self.get_guild(int(server)) if server.isdigit() else None
        return guild is None or not guild.unavailable

    def _greeted(self, shard: int) -> None:
        """A connection was told its servers."""
        self.missed.began()
        self.up.add(shard)
        self._told.add(shard)

    @property
    def saying(self) -> aiohttp.ClientSession:
        """What says things that must not be said twice."""
        assert self._saying is not None
        return self._saying

    async def setup_hook(self) -> None:
        self._saying = aiohttp.ClientSession(middlewares=(only_once,))
        self.missed.watch()
        self.add_dynamic_items(*KNOWN)
        await self._sync()

    async def _sync(self) -> None:
        """Tell Discord the commands; where it does not take them, again when a connection begins."""
        try:
            async with asyncio.timeout(ASKS_FOR):
                await sync(self.tree, self.application_id or 0)
        except (*UNANSWERED, TimeoutError) as error:  # people can still mention it
            status, code = getattr(error, "status", 0), getattr(error, "code", 0)
            logger.error("commands_not_synced error=%s status=%s code=%s", type(error).__name__, status, code)
        else:
            self._synced = True

    async def hang_up(self) -> None:
        """Take in nothing more; what is to be delivered still can be."""
        await self.missed.note()
        await self.missed.stop()
        if self.ws is not None:  # there is none before the first connection
            await self.ws.close(code=1000)

    async def close(self) -> None:
        await self.missed.stop()
        await super().close()
        for thread in threading.enumerate():  # one that was cancelled while it began still beats
            if isinstance(thread, discord.gateway.KeepAliveHandler):
                thread.stop()
        if self._saying is not None:
            await self._saying.close()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Hand an event on; the library still has some that it put off when it is closed already."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_connect(self) -> None:
        self._greeted(0)

    async def on_resumed(self) -> None:
        self.up.add(0)

    async def on_ready(self) -> None:
        """A connection began anew; one that was resumed has been told everything."""
        self.missed.look()
        await self.settings.forget_left({str(guild.id) for guild in self.guilds})
        if not self._synced:
            await self._sync()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was taken off a server, or the server is gone."""
        await self.settings.forget(str(guild.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server that was told of late."""
        self.missed.look()

    async def on_disconnect(self) -> None:
        self.up.discard(0)

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None:
            await self._listening.message(message, self.user, self.missed.before)

    async def _hear_again(self, message: discord.Message) -> None:
        if self.user is not None:
            await self._listening.again(message, self.user)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        if self.user is not None:
            await self._listening.edited(payload.message, self.user)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Forms, and components that nobody knows; all others and commands have ways of their own."""
        data: Mapping[str, Any] = interaction.data or {}
        kinds, carried = discord.InteractionType, str(data.get("custom_id", ""))
        try:
            if interaction.type is kinds.modal_submit:
                await self._filled_in(interaction, data)
            elif interaction.type is kinds.component and not any(fits(kind, carried) for kind in KNOWN):
                await self.desk.unknown(interaction)
        except Exception as error:  # the library would log all of it and tell the person nothing
            await self.failed(interaction, error)

    async def _filled_in(self, interaction: Interaction, data: Mapping[str, Any]) -> None:
        said, filled = review.filled(data), forms.filled(data)
        if said is not None:
            await self.review.filled_in(interaction, said)
        elif filled is not None:
            await self.desk.filled_in(interaction, filled)
        else:
            await self.desk.unknown(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """What went wrong is named by its type: its own words, and the library's, may hold a person's."""
        logger.error(
            "listener_failed event=%s error=%s", event_method, getattr(sys.exc_info()[0], "__name__", "")
        )

    async def failed(self, interaction: Interaction, error: BaseException) -> None:
        """Say that it did not work, and log by which type of error."""
        reference = random_letters(6)
        logger.error("interaction_failed reference=%s error=%s", reference, type(error).__name__)
        said = "Something went wrong on my side. Please try again."
        await tell(interaction, f"{said}\n-# Reference for your operator: {reference}")


class ShardedClient(SextantClient, discord.AutoShardedClient):
    """A client over as many connections as Discord asks for."""

    async def hang_up(self) -> None:
        await self.missed.note()
        await self.missed.stop()
        for shard in self.shards.values():
            await shard.disconnect()

    async def on_connect(self) -> None:
        pass

    async def on_resumed(self) -> None:
        pass

    async def on_disconnect(self) -> None:
        pass

    async def on_shard_connect(self, shard: int) -> None:
        self._greeted(shard)

    async def on_shard_ready(self, shard: int) -> None:
        self.missed.look()

    async def on_shard_resumed(self, shard: int) -> None:
        self.up.add(shard)

    async def on_shard_disconnect(self, shard: int) -> None:
        self.up.discard(shard)


class Tree(app_commands.CommandTree[SextantClient]):
    """The commands; what goes wrong in one is said to the person who used it."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            await tell(interaction, "This command changed since you last saw it. Reload Discord to use it.")
            return
        await self.client.failed(interaction, error.__cause__ or error)


def _forgiving(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """What reads one kind of event, so that one that cannot be read does not end the whole connection."""

    def reading(told: Any) -> None:
        if not well_built(name, told):
            logger.warning("event_unreadable event=%s", name)
            return
        try:
            parse(told)
        except Exception as error:
            if name == "READY":  # without it nothing is known
                raise
            logger.warning("event_unreadable event=%s error=%s", name, type(error).__name__)

    return reading


def intents(content: bool) -> discord.Intents:
    """The least that works; only the text of messages that do not mention the bot is a privilege."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=content)


async def ask_gateway(api: str, token: str) -> Gateway:
    """Ask the API where to connect.

    Raises:
        discord.LoginFailure: the token is not accepted.
        aiohttp.ClientError, TimeoutError: Discord is out of reach or answers with something else.
    """
    timeout = aiohttp.ClientTimeout(total=ASKS_FOR)
    headers = {"Authorization": f"Bot {token}"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as client,
        client.get(f"{api.rstrip('/')}/gateway/bot", headers=headers) as answer,
    ):
        if answer.status == 401:
            raise discord.LoginFailure("the token is not accepted")
        answer.raise_for_status()
        found = await answer.json()
        limit = found.get("session_start_limit", {})
        left, after = int(limit.get("remaining", 1)), float(limit.get("reset_after", 0)) / 1000
        return Gateway(str(found["url"]), int(found["shards"]), left, after)


def point_at(api: str, gateway: str) -> None:
    """Let the library talk to this API and this gateway. It keeps both for the whole process."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # it does not speak
    discord.http.Route.BASE = api.rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
