"""Prints lines: wrapped to the width, coloured only where a person can see it."""

import os
import shutil
from typing import TextIO

import click

from bot.replies import Reply
from bot.terminal.lines import Line, Style
from bot.terminal.render import render
from bot.terminal.wrapping import clean, wrap

WIDEST = 100
NARROWEST = 40

_STYLES: dict[Style, dict[str, object]] = {
    "plain": {},
    "title": {"bold": True, "underline": True},
    "strong": {"bold": True},
    "quiet": {"dim": True},
    "hint": {"dim": True},
    "warning": {"fg": "yellow"},
}


def show(reply: Reply, out: TextIO, hints: bool = True) -> None:
    """Print a reply; without `hints`, what a person could say next is left out."""
    lines = [line for line in render(reply) if hints or line.style != "hint"]
    while lines and not lines[-1].text:
        lines.pop()
    show_lines(lines, out)


def show_lines(lines: list[Line], out: TextIO) -> None:
    """Print lines."""
    width, colour = _width(out), coloured(out)
    out.write("\n".join(styled(line, width, colour) for line in lines) + "\n")
    out.flush()


def coloured(out: TextIO) -> bool:
    """Whether to use colour: a terminal that wants it (no-color.org)."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(line: Line, width: int, colour: bool) -> str:
    """The line cleaned and wrapped; what follows the first row stands under its text."""
    text = clean(line.text)
    start = " " * line.indent
    rows = wrap(text, width, start, start + " " * _marker(text))
    if not colour or not text:
        return "\n".join(rows)
    return "\n".join(click.style(row, **_STYLES[line.style]) for row in rows)  # type: ignore[arg-type]


def _marker(text: str) -> int:
    """How wide a list mark at the start is: "- ", "3. " or "[ NEXT] 3. "."""
    mark = text[: text.index("] ") + 2] if text.startswith("[") and "] " in text else ""
    rest = text[len(mark) :]
    head, _, body = rest.partition(" ")
    listed = head == "-" or (head.endswith(".") and head[:-1].isdigit())
    return len(mark) + (len(head) + 1 if listed and body else 0)


def _width(out: TextIO) -> int:
    if not out.isatty():
        return 80
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))
