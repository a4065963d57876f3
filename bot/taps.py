"""Taps: what a person says by choosing instead of typing, and the short text that such a choice carries.

The text holds ids only: the case is read back from the log, so it keeps working after a restart, and nobody
can forge evidence with it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from storage.records import Incoming, Place

Act = Literal["answer", "why", "decide_now", "flips", "log", "not_right", "start_over", "share", "outcome"]
ACTS: tuple[Act, ...] = get_args(Act)
AGAIN: tuple[Act, ...] = ("why", "flips")
"""What may be asked again: where many read it is told to one person alone, and no platform keeps that."""

_TAP = "tap:"
_CARRIED = re.compile(r"(?P<act>[a-z_]+):(?P<turn>[0-9a-z]{1,24})(?::(?P<index>[0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class Tap:
    """One choice: what it does, and the key of the turn that offered it.

    `values` are the chosen options of an answer, the channel of a share, the result of an outcome, or, when
    logging, after how many days to ask for one. `lever` and `note` are what a person logs instead of the
    verdict's lever, and why; `note` is also what is not right about a verdict, or how an outcome was
    measured. `public`: the channel of a share is known to be open to everybody; unknown is not.
    """

    act: Act
    turn: str
    values: tuple[str, ...] = ()
    lever: str = ""
    note: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """What a choice on a platform carries; `index` is the place of an answer among its options."""

    act: Act
    turn: str
    index: int | None = None


def encode(act: Act, turn: str, index: int | None = None) -> str:
    """The text that a choice carries: at most 60 characters of a-z, 0-9, "_" and ":"."""
    return f"{act}:{turn}" if index is None else f"{act}:{turn}:{index}"


def decode(text: str) -> Carried | None:
    """What `encode` wrote, or None for any other text."""
    found = _CARRIED.fullmatch(text)
    if found is None or found["act"] not in ACTS:
        return None
    return Carried(found["act"], found["turn"], int(found["index"]) if found["index"] else None)


def incoming(tap: Tap, place: Place, author: str, author_name: str = "", said: str = "") -> Incoming:
    """The tap as the inbox takes it. The same choice of the same person twice is one; `said` is its label."""
    chosen = ",".join((*tap.values, tap.lever))
    return Incoming(
        place,
        platform_id=f"{_TAP}{tap.turn}:{author}:{tap.act}:{chosen}",
        author=author,
        text=said,
        kind="tap",
        author_name=author_name,
        body=asdict(tap),
    )


def is_tap(platform_id: str) -> bool:
    """Whether what came in under this id was a tap."""
    return platform_id.startswith(_TAP)


def read(body: Mapping[str, Any]) -> Tap:
    """The tap in a row of the inbox. Raises ValueError when it is none."""
    act, turn, values = body.get("act", "answer"), body.get("turn", ""), body.get("values", ())
    if act not in ACTS or not isinstance(turn, str) or not isinstance(values, list | tuple):
        raise ValueError("the row holds no tap")
    return Tap(
        act,
        turn,
        tuple(map(str, values)),
        str(body.get("lever", "")),
        str(body.get("note", "")),
        body.get("public") is True,
    )
