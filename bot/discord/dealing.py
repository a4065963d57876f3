"""What deals with interactions: each once, and a stop waits for it."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from bot.discord.busy import Busy
from bot.discord.gating import PLATFORM
from bot.discord.interactions import Interaction, Interactions, foreign, workspace
from storage.access import Guest

if TYPE_CHECKING:
    from bot.bootstrap import Application

Given = ParamSpec("Given")
Self = TypeVar("Self", bound="Dealing")


class Dealing:
    """Something with methods that interactions lead to."""

    def __init__(self, app: "Application", interactions: Interactions, busy: Busy) -> None:
        self.app = app
        self.interactions = interactions
        self.busy = busy

    async def guest(self, interaction: Interaction) -> Guest:
        """Who asks; whether one of their roles leads on this server is looked at each time."""
        who, where, leads = interaction.user, workspace(interaction), False
        if interaction.guild_id is not None and not foreign(interaction):
            settings = await asyncio.to_thread(self.app.servers.of, PLATFORM, where)
            held = {str(role.id) for role in getattr(who, "roles", ())}
            leads = not held.isdisjoint(settings.lead_roles)
        return Guest(PLATFORM, where, str(who.id), who.display_name, leads)


def once(
    method: Callable[Concatenate[Self, Interaction, Given], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[Self, Interaction, Given], Coroutine[Any, Any, None]]:
    """A method that deals with an interaction once, and that a stop waits for."""

    @wraps(method)
    async def dealing(self: Self, interaction: Interaction, /, *args: Given.args, **kw: Given.kwargs) -> None:
        if self.interactions.first(interaction):
            with self.busy:
                await method(self, interaction, *args, **kw)

    return dealing
