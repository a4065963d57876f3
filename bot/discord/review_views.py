"""What `/review` shows: the list, one decision, and the forms; its buttons work after any restart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.chat_reviews import DUE, LEADS_ONLY, LINK_LASTS, NOTHING_WAITS, Waiting
from bot.discord.forms import OPEN_FOR, levers
from bot.discord.interactions import Interaction
from bot.discord.markup import escaped, line, small
from bot.discord.panels import LONGEST_OPTION, clipped
from bot.discord.tappable import fits, tappable

if TYPE_CHECKING:
    import re

    from bot.discord.review import Review

COLOUR = 0x4F6BED
LONGEST_REASON = 2000
MOST_IN_WORDS = 10
LONGEST_NOTE = 300
LEVER, REASON, DAY = "lever", "reason", "day"
_PICK, _LIST = "review:pick", "review:list"
_ABOUT = (
    r"review:(?P<what>approved|overridden|commented|look):"
    r"(?P<decision>[0-9a-z-]{1,40}):(?P<reviews>[0-9]{1,6})"
)


async def _tap(interaction: Interaction, button: ui.Button[Any]) -> None:
    _, what, decision, reviews = (button.custom_id or "").split(":")
    await _review(interaction).tapped(interaction, what, decision, int(reviews))


async def _back(interaction: Interaction, button: ui.Button[Any]) -> None:
    await _review(interaction).listed(interaction)


async def _choose(interaction: Interaction, select: ui.Select[Any]) -> None:
    await _review(interaction).picked(interaction, select.values[0])


SAY = tappable(_ABOUT, _tap)
"""Approve, or open the form to override or comment."""
BACK = tappable(_LIST, _back)
PICK = tappable(_PICK, _choose)
REVIEW = (SAY, BACK, PICK)


def about(carried: str) -> "re.Match[str] | None":
    """What a form's id says: `what`, `decision` and `reviews`; None when it is not one of these."""
    return fits(SAY, carried)


@dataclass(frozen=True, slots=True)
class Link:
    """A way into the console."""

    label: str
    url: str


def listing(
    waiting: tuple[Waiting, ...],
    link: Link,
    lead: bool,
    said: str,
    rest: str = "",
    due: tuple[str, ...] = (),
) -> ui.LayoutView:
    """What waits, above it what came of the last thing done, and below it the way into the console."""
    told = [ui.TextDisplay[Any](escaped(said))] if said else []
    if not lead:
        told.append(ui.TextDisplay(LEADS_ONLY))
    elif waiting:
        lines = "\n".join(f"- {_named(one)}: {line(one.why, 120)}" for one in waiting[:MOST_IN_WORDS])
        told.append(ui.TextDisplay(f"### Waits for your review\n{lines}"))
    else:
        told.append(ui.TextDisplay(NOTHING_WAITS))
    if rest:
        told.append(ui.TextDisplay(small(rest)))
    if due:
        lines = "\n".join(f"- {line(one, 200)}" for one in due)
        told.append(ui.TextDisplay(f"### {DUE}\n{lines}"))
    made = ui.LayoutView(timeout=None)
    made.add_item(ui.Container(*told, accent_colour=COLOUR))
    if waiting:
        made.add_item(ui.ActionRow(PICK(_select(waiting))))
    made.add_item(ui.ActionRow(ui.Button(label=link.label, url=link.url)))
    made.add_item(ui.TextDisplay(small(LINK_LASTS)))
    return made


def _select(waiting: tuple[Waiting, ...]) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=clipped(f"{one.decision} · {one.title}", LONGEST_OPTION),
            value=one.decision,
            description=clipped(f"{one.named}: {one.why}", LONGEST_OPTION),
        )
        for one in waiting
    ]
    return ui.Select(custom_id=_PICK, placeholder="Choose a decision", options=options)


def decision_view(one: Waiting) -> ui.LayoutView:
    """One decision, and what a lead can do."""
    by = f"\n{small(f'decided by {line(one.by, 80)}')}" if one.by else ""
    said = f"### {line(one.title, 100)}\n{_named(one)}\n{line(one.why)}{by}"
    carried = f"{one.decision}:{one.reviews}"
    styles = discord.ButtonStyle
    row: ui.ActionRow[Any] = ui.ActionRow(
        _button("Approve", f"review:approved:{carried}", styles.success),
        _button("Override…", f"review:overridden:{carried}", styles.secondary),
        _button("Comment…", f"review:commented:{carried}", styles.secondary),
        _button("Look again…", f"review:look:{carried}", styles.secondary),
        BACK(ui.Button(label="Back to the list", custom_id=_LIST)),
    )
    made = ui.LayoutView(timeout=None)
    made.add_item(ui.Container(ui.TextDisplay(said), row, accent_colour=COLOUR))
    return made


def _button(label: str, carried: str, style: discord.ButtonStyle) -> ui.Item[Any]:
    return SAY(ui.Button(label=label, custom_id=carried, style=style))


def form(what: str, decision: str, reviews: int) -> ui.Modal:
    """The form for another lever and why, or for a comment."""
    override = what == "overridden"
    look = what == "look"
    title = {"overridden": "Override", "look": "Look again"}.get(what, "Comment")
    made = ui.Modal(title=title, custom_id=f"review:{what}:{decision}:{reviews}", timeout=OPEN_FOR)
    if override:
        made.add_item(levers("What is to hold instead?", LEVER))
    box: ui.TextInput[Any] = ui.TextInput(
        custom_id=REASON,
        style=discord.TextStyle.paragraph,
        max_length=LONGEST_NOTE if look else LONGEST_REASON,
        required=not look,
    )
    day: ui.TextInput[Any] = ui.TextInput(
        custom_id=DAY, placeholder="2027-03-31", max_length=10, required=look
    )
    asked = "What to look for" if look else "Why?" if override else "Your comment"
    fields = [ui.Label(text=asked, component=box), ui.Label(text="Look at it again on", component=day)]
    for field in reversed(fields) if look else fields:
        made.add_item(field)
    return made


def _named(one: Waiting) -> str:
    return f"`{one.decision}` **{one.named}**"


def _review(interaction: Interaction) -> "Review":
    found: Review = interaction.client.review
    return found
