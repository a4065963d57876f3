"""One request to the model and what it said, as values of our own: the vendor's types stay in `claude`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from decision.reader import Usage


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `system` is the stable prefix, which the server keeps; `content` is what changes.

    `prompt` is the version of the prompt. With a `schema` the answer is JSON that follows it.
    """

    prompt: str
    system: str
    content: tuple[Mapping[str, Any], ...]
    max_tokens: int
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """What the model says that a piece of its text rests on: blocks `start` to `end` of a search result."""

    result: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the model's text, and what it cites for it."""

    text: str
    cited: tuple[Cited, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A whole answer."""

    blocks: tuple[Block, ...]
    usage: Usage

    @property
    def text(self) -> str:
        """The text without its citations."""
        return "".join(block.text for block in self.blocks)
