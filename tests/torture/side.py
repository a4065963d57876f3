"""What the two platforms under torture have in common: what was said there, and how stormy they are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal, Protocol

STORMY = 0.06
"""The share of the bot's requests that go wrong in one way or another."""


@dataclass
class Said:
    """Something that was said to the bot, and that must be answered once.

    `id` is the name under which the inbox has to hold it, `where` the thread in which the answer belongs.
    `sure` once the bot acknowledged it: from then on it may not be lost. An edit has its message's id, and
    the `text` that somebody has to have read in the end.
    """

    platform: str
    id: str
    where: str
    kind: Literal["message", "edit", "tap"]
    sure: bool = False
    text: str = ""


@dataclass
class Talk:
    """A thread of one case. In one that is `shared` several people speak, and mention the bot each time."""

    where: str
    opener: str
    shared: bool
    mine: list[str] = field(default_factory=list)
    """The ids of messages that may be edited."""


@dataclass(frozen=True)
class Shown:
    """A post of the bot as it stands on the platform: its thread, and all that can be read in it."""

    where: str
    text: str


class Side(Protocol):
    """People on one platform, and the platform."""

    name: str
    said: list[Said]
    marks: dict[str, str]
    """The words that belong to a thread alone, with that thread."""

    async def act(self) -> None:
        """Let somebody do something."""

    def waiting(self) -> int:
        """How much of what was said still waits for the bot, about."""

    def shown(self) -> dict[str, Shown]:
        """What stands there of the bot, by `channel:message`."""

    def calm(self) -> None:
        """Let nothing go wrong from now on."""

    async def delivered(self) -> None:
        """Wait until the platform has nothing more to bring."""


@dataclass
class Storm:
    """Whether a request goes wrong, and whether the bot is killed by what it just achieved."""

    rng: Random
    share: float = STORMY
    deadly: int = 0
    """How many posts from now the bot dies of one: taken by the platform, and not known to be."""
    kill: Callable[[], None] = lambda: None

    def strikes(self, share: float = 1.0) -> bool:
        return self.rng.random() < self.share * share

    def accepted(self) -> None:
        """A post stands; its answer is not on its way yet."""
        if self.deadly:
            self.deadly -= 1
            if not self.deadly:
                self.kill()


def tap_id(carried: str, who: str) -> str:
    """A tap by what its button carries, and by whom; `checking` puts the option's value for its number."""
    act, turn, *index = carried.split(":")
    return f"tap:{turn}:{who}:{act}:{''.join(index)}"
