"""What is known about a case: observed values of factors, in the order they were said.

Nothing here weighs anything; see `scale` for that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Source = Literal["quote", "tap", "trial"]

NOT_SURE = "not_sure"
"""An option of every factor: the person was asked and does not know."""

WITHDRAWN = "withdrawn"
"""Takes back what was said about a factor, or only the values named as alternatives; no option of any."""

MANY_VALUED = frozenset({"tried"})
"""Factors whose values add up instead of replacing each other."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observed value of one factor.

    `quote` holds the person's own words, verbatim; it is empty for a tap. `certainty` (0 to 1) is how sure
    the reader is that it read the value right; `alternatives` are the other values it may have been, with
    their probabilities. A tap is certain that it was tapped, not that it is true: `scale` discounts it.
    """

    factor: str
    value: str
    quote: str = ""
    source: Source = "quote"
    certainty: float = 1.0
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """A person corrected themselves: the newest value counts, and the bot says so."""

    factor: str
    before: Evidence
    after: Evidence


@dataclass(frozen=True, slots=True)
class Case:
    """The problem under triage: all evidence of a thread, oldest first, and the questions already put."""

    evidence: tuple[Evidence, ...] = ()
    asked: tuple[str, ...] = ()
    _current: Mapping[str, tuple[Evidence, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_current", _newest(self.evidence))

    @property
    def current(self) -> Mapping[str, tuple[Evidence, ...]]:
        """The evidence that counts, by factor: the newest value, or all values of a many-valued factor."""
        return self._current

    def value(self, factor: str) -> str | None:
        """The value that counts for a single-valued factor, or None; `not_sure` is a value."""
        held = self._current.get(factor)
        return held[-1].value if held else None

    def adding(self, *evidence: Evidence) -> "Case":
        """The case with more evidence at its newer end."""
        return Case(self.evidence + evidence, self.asked)

    def asking(self, factor: str) -> "Case":
        """The case after the question about `factor` was put."""
        return Case(self.evidence, (*self.asked, factor))

    def without(self, *factors: str) -> "Case":
        """The case as if nothing had been said about `factors`."""
        return Case(tuple(item for item in self.evidence if item.factor not in factors), self.asked)

    def revisions(self) -> tuple[Revision, ...]:
        """Every time a firmly held value was replaced by a different one, oldest first."""
        held: dict[str, Evidence] = {}
        found: list[Revision] = []
        for item in self.evidence:
            before = held.get(item.factor)
            if item.value == WITHDRAWN:
                held.pop(item.factor, None)
            if item.factor in MANY_VALUED or item.value in (NOT_SURE, WITHDRAWN) or not _firm(item):
                continue
            if before is not None and before.value != item.value:
                found.append(Revision(item.factor, before, item))
            held[item.factor] = item
        return tuple(found)


def _firm(item: Evidence) -> bool:
    return item.certainty >= 0.75


def _newest(evidence: Iterable[Evidence]) -> dict[str, tuple[Evidence, ...]]:
    """A guess never replaces firm words or a tap; "not sure" never replaces anything known.

    What is withdrawn counts no more.
    """
    current: dict[str, tuple[Evidence, ...]] = {}
    for item in evidence:
        held = current.get(item.factor, ())
        if item.value == WITHDRAWN:
            gone = {value for value, _ in item.alternatives}
            kept = tuple(other for other in held if gone and other.value not in gone)
            current = {name: items for name, items in current.items() if name != item.factor}
            current |= {item.factor: kept} if kept else {}
        elif item.factor in MANY_VALUED:
            current[item.factor] = _joined(held, item)
        elif (
            not held
            or held[-1].value == NOT_SURE
            or (item.value != NOT_SURE and (_firm(item) or not _firm(held[-1])))
        ):
            current[item.factor] = (item,)
    return current


def _joined(held: tuple[Evidence, ...], item: Evidence) -> tuple[Evidence, ...]:
    """The values of a many-valued factor after one more."""
    same = next((other for other in held if other.value == item.value), None)
    if same is not None and _firm(same) and not _firm(item):
        return held
    kept = tuple(other for other in held if other.value not in (item.value, NOT_SURE))
    return kept if item.value == NOT_SURE and kept else (*kept, item)
