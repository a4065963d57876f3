"""Lines before they are wrapped and coloured, and the ones that several replies need."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from decision.citation import Citation

Style = Literal["plain", "title", "strong", "quiet", "hint", "warning"]
"""`hint`: what a person could say next; there is no point in it where nobody can answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line before wrapping: how far it stands in, and how it looks."""

    text: str = ""
    style: Style = "plain"
    indent: int = 0


def quoted(citation: Citation, indent: int) -> Iterator[Line]:
    """A quote with the id of its passage."""
    yield Line(f"“{citation.quote}” ({citation.passage.id})", "quiet", indent)
