"""What a Discord post is made of, as values: text, rules, buttons and selects in panels, and its limits.

Nothing here needs a connection, so what is shown can be tested and looked at without one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from bot.discord.split import split
from bot.news import LeverWeeks

MOST_COMPONENTS = 40
MOST_CHARACTERS = 4000
"""In all texts of a post together; Discord refuses more, and the library does not count."""
MOST_IN_ROW = 5
MOST_OPTIONS = 25
LONGEST_LABEL = 80
LONGEST_OPTION = 100
LONGEST_ID = 100

Style = Literal["primary", "secondary", "success", "danger"]


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown; whatever people wrote in it is escaped."""

    body: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line between two parts of a panel."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button: the id that it carries, and what stands on it."""

    id: str
    label: str
    style: Style = "secondary"


@dataclass(frozen=True, slots=True)
class Row:
    """Up to five buttons side by side."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """A select: one of the options, or up to `most`."""

    id: str
    hint: str
    options: tuple[tuple[str, str], ...]
    """Value and label."""
    most: int = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """The chart of levers by week, with the words for somebody who does not see it."""

    levers: LeverWeeks
    says: str


Block = Text | Rule | Row | Pick | Picture


@dataclass(frozen=True, slots=True)
class Panel:
    """Blocks in a frame with a colour at its edge; without a colour there is no frame."""

    blocks: tuple[Block, ...]
    colour: int | None = None


Post = tuple[Panel, ...]
"""One message on Discord."""

_TELLS = Text | Rule | Picture
_NO_ROOM = Panel((Text("-# There is no room here for the rest of it."),))


def clipped(label: str, most: int) -> str:
    """A label cut to what Discord allows; buttons and options show no markdown, so nothing is escaped."""
    label = " ".join(label.split()) or "…"
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def rows(buttons: Iterable[Button]) -> Iterator[Row]:
    """Buttons in rows that are about equally full."""
    waiting = list(buttons)
    count = -(-len(waiting) // MOST_IN_ROW)
    size = -(-len(waiting) // count) if count else 0
    while waiting:
        yield Row(tuple(waiting[:size]))
        waiting = waiting[size:]


def size(panels: Iterable[Panel]) -> tuple[int, int]:
    """How many components and characters of text the panels hold."""
    components = characters = 0
    for panel in panels:
        components += panel.colour is not None
        for block in panel.blocks:
            components += _components(block)
            characters += len(block.body) if isinstance(block, Text) else 0
    return components, characters


def posts(panels: Iterable[Panel]) -> tuple[Post, ...]:
    """The panels as posts within Discord's limits: one, unless they hold more than fits."""
    done: list[Post] = []
    held: list[Panel] = []
    for panel in panels:
        if _fits([*held, panel]):
            held.append(panel)
            continue
        for piece in _pieces(panel):
            if held and not _fits([*held, piece]):
                done.append(tuple(held))
                held = []
            held.append(piece)
    return (*done, tuple(held)) if held else tuple(done)


def in_one(shown: tuple[Post, ...]) -> Post:
    """All of it as one post, where there can be no second: what is too much is left out from the end, but not
    what can be chosen.
    """
    panels = [panel for post in shown for panel in post]
    if _fits(panels):
        return tuple(panels)
    while not _fits([*panels, _NO_ROOM]) and (shorter := _shorter(panels)) != panels:
        panels = shorter
    return (*panels, _NO_ROOM)


def plain(post: Post) -> str:
    """The texts of a post and the labels of what could be chosen, for where components are refused."""
    return "\n\n".join(text for panel in post for block in panel.blocks if (text := _plain(block)))


def ids(post: Post) -> Iterator[str]:
    """The ids that the buttons and selects of a post carry."""
    for panel in post:
        for block in panel.blocks:
            match block:
                case Row():
                    yield from (button.id for button in block.buttons)
                case Pick():
                    yield block.id
                case Text() | Rule() | Picture():
                    pass
                case _:
                    assert_never(block)


def picture(post: Post) -> Picture | None:
    """The picture of a post; there is one at most."""
    return next((block for panel in post for block in panel.blocks if isinstance(block, Picture)), None)


def in_words(post: Post) -> Post:
    """The post with its picture said in words, for where no file can be sent along."""
    return tuple(
        replace(
            panel,
            blocks=tuple(Text(one.says) if isinstance(one, Picture) else one for one in panel.blocks),
        )
        for panel in post
    )


def _fits(panels: list[Panel]) -> bool:
    components, characters = size(panels)
    return components <= MOST_COMPONENTS and characters <= MOST_CHARACTERS


def _shorter(panels: list[Panel]) -> list[Panel]:
    """Without the last block that only tells something; the same where nothing but the first is left."""
    told = [
        (at, block) for at, panel in enumerate(panels) for block in panel.blocks if isinstance(block, _TELLS)
    ]
    if len(told) < 2:
        return panels
    at, last = told[-1]
    kept = tuple(block for block in panels[at].blocks if block is not last)
    return [*panels[:at], *([replace(panels[at], blocks=kept)] if kept else []), *panels[at + 1 :]]


def _pieces(panel: Panel) -> Iterator[Panel]:
    """A panel cut where it is too long for a post; what can be chosen comes last, as in the whole."""
    held: list[Block] = []
    for block in _short(panel.blocks):
        if held and not _fits([replace(panel, blocks=(*held, block))]):
            yield replace(panel, blocks=_trimmed(held))
            held = []
        held.append(block)
    if held:
        yield replace(panel, blocks=_trimmed(held))


def _short(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Text) and len(block.body) > MOST_CHARACTERS:
            yield from (Text(part) for part in split(block.body, MOST_CHARACTERS))
        else:
            yield block


def _trimmed(blocks: list[Block]) -> tuple[Block, ...]:
    """Without a rule at either end, where it would part nothing."""
    while len(blocks) > 1 and isinstance(blocks[-1], Rule):
        blocks = blocks[:-1]
    while len(blocks) > 1 and isinstance(blocks[0], Rule):
        blocks = blocks[1:]
    return tuple(blocks)


def _components(block: Block) -> int:
    match block:
        case Row():
            return 1 + len(block.buttons)
        case Pick():
            return 2
        case Text() | Rule() | Picture():
            return 1
        case _:
            assert_never(block)


def _plain(block: Block) -> str:
    match block:
        case Text():
            return block.body
        case Picture():
            return block.says
        case Rule():
            return ""
        case Row():
            return "" if not block.buttons else "You can say: " + ", ".join(b.label for b in block.buttons)
        case Pick():
            return "\n".join(f"{number}. {label}" for number, (_, label) in enumerate(block.options, 1))
        case _:
            assert_never(block)
