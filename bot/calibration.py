"""Whether verdicts are as sure as they should be: confidence beside what became of the decisions. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from storage.calibration import Promise

ENOUGH = 30
"""With fewer outcomes a score would say more about luck than about the verdicts."""

BINS = 5
HELPED = {"worked": 1.0, "partly": 0.5, "did_not_work": 0.0}
"""How much of a promise an outcome keeps."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions whose verdicts were about as sure: the mean confidence, and the share that helped."""

    low: float
    high: float
    count: int
    said: float
    happened: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The score of all outcomes; `brier` is 0 for a seer and 0.25 for a coin. None while it is too early."""

    count: int
    brier: float | None
    bins: tuple[Bin, ...]

    @property
    def too_early(self) -> bool:
        """Whether there are too few outcomes to say anything."""
        return self.count < ENOUGH


def calibrate(promises: Sequence[Promise]) -> Calibration:
    """Compare what was said with what happened; an outcome in part counts half."""
    if len(promises) < ENOUGH:
        return Calibration(len(promises), None, ())
    ordered = sorted(promises, key=lambda one: one.confidence)
    brier = sum((one.confidence - HELPED[one.result]) ** 2 for one in ordered) / len(ordered)
    bins = (_bin(number, list(held)) for number, held in groupby(ordered, key=_place))
    return Calibration(len(ordered), brier, tuple(bins))


def in_words(found: Calibration) -> list[str]:
    """The lines that a person reads."""
    if found.too_early:
        have = {0: "is none", 1: "is one"}.get(found.count, f"are {found.count}")
        return [f"Too early to say: it takes {ENOUGH} outcomes, and there {have}."]
    lines = [f"{found.count} outcomes, Brier score {found.brier:.3f} (0 is best, 0.25 is a coin)", ""]
    lines.append("verdict           decisions   said   helped")
    for one in found.bins:
        sure = f"{one.low:.0%} to {one.high:.0%} sure"
        lines.append(f"{sure:<17} {one.count:>8}   {one.said:>4.0%}   {one.happened:>6.0%}")
    return lines


def _place(one: Promise) -> int:
    return min(int(one.confidence * BINS), BINS - 1)


def _bin(number: int, held: list[Promise]) -> Bin:
    said = sum(one.confidence for one in held) / len(held)
    happened = sum(HELPED[one.result] for one in held) / len(held)
    return Bin(number / BINS, (number + 1) / BINS, len(held), said, happened)
