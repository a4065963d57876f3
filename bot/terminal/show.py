"""Prints lines: wrapped to the width, coloured only where a person can see it."""

import os
import shutil
import textwrap
from typing import TextIO

import click

from bot.replies import Reply
from bot.terminal.render import Line, Style, render

WIDEST = 100
NARROWEST = 40

_STYLES: dict[Style, dict[str, object]] = {
    "plain": {},
    "title": {"bold": True, "underline": True},
    "strong": {"bold": True},
    "quiet": {"dim": True},
    "warning": {"fg": "yellow"},
}


def show(reply: Reply, out: TextIO) -> None:
    """Print a reply, with an empty line before it when a person reads along."""
    width = _width(out)
    lines = [styled(line, width, coloured(out)) for line in render(reply)]
    out.write("\n".join(lines) + "\n")
    out.flush()


def coloured(out: TextIO) -> bool:
    """Whether to use colour: a terminal that wants it (no-color.org)."""
    return out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def styled(line: Line, width: int, colour: bool) -> str:
    """The line wrapped; what follows the first row stands under its text."""
    start = " " * line.indent
    after = start + " " * _marker(line.text)
    rows = textwrap.wrap(line.text, width, initial_indent=start, subsequent_indent=after) or [""]
    if not colour or not line.text:
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
