"""What `/settings` shows: how the bot behaves on a server, and what can be chosen instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.discord.interactions import Interaction
from bot.discord.markup import escaped, small
from bot.discord.tappable import fits, tappable
from storage.servers import ServerSettings

if TYPE_CHECKING:
    from bot.discord.server import ServerDesk

COLOUR = 0x4F6BED
MOST_CHANNELS, MOST_ROLES = 25, 10
ANSWERS_IN = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
]
_CHANNEL, _ROLE = discord.SelectDefaultValueType.channel, discord.SelectDefaultValueType.role
_CHANNELS, _ROLES = "server:channels", "server:lead_roles"
_SWITCH = r"server:(?P<name>threads|triage|plain):(?P<to>public|private|yes|no)"


@dataclass(frozen=True, slots=True)
class Shown:
    """A server's settings, and what stands in their way: `reads` is whether plain messages can be read at
    all, `lacking` are sentences about permissions.
    """

    name: str
    settings: ServerSettings
    reads: bool
    lacking: tuple[str, ...] = ()


async def _switch(interaction: Interaction, button: ui.Button[Any]) -> None:
    found = fits(SWITCH, button.custom_id or "")
    assert found is not None
    to: object = found["to"] == "yes" if found["name"] == "plain" else found["to"]
    await _desk(interaction).change(interaction, found["name"], to)


async def _choose(interaction: Interaction, select: ui.Select[Any]) -> None:
    data: Mapping[str, Any] = interaction.data or {}
    chosen = tuple(map(str, data.get("values", ())))
    await _desk(interaction).change(interaction, select.custom_id.partition(":")[2], chosen)


SWITCH = tappable(_SWITCH, _switch)
CHANNELS = tappable(_CHANNELS, _choose)
ROLES = tappable(_ROLES, _choose)
SETTINGS = (SWITCH, CHANNELS, ROLES)


def settings_view(shown: Shown) -> ui.LayoutView:
    """All of it in one container."""
    made = ui.LayoutView(timeout=None)
    made.add_item(ui.Container(*_items(shown), accent_colour=COLOUR))
    return made


def _items(shown: Shown) -> Iterator[ui.Item[Any]]:
    now = shown.settings
    lacking = "".join(f"\n⚠️ {one}" for one in shown.lacking)
    yield _text(f"### How I behave on {escaped(shown.name)}\n{small(_WHO_MAY)}{lacking}")
    yield _text(f"**Where I answer mentions**\n{_where(now)}")
    yield ui.ActionRow(CHANNELS(_channels(now)))
    yield _text(f"**Threads that I open for a mention, or by “Triage this”**\n{_THREADS[now.threads]}")
    yield _pair("threads", now.threads, ("public", "Public"), ("private", "Private"))
    yield _text(f"**`/triage`, unless somebody says otherwise**\n{_TRIAGE[now.triage]}")
    yield _pair("triage", now.triage, ("public", "Public"), ("private", "Private"))
    yield _text(
        f"**Messages in my threads that do not name me**\n{_PLAIN[now.plain] if shown.reads else _UNREAD}"
    )
    if shown.reads:
        chosen = "yes" if now.plain else "no"
        yield _pair("plain", chosen, ("yes", "Answer them"), ("no", "Wait for a mention"))
    yield _text(f"**Who leads here**\n{_leads(now)}")
    yield ui.ActionRow(ROLES(_roles(now)))


_WHO_MAY = (
    "What you choose counts at once. Who may use which command is set in Server Settings → Integrations."
)
_THREADS = {
    "public": "Everybody who reads the channel can read them.",
    "private": "Only who began the case reads them, whom they add, and who manages threads. "
    "What is decided there stays out of digests and reviews.",
}
_TRIAGE = {
    "public": "I show the case in the channel and answer in a thread of it.",
    "private": "I answer in a private thread, and only its person sees where.",
}
_PLAIN = {
    True: "I answer them while one person speaks there; once a second one does, I wait to be mentioned.",
    False: "I wait to be mentioned.",
}
_UNREAD = "I cannot read them: whoever runs me did not switch on the message content intent."


def _text(said: str) -> ui.TextDisplay[Any]:
    return ui.TextDisplay(said)


def _where(now: ServerSettings) -> str:
    if not now.channels:
        return "Everywhere. Choose channels to be answered only there."
    return f"{' '.join(f'<#{one}>' for one in now.channels)}, and in threads that are mine already."


def _leads(now: ServerSettings) -> str:
    named = "those whom my operator named"
    if not now.lead_roles:
        return f"Only {named}. Choose roles whose members may `/review` too."
    return f"{' '.join(f'<@&{one}>' for one in now.lead_roles)}, and {named}."


def _channels(now: ServerSettings) -> ui.ChannelSelect[Any]:
    return ui.ChannelSelect(
        custom_id=_CHANNELS,
        placeholder="Everywhere",
        channel_types=ANSWERS_IN,
        min_values=0,
        max_values=MOST_CHANNELS,
        default_values=[discord.SelectDefaultValue(id=int(one), type=_CHANNEL) for one in now.channels],
    )


def _roles(now: ServerSettings) -> ui.RoleSelect[Any]:
    return ui.RoleSelect(
        custom_id=_ROLES,
        placeholder="No role",
        min_values=0,
        max_values=MOST_ROLES,
        default_values=[discord.SelectDefaultValue(id=int(one), type=_ROLE) for one in now.lead_roles],
    )


def _pair(name: str, chosen: str, *choices: tuple[str, str]) -> ui.ActionRow[Any]:
    """Two buttons, of which the chosen one stands out and cannot be chosen again."""
    styles = discord.ButtonStyle
    row: ui.ActionRow[Any] = ui.ActionRow()
    for value, label in choices:
        now = value == chosen
        style = styles.primary if now else styles.secondary
        button: ui.Button[Any] = ui.Button(
            label=label, custom_id=f"server:{name}:{value}", style=style, disabled=now
        )
        row.add_item(SWITCH(button))
    return row


def _desk(interaction: Interaction) -> "ServerDesk":
    found: ServerDesk = interaction.client.settings
    return found
