"""How well passages fit a question: by its words, over the handbook's bridge, and by meaning."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from knowledge.answering import Likeness
from knowledge.bridge import Bridge
from knowledge.search import Index, Scores, Wording, added, best, shares, wordings
from knowledge.words import tokens

if TYPE_CHECKING:
    from decision.gist import Encode, Vector
    from knowledge.dense import Meanings

HANDBOOK_SHARE = 0.6
"""What the handbook's best passage counts beside the best of a team's own documents."""

HANDBOOK_PLACE = 3
CLEARLY_NEARER = 0.1
"""How much nearer in meaning than the team's best it has to be to have that place for certain.

Where the team's own words are about as near, they come first. Chosen with both halves of the questions in
`tests/bench` in view.
"""

MEANING = {"handbook": 0.6, "team": 0.5}
"""What likeness in meaning counts; the words count the rest.

The more of the question stands literally in a passage, the less: whoever uses the guidance's own words, such
as a question that it is known to answer, has said what is meant.
"""
HELD_POWER = 8


class Scoring:
    """Scores the passages of one database, as shares of the best one."""

    def __init__(self, connection: sqlite3.Connection, encoder: "Callable[[], Encode | None]") -> None:
        """`encoder` is called by the first search that has vectors to compare."""
        self._connection = connection
        self._encoder = encoder
        self._encoded = lru_cache(maxsize=64)(self._encode)
        self.handbook = Index(connection, "handbook")
        self._team = Index(connection, "team")
        self._meanings: dict[str, Meanings] = {}

    def everywhere(self, query: str) -> Scores:
        """The passages of the handbook and of the team in one order."""
        asked, words = self._vector(query), wordings(query)
        found, handbook = self._in_handbook(words, asked, None)
        if not self._team.refresh():
            return handbook
        return _together(self._in_team(words, found, asked, None), handbook, self._has_a_place(asked))

    def within(self, query: str, document: str, collection: str) -> Scores:
        """The passages of one document."""
        asked, words = self._vector(query), wordings(query)
        if collection == "handbook":
            return self._in_handbook(words, asked, document)[1]
        self._team.refresh()
        return self._in_team(words, self._in_handbook(words, None, None)[0], asked, document)

    def nearest(self, query: str, most: int) -> list[int]:
        """The rows of the passages that are likest to the question in meaning, `most` of each collection."""
        asked = self._vector(query)
        return (
            []
            if asked is None
            else [row for name in MEANING for row in self._meaning(name).nearest(asked, most)]
        )

    def likenesses(self, query: str, rows: Sequence[int]) -> dict[int, Likeness]:
        """How like the question these passages are in meaning; those without vectors are left out."""
        asked = self._vector(query)
        if asked is None:
            return {}
        return {
            row: found
            for name in MEANING
            for row, found in self._meaning(name).likenesses(asked, rows).items()
        }

    def _has_a_place(self, asked: "Vector | None") -> bool:
        """Whether the handbook's best is to be shown whatever the team's documents say."""
        if asked is None:
            return True
        handbook, team = (self._meaning(name).nearest_whole(asked) for name in ("handbook", "team"))
        return handbook >= team + CLEARLY_NEARER

    def _in_handbook(
        self, words: Sequence[Wording], asked: "Vector | None", document: str | None
    ) -> tuple[Scores, Scores]:
        """The handbook's scores by all words as they are, and then as shares, with meaning."""
        self.handbook.refresh()
        literal = self.handbook.scores(words[:1], document)
        found = added(literal, self.handbook.scores(words[1:], document))
        held = self.handbook.held(literal, words[0].words)
        pushed = shares(self.handbook.pushed(shares(found), literal, held))
        return found, self._with_meaning("handbook", pushed, held, asked, document)

    def _in_team(
        self, words: Sequence[Wording], found: Scores, asked: "Vector | None", document: str | None
    ) -> Scores:
        """The team's scores; `found` are the handbook's, which bridge the question's words and the team's."""
        own = words[0].words
        bridge = Bridge(self.handbook, found, own)
        literal = self._team.scores(words[:1], document)
        rest = self._team.scores([*words[1:], bridge.lent()], document)
        lifted = bridge.lifted(self._team, added(literal, rest))
        held = self._team.held(literal, own)
        pushed = shares(self._team.pushed(lifted, literal, held))
        return self._with_meaning("team", pushed, held, asked, document)

    def _with_meaning(
        self, collection: str, words: Scores, held: float, asked: "Vector | None", document: str | None
    ) -> Scores:
        if asked is None:
            return words
        weight = MEANING[collection] * (1 - held**HELD_POWER)
        return self._meaning(collection).fused(words, asked, weight, document)

    def _vector(self, query: str) -> "Vector | None":
        """The question as a vector, where it has words and there are vectors to compare it with."""
        if not tokens(query) or not sum(self._meaning(name).refresh() for name in MEANING):
            return None
        return self._encoded(query)

    def _encode(self, query: str) -> "Vector | None":
        encode = self._encoder()
        return None if encode is None else encode(query).vector

    def _meaning(self, collection: str) -> "Meanings":
        if collection not in self._meanings:
            from knowledge.dense import Meanings

            self._meanings[collection] = Meanings(self._connection, collection)
        return self._meanings[collection]


def _together(team: Scores, handbook: Scores, has_a_place: bool) -> Scores:
    """Both collections in one order: the team's own first, the handbook's best third where it has a place."""
    together = team | {row: HANDBOOK_SHARE * score for row, score in handbook.items()}
    if not has_a_place:
        return together
    standing = best(team, HANDBOOK_PLACE - 1)
    for row in best(handbook, 1):
        floor = team[standing[-1]] if len(standing) == HANDBOOK_PLACE - 1 else 0.0
        together[row] = max(together[row], floor - 1e-6)
    return together
