"""Search by meaning: a question's vector beside those of the passages, fused with the scores by words."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision.gist import Vector
from knowledge.search import CANDIDATES, Scores, shares
from knowledge.vectors import BYTES_A_VECTOR

PACKAGED = Path(__file__).with_name("handbook.npz")
"""The handbook's vectors by the digest of each passage, as `tests/training/handbook_vectors.py` made them."""

LIKE_ENOUGH = 0.25
"""The cosine from which a passage is found that shares no word with the question."""

Places = NDArray[np.int64]
NO_VECTORS: Vector = np.empty((0, 384), np.float32)
NO_PLACES: Places = np.empty(0, np.int64)

TEAM = (
    "SELECT p.id, d.name, v.vectors FROM vectors v CROSS JOIN passages p "
    "ON p.digest = v.digest AND p.collection = 'team' CROSS JOIN documents d ON d.id = p.document_id"
)
HANDBOOK = (
    "SELECT p.id, d.name, p.digest FROM passages p JOIN documents d ON d.id = p.document_id "
    "WHERE p.collection = 'handbook'"
)


class Meanings:
    """The vectors of one collection in memory: of its passages, and of their sentences where kept."""

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
        """The cosine of each passage with the question, or its mean with that of the best sentence."""
        found: Vector = self._passages @ asked
        if not len(self._starts) or not len(found):
            return found
        nearest = np.maximum.reduceat(self._sentences @ asked, self._starts)
        return np.asarray((found + nearest) / 2, dtype=np.float32)

    def nearest(self, asked: Vector) -> float:
        """How like the question the likest passage is."""
        return float(self.likeness(asked).max(initial=0.0))

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
        known, vectors = packaged()
        found = [row for row in self._connection.execute(HANDBOOK) if row[2] in known]
        self._fill(found, vectors[[known[digest] for _, _, digest in found]], NO_VECTORS, NO_PLACES)

    def _read_team(self) -> None:
        found = self._connection.execute(TEAM).fetchall()
        counts = np.array([len(blob) // BYTES_A_VECTOR for _, _, blob in found], dtype=np.int64)
        every = np.frombuffer(b"".join(blob for _, _, blob in found), dtype="<f2").reshape(-1, 384)
        first = np.cumsum(counts) - counts
        sentences = np.delete(every, first, axis=0).astype(np.float32)
        self._fill(found, every[first].astype(np.float32), sentences, first - np.arange(len(first)))

    def _fill(
        self, found: Sequence[tuple[int, str, Any]], passages: Vector, sentences: Vector, starts: Places
    ) -> None:
        self._rows = [row for row, _, _ in found]
        self._places = {row: at for at, row in enumerate(self._rows)}
        self._documents = np.array([document for _, document, _ in found], dtype=np.str_)
        self._passages, self._sentences, self._starts = passages, sentences, starts


@lru_cache(maxsize=1)
def packaged() -> tuple[dict[str, int], Vector]:
    """The handbook's vectors, and where that of each content stands; none where the file is missing."""
    if not PACKAGED.is_file():
        return {}, NO_VECTORS
    with np.load(PACKAGED) as data:
        digests = {str(digest): at for at, digest in enumerate(data["digests"])}
        return digests, data["vectors"].astype(np.float32)
