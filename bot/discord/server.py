"""`/settings`: those who manage a server say how the bot behaves there. Nobody else sees it."""

import asyncio
import logging
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.discord.dealing import Dealing, once
from bot.discord.gating import PLATFORM
from bot.discord.interactions import Interaction, defer, tell, workspace
from bot.discord.permissions import PRIVATE, SEND, VIEW, missing, sentence
from bot.discord.server_views import SETTINGS, Shown, settings_view
from storage.errors import StorageError
from storage.servers import ServerSettings

if TYPE_CHECKING:
    from bot.bootstrap import Application
    from bot.discord.client import SextantClient

logger = logging.getLogger(__name__)

ITEMS = SETTINGS
"""The buttons and selects, to be registered with the client."""

HOLDS_FOR = timedelta(minutes=15)
"""Discord asks who may use the command and nobody who may use its buttons, so they hold for a while only."""
OLD = "These settings were shown some time ago. Use `/settings` to see them as they are now."


class ServerDesk(Dealing):
    """What `/settings` and its buttons do."""

    def __init__(self, app: "Application", desk: Dealing) -> None:
        super().__init__(app, desk.interactions, desk.busy)

    @once
    async def show(self, interaction: Interaction) -> None:
        """The command."""
        await defer(interaction, thinking=True, private=True)
        now = await asyncio.to_thread(self.app.servers.of, PLATFORM, workspace(interaction))
        await self._show(interaction, now)

    @once
    async def change(self, interaction: Interaction, name: str, to: object) -> None:
        """One setting is chosen anew, and all are shown as they are then."""
        await defer(interaction, thinking=False)
        if interaction.message is None or interaction.created_at - interaction.message.created_at > HOLDS_FOR:
            await tell(interaction, OLD)
            return
        server = workspace(interaction)
        now = await asyncio.to_thread(lambda: self.app.servers.change(PLATFORM, server, **{name: to}))
        logger.info("server_settings_changed server=%s setting=%s", server, name)
        await self._show(interaction, now)

    async def forget(self, server: str) -> None:
        """Let go of the settings of a server that the bot is no longer on."""
        try:
            await asyncio.to_thread(self.app.servers.forget, PLATFORM, server)
        except StorageError as error:  # it is tried again when the next connection begins
            logger.warning("server_not_forgotten server=%s error=%s", server, type(error).__name__)

    async def forget_left(self, on: Collection[str]) -> None:
        """Let go of the settings of servers that the bot left while it was not connected."""
        try:
            known = await asyncio.to_thread(self.app.servers.known, PLATFORM)
        except StorageError as error:
            logger.warning("servers_not_known error=%s", type(error).__name__)
            return
        for server in known:
            if server not in on:
                await self.forget(server)

    async def _show(self, interaction: Interaction, now: ServerSettings) -> None:
        guild = interaction.client.get_guild(interaction.guild_id or 0)
        reads = self.app.settings.discord_message_content
        shown = Shown(guild.name if guild else "this server", now, reads, tuple(_lacking(guild, now)))
        await interaction.edit_original_response(view=settings_view(shown))


def _lacking(guild: discord.Guild | None, now: ServerSettings) -> Iterator[str]:
    """What the bot's permissions do not allow of the settings, and how to mend it."""
    if guild is None:
        return
    apart = sentence(missing(guild.me.guild_permissions.value, (PRIVATE,)))
    if apart and "private" in (now.threads, now.triage):
        yield apart
    closed = [
        channel
        for one in now.channels
        if (channel := guild.get_channel(int(one))) is not None
        and missing(channel.permissions_for(guild.me).value, (VIEW, SEND))
    ]
    if closed:
        yield f"I may not see or write in {' '.join(channel.mention for channel in closed)}."


def add_command(tree: "app_commands.CommandTree[SextantClient]", desk: ServerDesk) -> None:
    """Give the tree the command: on servers, for who manages them, unless they let others use it."""

    @app_commands.command(name="settings", description="How I behave on this server; for who manages it")
    async def settings(interaction: Interaction) -> None:
        await desk.show(interaction)

    settings.default_permissions = discord.Permissions(manage_guild=True)
    settings.allowed_contexts = app_commands.AppCommandContext(guild=True)
    settings.allowed_installs = app_commands.AppInstallationType(guild=True)
    command: app_commands.Command[Any, ..., None] = settings
    tree.add_command(command)
