"""Cuts text that is too long for one message, at the end of a line and without breaking a code block."""

import re
from collections.abc import Iterator

FENCE = "```"
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")
_LEAST = 64
"""A smaller limit leaves no room for the fences themselves."""


def split(text: str, limit: int = 2000) -> list[str]:
    """The text in pieces of at most `limit` characters; a code block that is cut is closed and opened again.

    Raises ValueError when the limit is too small to say anything.
    """
    if limit < _LEAST:
        raise ValueError(f"a limit of {limit} characters leaves no room for text")
    pieces: list[str] = []
    held, opening = "", ""
    for glue, part in _lines(text, limit // 2):
        inside = _after(opening, part)
        closing = len(f"\n{FENCE}") if inside or opening else 0
        if held and len(held) + len(glue) + len(part) + closing > limit:
            pieces.append(f"{held}\n{FENCE}" if opening else held)
            held = f"{opening}\n{part}" if opening else part
        else:
            held = f"{held}{glue}{part}" if held else part
        opening = inside
    return [*pieces, held] if held.strip() else pieces


def _lines(text: str, most: int) -> Iterator[tuple[str, str]]:
    """The lines of a text, a longer one in pieces, each after what joins it to the one before."""
    for line in text.split("\n"):
        glue, rest = "\n", line
        while len(rest) > most:
            cut = rest.rfind(" ", most // 2, most) + 1 or _whole(rest, most)
            yield glue, rest[:cut]
            glue, rest = "", rest[cut:]
        yield glue, rest


def _whole(text: str, cut: int) -> int:
    """A place to cut near `cut` that is not within a fence."""
    while cut > 1 and text[cut - 1] == "`":
        cut -= 1
    return cut


def _after(opening: str, part: str) -> str:
    """The line that opened the code block in which the text is after `part`; empty outside of any."""
    while FENCE in part:
        _, _, part = part.partition(FENCE)
        named = part.split(FENCE)[0].strip()
        language = named if _LANGUAGE.fullmatch(named) else ""
        opening = "" if opening else f"{FENCE}{language}"
    return opening
