"""Forms: what a person fills in before it is said. One that was open during a restart still counts.

What comes back is read from the interaction itself and not from the form that was sent, since the process
that sent it may be gone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import discord
from discord import ui

from bot.discord.panels import LONGEST_OPTION, clipped
from bot.names import LEVERS

Form = Literal["type", "another", "not_right", "share"]
FORMS: tuple[Form, ...] = get_args(Form)
LONGEST_NOTE = 1000
LONGEST_ANSWER = 4000
OPEN_FOR = 15 * 60.0
"""Seconds after which the library need not remember a form; one that is sent in later is still read."""

_TEXT, _CHOICE = "text", "choice"
_SHARED_IN = [discord.ChannelType.text, discord.ChannelType.news]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent in: which, about which turn, and what was written and chosen."""

    form: Form
    turn: str
    text: str = ""
    chosen: tuple[str, ...] = ()
    may_write: Mapping[str, bool] = field(default_factory=dict)
    """Whether the person may write in a chosen channel, as Discord says."""


def form(kind: Form, turn: str) -> ui.Modal:
    """An empty form."""
    title, items = _FORMS[kind]()
    modal = ui.Modal(title=title, custom_id=f"{kind}:{turn}", timeout=OPEN_FOR)
    for item in items:
        modal.add_item(item)
    return modal


def filled(data: Mapping[str, Any]) -> Filled | None:
    """What was filled in, from an interaction's data; None for a form of somebody else."""
    kind, _, turn = str(data.get("custom_id", "")).partition(":")
    if kind not in _FORMS or not turn:
        return None
    given = {str(one.get("custom_id", "")): one for one in fields(data.get("components", ()))}
    channels = data.get("resolved", {}).get("channels", {})
    return Filled(
        form=FORMS[FORMS.index(kind)],
        turn=turn,
        text=str(given.get(_TEXT, {}).get("value", "")).strip(),
        chosen=tuple(map(str, given.get(_CHOICE, {}).get("values", ()))),
        may_write={name: _may_write(channel) for name, channel in channels.items()},
    )


def fields(components: Any) -> Iterator[Mapping[str, Any]]:
    """What was filled in, field by field, from a form's components as Discord sends them."""
    for one in components:
        if "component" in one:
            yield one["component"]
        elif "components" in one:
            yield from fields(one["components"])
        else:
            yield one


def _may_write(channel: Mapping[str, Any]) -> bool:
    permissions = discord.Permissions(int(channel.get("permissions", "0")))
    return permissions.administrator or (permissions.view_channel and permissions.send_messages)


def _note(title: str, hint: str, required: bool) -> ui.Label[Any]:
    box: ui.TextInput[Any] = ui.TextInput(
        custom_id=_TEXT,
        style=discord.TextStyle.paragraph,
        required=required,
        max_length=LONGEST_NOTE,
        placeholder=hint,
    )
    return ui.Label(text=title, component=box)


def _type() -> tuple[str, list[ui.Label[Any]]]:
    box: ui.TextInput[Any] = ui.TextInput(
        custom_id=_TEXT, style=discord.TextStyle.paragraph, max_length=LONGEST_ANSWER
    )
    says = "You may answer several things at once, or correct me."
    return "Your answer", [ui.Label(text="In your own words", description=says, component=box)]


def levers(title: str, carried: str) -> ui.Label[Any]:
    """A select of one lever, under its title."""
    options = [
        discord.SelectOption(label=clipped(name[0].upper() + name[1:], LONGEST_OPTION), value=lever)
        for lever, name in LEVERS.items()
    ]
    choice: ui.Select[Any] = ui.Select(custom_id=carried, placeholder="Choose a lever", options=options)
    return ui.Label(text=title, component=choice)


def _another() -> tuple[str, list[ui.Label[Any]]]:
    return "Log another lever", [
        levers("What was decided", _CHOICE),
        _note("Why", "A lead will see this beside the verdict.", required=False),
    ]


def _not_right() -> tuple[str, list[ui.Label[Any]]]:
    return "What is not right?", [
        _note("Your reason", "What did I misread, or what does the guidance get wrong?", required=True)
    ]


def _share() -> tuple[str, list[ui.Label[Any]]]:
    choice: ui.ChannelSelect[Any] = ui.ChannelSelect(custom_id=_CHOICE, channel_types=_SHARED_IN)
    says = "Everybody there will see the verdict with your name."
    return "Share the verdict", [ui.Label(text="In which channel?", description=says, component=choice)]


_FORMS: dict[Form, Callable[[], tuple[str, list[ui.Label[Any]]]]] = {
    "type": _type,
    "another": _another,
    "not_right": _not_right,
    "share": _share,
}
