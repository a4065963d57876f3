"""The handbook as a bridge between a question's words and a team document's words.

People ask in other words than documents answer in. The handbook says the same things once more and knows how
people ask for them, so the sections that fit a question best lend their words: some are searched for, and a
passage that resembles those sections is lifted.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

from knowledge.search import Index, Scores, Wording, best
from knowledge.words import stems, telling

SECTIONS = 8
LENDERS = 4
LENT_WORDS = 14
LENT_WEIGHT = 0.5
LIKENESS_WEIGHT = 0.6
RERANKED = 30

Direction = dict[str, float]
"""A text as its stems, each with its share; the whole has length 1."""


class Bridge:
    """What the handbook lends to one question."""

    def __init__(self, handbook: Index, scores: Scores, own: Sequence[str]) -> None:
        """Take the best sections of the handbook, whose `scores` for the question are known."""
        self._handbook = handbook
        rows = best(scores, SECTIONS)
        top = scores[rows[0]] if rows else 1.0
        self._shares = {row: scores[row] / top for row in rows}
        self._own = own

    def lent(self) -> Wording:
        """The sections' most telling words that the question does not hold."""
        mass: defaultdict[str, float] = defaultdict(float)
        for row, share in list(self._shares.items())[:LENDERS]:
            for word, weight in self._handbook.weight(telling(self._said(row))).items():
                mass[word] += weight * share
        known = stems([*mass, *self._own])
        given = {known[word] for word in self._own}
        fresh: dict[str, str] = {}
        for word in sorted(mass, key=lambda word: -mass[word]):
            if known[word] not in given and not word.isdigit():
                fresh.setdefault(known[word], word)
        return Wording(list(fresh.values())[:LENT_WORDS], LENT_WEIGHT)

    def lifted(self, team: Index, scores: Scores) -> Scores:
        """The scores as shares of the best one, lifted by likeness to the handbook's sections."""
        rows = best(scores, RERANKED)
        if not rows:
            return {}
        likeness = self._likeness(team, rows)
        most = max(likeness.values()) or 1.0
        return {row: scores[row] / scores[rows[0]] + LIKENESS_WEIGHT * likeness[row] / most for row in rows}

    def _likeness(self, team: Index, rows: Sequence[int]) -> Scores:
        """How much each passage resembles the sections, the best section counting most."""
        wanted: defaultdict[str, float] = defaultdict(float)
        for row, share in self._shares.items():
            for stem, part in self._direction(self._handbook, row).items():
                wanted[stem] += share**2 * part
        return {
            row: sum(
                part * wanted[stem] for stem, part in self._direction(team, row).items() if stem in wanted
            )
            for row in rows
        }

    def _direction(self, index: Index, row: int) -> Direction:
        counted = index.counted(row)
        whole = {stem: count * self._handbook.stem_weight(stem) for stem, count in counted.items()}
        length = math.sqrt(sum(share * share for share in whole.values())) or 1.0
        return {stem: share / length for stem, share in whole.items()}

    def _said(self, row: int) -> str:
        return f"{self._handbook.text(row)}\n{self._handbook.asked(row)}"
