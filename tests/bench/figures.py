"""What was measured, as lines of a table: absolute values, their limits, and whether these hold."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `target` is an upper limit in the same unit; None is only reported."""

    what: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def missed(self) -> bool:
        """Whether the value is over its limit."""
        return self.target is not None and self.value > self.target


def percentile(took: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(took)
    return ordered[max(0, ceil(len(ordered) * share) - 1)]


def spread(what: str, took: Sequence[float], limits: tuple[float, float] | None = None) -> list[Line]:
    """The median and the 99th percentile of milliseconds, each with its limit."""
    median, top = limits or (None, None)
    return [
        Line(f"{what}: median of {len(took)}", statistics.median(took), "ms", median),
        Line(f"{what}: p99", percentile(took, 0.99), "ms", top),
    ]


def table(title: str, lines: Iterable[Line]) -> str:
    """The lines under a title, ready to print."""
    rows = [f"\n{title}"]
    for line in lines:
        held = "" if line.target is None else f"limit {line.target:g}, {line.value / line.target:.2f} of it"
        mark = " MISSED" if line.missed else ""
        note = f"  {line.note}" if line.note else ""
        rows.append(f"  {line.what:<58} {line.value:>10,.2f} {line.unit:<5} {held}{mark}{note}".rstrip())
    return "\n".join(rows)
