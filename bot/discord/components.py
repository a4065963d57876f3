"""Posts as Discord's components, and the buttons and selects in them, which work after any restart."""

from typing import TYPE_CHECKING, Any, assert_never

import discord
from discord import ui

from bot.discord.forms import FORMS
from bot.discord.interactions import Interaction
from bot.discord.panels import LONGEST_ID, Block, Panel, Pick, Picture, Post, Row, Rule, Style, Text
from bot.discord.panels import Button as ButtonValue
from bot.discord.tappable import fits, tappable

if TYPE_CHECKING:
    from bot.discord.client import SextantClient

STYLES: dict[Style, discord.ButtonStyle] = {
    "primary": discord.ButtonStyle.primary,
    "secondary": discord.ButtonStyle.secondary,
    "success": discord.ButtonStyle.success,
    "danger": discord.ButtonStyle.danger,
}
CHART = "levers.png"
"""The file that a post with a picture carries."""
LONGEST_ALT = 1024

_TURN = r"[0-9a-z]{1,24}"
_TAPPED = rf"(?:(?:answer|outcome):{_TURN}:[0-9]{{1,3}}|(?:why|decide_now|flips|log|start_over):{_TURN})"
_CHOSEN = rf"answer:{_TURN}"
_OPENS = rf"(?:{'|'.join(FORMS)}):{_TURN}"
_FORGET = r"forget:(?:yes|no)"


async def _tap(interaction: Interaction, button: ui.Button[Any]) -> None:
    await _client(interaction).desk.tapped(interaction, button.custom_id or "", (), button.label or "")


async def _open(interaction: Interaction, button: ui.Button[Any]) -> None:
    kind, _, turn = (button.custom_id or "").partition(":")
    await _client(interaction).desk.open(interaction, FORMS[FORMS.index(kind)], turn)


async def _choose(interaction: Interaction, select: ui.Select[Any]) -> None:
    await _client(interaction).desk.tapped(interaction, select.custom_id, tuple(select.values), "")


async def _forget(interaction: Interaction, button: ui.Button[Any]) -> None:
    lookups = _client(interaction).lookups
    await (lookups.forget if button.custom_id == "forget:yes" else lookups.keep)(interaction)


BUTTONS = (tappable(_TAPPED, _tap), tappable(_OPENS, _open), tappable(_FORGET, _forget))
"""A button that says something by itself, one that opens a form, and whether to be forgotten."""
ANSWER = tappable(_CHOSEN, _choose)
"""A select whose values are places among the options of a question."""
DYNAMIC = (*BUTTONS, ANSWER)


def view(post: Post, stamp: int | None = None) -> ui.LayoutView:
    """A post as components; `stamp` is the number by which it can be found again in a channel's history."""
    made = ui.LayoutView(timeout=None)
    for panel in post:
        for item in _items(panel):
            made.add_item(item)
    if stamp is not None and made.children:
        made.children[0].id = stamp
    return made


def _items(panel: Panel) -> list[ui.Item[Any]]:
    blocks = [_item(block) for block in panel.blocks]
    if panel.colour is None:
        return blocks
    return [ui.Container(*blocks, accent_colour=panel.colour)]


def _item(block: Block) -> ui.Item[Any]:
    match block:
        case Text():
            return ui.TextDisplay(block.body)
        case Rule():
            return ui.Separator()
        case Row():
            return ui.ActionRow(*map(_button, block.buttons))
        case Pick():
            return ui.ActionRow(_select(block))
        case Picture():
            shown = discord.MediaGalleryItem(f"attachment://{CHART}", description=block.says[:LONGEST_ALT])
            return ui.MediaGallery(shown)
        case _:
            assert_never(block)


def _button(button: ButtonValue) -> ui.Item[Any]:
    assert len(button.id) <= LONGEST_ID
    made: ui.Button[Any] = ui.Button(label=button.label, custom_id=button.id, style=STYLES[button.style])
    for kind in BUTTONS:
        if fits(kind, button.id):
            return kind(made)
    raise ValueError(f"no button is known that carries {button.id!r}")


def _select(pick: Pick) -> ui.Item[Any]:
    made: ui.Select[Any] = ui.Select(
        custom_id=pick.id,
        placeholder=pick.hint,
        max_values=pick.most,
        options=[discord.SelectOption(label=label, value=value) for value, label in pick.options],
    )
    return ANSWER(made)


def _client(interaction: Interaction) -> "SextantClient":
    client: SextantClient = interaction.client
    return client
