"""Buttons and selects that work after any restart: each is known by the id it carries, and keeps no state."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

from discord import ui

from bot.discord.interactions import Interaction

Tappable = type[ui.DynamicItem[Any]]


def tappable(carries: str, does: Callable[[Interaction, Any], Awaitable[None]]) -> Tappable:
    """A kind of button or select, to be registered with the client.

    `carries` is the form of its id, a regular expression that no other kind's id fits, so that one tap is one
    tap. `does` gets the interaction and the component as Discord sent it.
    """

    class Known(ui.DynamicItem[ui.Item[Any]], template=carries):
        @classmethod
        async def from_custom_id(
            cls, interaction: Interaction, item: ui.Item[Any], match: "re.Match[str]", /
        ) -> Self:
            return cls(item)

        async def callback(self, interaction: Interaction) -> None:
            try:
                await does(interaction, self.item)
            except Exception as error:  # the library would log all of it and tell the person nothing
                await interaction.client.failed(interaction, error)

    return Known


def fits(kind: Tappable, carried: str) -> "re.Match[str] | None":
    """What an id says to a kind of button or select; None when it is not of this kind."""
    return kind.__discord_ui_compiled_template__.fullmatch(carried)
