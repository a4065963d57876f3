"""Counters, histograms and gauges, and the text in which Prometheus reads them.

Our own, since the form is four kinds of lines: the library for it keeps one registry for the whole process,
loads an HTTP server, and would be loaded by every command that counts.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Literal

MOST_SERIES = 100
"""Of one metric; what comes after is counted as `other`, so that no label can grow without an end."""

OTHER = "other"

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""The upper bounds of a histogram of times."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Values = tuple[str, ...]
"""The values of a metric's labels, in their order."""


class Counter:
    """Numbers that only grow, one for each set of label values. Safe for several threads."""

    def __init__(self, name: str, says: str, labels: Sequence[str] = ()) -> None:
        """`name` ends in `_total`; `says` is one line."""
        self._name = name
        self._says = says
        self._labels = tuple(labels)
        self._lock = Lock()
        self._held: dict[Values, float] = {} if labels else {(): 0.0}

    def add(self, *values: str, by: float = 1.0) -> None:
        """Count for these values of the labels."""
        with self._lock:
            key = _bounded(values, self._held)
            self._held[key] = self._held.get(key, 0.0) + by

    def lines(self) -> Iterator[str]:
        """The lines of the text."""
        with self._lock:
            held = sorted(self._held.items())
        yield from _head(self._name, self._says, "counter")
        for values, number in held:
            yield _line(self._name, zip(self._labels, values, strict=True), number)


class Histogram:
    """How often something took how long, by bounds in seconds. Safe for several threads."""

    def __init__(
        self, name: str, says: str, labels: Sequence[str] = (), bounds: Sequence[float] = SECONDS
    ) -> None:
        """`name` ends in `_seconds`; `bounds` rise."""
        self._name = name
        self._says = says
        self._labels = tuple(labels)
        self._bounds = tuple(bounds)
        self._lock = Lock()
        self._counts: dict[Values, list[int]] = {}
        self._sums: dict[Values, float] = {}

    def note(self, seconds: float, *values: str) -> None:
        """Something took so many seconds."""
        with self._lock:
            key = _bounded(values, self._counts)
            counts = self._counts.setdefault(key, [0] * (len(self._bounds) + 1))
            counts[bisect_left(self._bounds, seconds)] += 1
            self._sums[key] = self._sums.get(key, 0.0) + seconds

    def lines(self) -> Iterator[str]:
        """The lines of the text."""
        with self._lock:
            held = sorted((key, tuple(counts), self._sums[key]) for key, counts in self._counts.items())
        yield from _head(self._name, self._says, "histogram")
        for values, counts, total in held:
            labels, so_far = tuple(zip(self._labels, values, strict=True)), 0
            for bound, count in zip((*map(_number, self._bounds), "+Inf"), counts, strict=True):
                so_far += count
                yield _line(f"{self._name}_bucket", (*labels, ("le", bound)), so_far)
            yield _line(f"{self._name}_sum", labels, total)
            yield _line(f"{self._name}_count", labels, so_far)


def gauge(
    name: str, says: str, labels: Sequence[str], samples: Iterable[tuple[Values, float]]
) -> Iterator[str]:
    """The lines of numbers that were asked for just now."""
    yield from _head(name, says, "gauge")
    for values, number in samples:
        yield _line(name, zip(labels, values, strict=True), number)


def _bounded(values: Values, held: dict[Values, list[int]] | dict[Values, float]) -> Values:
    if values in held or len(held) < MOST_SERIES:
        return values
    return (OTHER,) * len(values)


def _head(name: str, says: str, kind: Literal["counter", "gauge", "histogram"]) -> Iterator[str]:
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, labels: Iterable[tuple[str, str]], number: float) -> str:
    told = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels)
    return f"{name}{{{told}}} {_number(number)}" if told else f"{name} {_number(number)}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)
