"""Search by meaning: a question's vector beside those of the passages, fused with the scores by words."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision.gist import Vector
from knowledge.answering import Likeness
from knowledge.search import CANDIDATES, Scores, shares
from knowledge.vectors import BYTES_A_VECTOR

PACKAGED = Path(__file__).with_name("handbook.npz")
"""The handbook's vectors by the digest of each passage, as `tests/training/handbook_vectors.py` made them."""

ROUNDED = 254.0
"""What a packaged vector's parts, none larger than a half, were multiplied with to be kept as bytes."""

LIKE_ENOUGH = 0.25
"""The cosine from which a passage is found that shares no word with the question."""

Places = NDArray[np.int64]
NO_VECTORS: Vector = np.empty((0, 384), np.float32)

TEAM = (
    "SELECT p.id, d.name, v.vectors FROM vectors v CROSS JOIN passages p "
    "ON p.digest = v.digest AND p.collection = 'team' CROSS JOIN documents d ON d.id = p.document_id"
)
HANDBOOK = (
    "SELECT p.id, d.name, p.digest FROM passages p JOIN documents d ON d.id = p.document_id "
    "WHERE p.collection = 'handbook'"
)


class Meanings:
    """The vectors of one collection in memory: of its passages, and of their parts.

    The parts are a team's sentences, and the questions that the handbook is known to answer.
    """

    def __init__(self, connection: sqlite3.Connection, collection: str) -> None:
        self._connection = connection
        self._collection = collection
        self._version = -1
        self._rows: list[int] = []

    def refresh(self) -> int:
        """Read the vectors again if the collection has changed; how many passages have some."""
        query = "SELECT version FROM collections WHERE name = ?"
        version = self._connection.execute(query, (self._collection,)).fetchone()[0]
        if version != self._version:
            if self._collection == "handbook":
                self._read_handbook()
            else:
                self._read_team()
            self._version = version
        return len(self._rows)

    def likeness(self, asked: Vector) -> Vector:
        """The cosine of each passage with the question, and that of its best part, as their mean."""
        whole, part = self._compared(asked)
        return np.asarray((whole + part) / 2, dtype=np.float32)

    def nearest_whole(self, asked: Vector) -> float:
        """How like the question the likest passage is as a whole."""
        return float(np.max(self._passages @ asked, initial=0.0))

    def nearest(self, asked: Vector, most: int) -> list[int]:
        """The rows of the passages likest to the question, best first."""
        return [self._rows[at] for at in np.argsort(-self.likeness(asked), kind="stable")[:most]]

    def likenesses(self, asked: Vector, rows: Sequence[int]) -> dict[int, Likeness]:
        """How like the question each of these passages is; those without vectors are left out."""
        whole, part = self._compared(asked)
        places = {row: self._places[row] for row in rows if row in self._places}
        return {row: Likeness(float(whole[at]), float(part[at])) for row, at in places.items()}

    def _compared(self, asked: Vector) -> tuple[Vector, Vector]:
        """The cosine of each passage with the question, and that of its best part."""
        whole: Vector = self._passages @ asked
        if not len(whole):
            return whole, whole
        part: Vector = np.maximum.reduceat(self._parts @ asked, self._starts)
        return whole, part

    def fused(self, words: Scores, asked: Vector, weight: float, document: str | None = None) -> Scores:
        """Scores by words and by meaning in one, `weight` being that of meaning.

        A passage without vectors counts by its words alone.
        """
        likeness = self.likeness(asked)
        if document is not None:
            likeness = np.where(self._documents == document, likeness, 0.0)
        top = float(likeness.max(initial=0.0))
        if top <= 0.0:
            return words
        near = np.argsort(-likeness)[:CANDIDATES]
        found = {int(self._rows[at]) for at in near if likeness[at] >= LIKE_ENOUGH} | words.keys()
        total = {}
        for row in found:
            score = words.get(row, 0.0)
            at = self._places.get(row)
            meaning = score if at is None else max(float(likeness[at]), 0.0) / top
            total[row] = (1 - weight) * score + weight * meaning
        return shares(total)

    def _read_handbook(self) -> None:
        known = packaged()
        found = [row for row in self._connection.execute(HANDBOOK) if row[2] in known]
        self._keep(found, [known[digest] for _, _, digest in found])

    def _read_team(self) -> None:
        found = self._connection.execute(TEAM).fetchall()
        every = np.frombuffer(b"".join(blob for _, _, blob in found), dtype="<f2").reshape(-1, 384)
        ends = np.cumsum([len(blob) // BYTES_A_VECTOR for _, _, blob in found], dtype=np.int64)
        self._keep(found, np.split(every, ends[:-1]) if found else [])

    def _keep(self, found: Sequence[tuple[int, str, Any]], vectors: Sequence[Any]) -> None:
        """Take each passage's own vector, and those of its parts."""
        self._rows = [row for row, _, _ in found]
        self._places = {row: at for at, row in enumerate(self._rows)}
        self._documents = np.array([document for _, document, _ in found], dtype=np.str_)
        parts = np.array([len(own) - 1 for own in vectors], dtype=np.int64)
        self._starts = np.cumsum(parts) - parts
        self._passages = _stacked([own[:1] for own in vectors])
        self._parts = _stacked([own[1:] for own in vectors])


def _stacked(vectors: Sequence[Any]) -> Vector:
    return np.concatenate(vectors).astype(np.float32) if len(vectors) else NO_VECTORS


@lru_cache(maxsize=1)
def packaged() -> dict[str, Vector]:
    """The handbook's vectors by the digest of each content; none where the file is missing."""
    if not PACKAGED.is_file():
        return {}
    with np.load(PACKAGED) as data:
        every = data["vectors"].astype(np.float32) / ROUNDED
        ends = np.cumsum(data["counts"], dtype=np.int64)
        return dict(zip(map(str, data["digests"]), np.split(every, ends[:-1]), strict=True))
