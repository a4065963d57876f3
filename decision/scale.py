"""Weighing evidence: how strongly what is known about a case speaks for each hypothesis.

A hypothesis is a lever or a diagnosis. Every factor adds its weight of evidence (Good, 1950) to the log of
the prior. Weights are normalised so that each hypothesis explains exactly one whole answer to each question:
an answer that is equally likely under all of them moves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import exp, fsum, log

from decision.evidence import MANY_VALUED, NOT_SURE, Case, Evidence

Row = tuple[float, ...]
"""One number for each hypothesis, in the scale's order."""

Option = tuple[str, float, Mapping[str, float]]
"""An option's value, its share of the answers, and its weights by hypothesis."""


class Scale:
    """The weights of every option of every factor towards one set of hypotheses."""

    def __init__(
        self,
        prior: Mapping[str, float],
        factors: Mapping[str, Sequence[Option]],
        trust: Mapping[str, float],
    ) -> None:
        """`prior` need not add up to 1; `trust` is how much a quote, a tap or a trial counts."""
        self.names = tuple(prior)
        self.prior = tuple(log(max(share, 1e-6)) for share in prior.values())
        self._trust = trust
        self._none = (0.0,) * len(self.names)
        self._rows: dict[tuple[str, str], Row] = {}
        self._tapped: dict[tuple[str, str], tuple[Row, Row]] = {}
        for factor, options in factors.items():
            self._rows.update(self._normalised(factor, options))

    def _normalised(self, factor: str, options: Sequence[Option]) -> dict[tuple[str, str], Row]:
        raw = {value: tuple(weights.get(name, 0.0) for name in self.names) for value, _, weights in options}
        if factor in MANY_VALUED:
            return {(factor, value): row for value, row in raw.items()}
        whole = sum(share for _, share, _ in options) or 1.0
        norms = tuple(
            log(sum(share / whole * exp(raw[value][i]) for value, share, _ in options))
            for i in range(len(self.names))
        )
        return {
            (factor, value): tuple(weight - norm for weight, norm in zip(row, norms, strict=True))
            for value, row in raw.items()
        }

    def row(self, factor: str, value: str) -> Row:
        """The normalised weights of one option; zeros for "not sure" and anything unknown."""
        return self._rows.get((factor, value), self._none)

    def weigh(self, item: Evidence) -> Row:
        """What one piece of evidence adds: trusted by its source, diluted by the reader's doubt."""
        if item.value == NOT_SURE:
            return self._none
        trust = self._trust[item.source]
        if item.certainty >= 1.0 and not item.alternatives:
            return tuple(trust * weight for weight in self.row(item.factor, item.value))
        readings = ((item.value, item.certainty), *item.alternatives)
        doubt = max(0.0, 1.0 - sum(share for _, share in readings))
        rows = [(share, self.row(item.factor, value)) for value, share in readings]
        return tuple(
            trust * log(doubt + sum(share * exp(row[i]) for share, row in rows))
            for i in range(len(self.names))
        )

    def tapped(self, factor: str, value: str) -> tuple[Row, Row]:
        """What a tap would add, and how much likelier it is under each hypothesis; worked out once."""
        key = (factor, value)
        if key not in self._tapped:
            odds = tuple(map(exp, self.row(factor, value)))
            self._tapped[key] = (self.weigh(Evidence(factor, value, source="tap")), odds)
        return self._tapped[key]

    def parts(self, case: Case) -> dict[str, Row]:
        """What each factor of the case adds."""
        return {
            factor: self.total(map(self.weigh, held), start=self._none)
            for factor, held in case.current.items()
        }

    def total(self, rows: Iterable[Row], start: Row | None = None) -> Row:
        """The sum of rows, on top of the prior unless another start is given."""
        whole = (self.prior if start is None else start, *rows)
        # fsum rounds once, so that the order in which things were said cannot show in the last digit.
        return tuple(fsum(column) for column in zip(*whole, strict=True))


def probabilities(total: Row) -> Row:
    """Log scores as probabilities that add up to 1."""
    top = max(total)
    parts = [exp(score - top) for score in total]
    whole = sum(parts)
    return tuple(part / whole for part in parts)
