"""One collection's full-text index: words in, scored passages out.

Very common words are left out where a collection is large, so that a search takes bounded time.
"""

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.words import STOP_WORDS, match_any, near_words, stems, telling, tokens

CANDIDATES = 200
MOST_REMEMBERED = 5_000
SMALL_COLLECTION = 2_000
MOST_WORDS_SMALL = 32
MOST_WORDS = 6
"""In a large collection; own words may be half as many again."""
COMMON_SHARE = 0.03
NEAR_WEIGHT = 0.3
"""What a near-synonym counts beside one of the question's own words."""

LITERAL_WEIGHT = 1.0
READ_FOR_PUSH = 5

COLUMN_WEIGHTS = {"handbook": "2.0, 1.0, 3.0", "team": "2.0, 1.0, 0.5"}

Scores = dict[int, float]
"""Row of a passage to how well it fits; higher is better."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words to search for, and what each match of them counts."""

    words: Sequence[str]
    weight: float


def wordings(question: str) -> list[Wording]:
    """The question's own words, and their near-synonyms for less."""
    own = telling(question)
    return [Wording(own, 1.0), Wording(near_words(own), NEAR_WEIGHT)]


def best(scores: Scores, k: int) -> list[int]:
    """The rows with the highest scores, best first; equal ones in the order they were added."""
    return sorted(scores, key=lambda row: (-scores[row], row))[:k]


class Index:
    """The full-text index of one collection."""

    def __init__(self, connection: sqlite3.Connection, collection: str) -> None:
        self._connection = connection
        self._collection = collection
        self._table = f"passages_fts_{collection}"
        self._count_query = f"SELECT doc FROM {self._table}_words WHERE term = ?"  # noqa: S608
        self._counts: dict[str, int] = {}
        self._weights: dict[str, float] = {}
        self._counted: dict[int, dict[str, float]] = {}
        self._version = -1
        self._size = 0

    def refresh(self) -> int:
        """Forget what is remembered if the collection has changed; how many passages it holds."""
        version, size = self._connection.execute(
            "SELECT version, passages FROM collections WHERE name = ?", (self._collection,)
        ).fetchone()
        if version != self._version or len(self._counts) > 50_000:
            self._counts.clear()
            self._weights.clear()
            self._counted.clear()
            self._version, self._size = version, size
        return self._size

    def scores(self, wordings: Sequence[Wording], document: str | None = None) -> Scores:
        """The passages that hold any of the words, each wording counted with its weight."""
        total: Scores = defaultdict(float)
        for wording in wordings:
            for row, score in self._ranked(self._rarest(wording), document):
                total[row] += wording.weight * score
        return dict(total)

    def weight(self, words: Sequence[str]) -> dict[str, float]:
        """How telling each word is here: the rarer, the more."""
        return {word: self._rarity(count) for word, count in self._stood_in(words).items()}

    def stem_weight(self, stem: str) -> float:
        """How telling a word is here whose stem is known."""
        if stem not in self._weights:
            self._weights[stem] = self._rarity(self._count(stem))
        return self._weights[stem]

    def held(self, literal: Scores, own: Sequence[str]) -> float:
        """The share of the question's weight that its best literal match holds, from 0 to 1."""
        return max((self._covered(row, own) for row in best(literal, READ_FOR_PUSH)), default=0.0)

    def pushed(self, scores: Scores, literal: Scores, held: float) -> Scores:
        """The scores with a push for literal matches: the more of the question they hold, the stronger."""
        push = LITERAL_WEIGHT * held**2 / max(literal.values()) if literal else 0.0
        return {row: score + push * literal.get(row, 0.0) for row, score in scores.items()}

    def _covered(self, row: int, words: Sequence[str]) -> float:
        """The share of the words' weight that stands in a passage or in what it is found by, from 0 to 1."""
        known, weight = stems(words), self.weight(words)
        said = {*stems(tokens(f"{self.text(row)}\n{self.asked(row)}")).values()}
        whole = sum(weight.values())
        return sum(weight[word] for word in words if known[word] in said) / whole if whole else 0.0

    def text(self, row: int) -> str:
        """The heading and the words of a passage."""
        heading, text = self._connection.execute(
            "SELECT heading, text FROM passages WHERE id = ?", (row,)
        ).fetchone()
        return f"{heading}\n{text}"

    def counted(self, row: int) -> dict[str, float]:
        """The stems of a passage; the oftener one stands in it, the more, with less for each repetition."""
        if row not in self._counted:
            if len(self._counted) > MOST_REMEMBERED:
                self._counted.clear()
            words = [word for word in tokens(self.text(row)) if word not in STOP_WORDS]
            known = stems(words)
            times = Counter(known[word] for word in words)
            self._counted[row] = {stem: 1 + math.log(count) for stem, count in times.items()}
        return self._counted[row]

    def asked(self, row: int) -> str:
        """The questions that a passage is known to answer."""
        found: str = self._connection.execute("SELECT also FROM passages WHERE id = ?", (row,)).fetchone()[0]
        return found

    def _rarest(self, wording: Wording) -> list[str]:
        """The words that stand here, without the very common ones where the collection is large."""
        counts = self._stood_in(wording.words)
        found = sorted((word for word in wording.words if counts[word]), key=lambda word: counts[word])
        if self._size <= SMALL_COLLECTION:
            return found[:MOST_WORDS_SMALL]
        most = COMMON_SHARE * self._size * wording.weight
        rare = [word for word in found if counts[word] <= most]
        if wording.weight < 1:
            return rare[:MOST_WORDS]
        return (rare or found[:1])[: MOST_WORDS * 3 // 2]

    def _stood_in(self, words: Sequence[str]) -> dict[str, int]:
        """In how many passages each word stands, in any form."""
        return {word: self._count(stem) for word, stem in stems(words).items()}

    def _count(self, stem: str) -> int:
        if stem not in self._counts:
            row = self._connection.execute(self._count_query, (stem,)).fetchone()
            self._counts[stem] = row[0] if row else 0
        return self._counts[stem]

    def _rarity(self, count: int) -> float:
        return math.log(1 + (self._size - count + 0.5) / (count + 0.5))

    def _ranked(self, words: Sequence[str], document: str | None) -> list[tuple[int, float]]:
        if not words:
            return []
        values = (match_any(words), *((self._collection, document) if document is not None else ()))
        return self._connection.execute(self._rank_query(document is not None), values).fetchall()

    def _rank_query(self, within: bool) -> str:
        """The plus sign keeps SQLite from looking every row of a document up in the full-text index."""
        rank = f"bm25({self._table}, {COLUMN_WEIGHTS[self._collection]})"
        inside = (
            "AND +rowid IN (SELECT p.id FROM passages p JOIN documents d ON d.id = p.document_id "
            "WHERE d.collection = ? AND d.name = ?)"
        )
        return (
            f"SELECT rowid, -{rank} FROM {self._table} WHERE {self._table} MATCH ? "  # noqa: S608
            f"{inside if within else ''} ORDER BY {rank} LIMIT {CANDIDATES}"
        )


def shares(scores: Scores, most: float = 1.0) -> Scores:
    """The scores as shares of the best one."""
    top = max(scores.values(), default=0.0)
    return {row: most * score / top for row, score in scores.items()} if top > 0 else {}


def added(one: Scores, other: Scores) -> Scores:
    """Two scores of the same collection as one."""
    return {row: one.get(row, 0.0) + other.get(row, 0.0) for row in one.keys() | other.keys()}
