"""The team's passages as vectors, kept in the database beside the words.

A passage has one vector for itself under its heading and one for each of its sentences. Encoding is slow, so
it is bounded; what has no vectors is found by its words alone. Another encoder needs a migration that empties
the table, for vectors of two encoders do not compare.
"""

import json
import logging
import re
import sqlite3
from collections.abc import Callable
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING

from knowledge.schema import writing

if TYPE_CHECKING:
    from decision.gist import Encode

logger = logging.getLogger(__name__)

MOST_VECTORS = 20_000
"""How many a corpus holds: a search compares a question with every one of them."""

MOST_AT_ONCE = 4_000
MOST_SECONDS = 30.0
"""How much one `catch_up` does, whichever comes first: a text takes 8 ms, or 40 on a busy machine."""

VECTORS_A_WRITE = 400
BYTES_A_VECTOR = 384 * 2
LIST_MARK = re.compile(r"^(?:[-*•–]|\d+[.)])\s+")
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")

Progress = Callable[[int, int], None]
"""Told how many passages are done, of how many."""

MISSING = (
    "FROM passages p JOIN documents d ON d.id = p.document_id "
    "WHERE p.collection = 'team' AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.digest = p.digest) "
)


def views(heading: str, text: str) -> list[str]:
    """What is encoded of a passage: itself under its heading, then each sentence or list item alone."""
    lines = (LIST_MARK.sub("", line) for line in text.split("\n"))
    parts = dict.fromkeys(part for line in lines for part in SENTENCE_END.split(line) if part)
    return [f"{heading}\n{text}", *(parts or [text])]


def handbook_views(heading: str, text: str, asked: str) -> list[str]:
    """What is encoded of a section of the handbook: itself, its heading, each question that it answers."""
    questions = [heading.rsplit(" > ", 1)[-1], *asked.split("\n")]
    return [f"{heading}\n{text}", *dict.fromkeys(filter(None, questions))]


class Vectors:
    """The stored vectors of one database."""

    def __init__(self, connection: sqlite3.Connection, lock: RLock) -> None:
        self._connection = connection
        self._lock = lock

    def catch_up(self, encode: "Encode", most: int = MOST_AT_ONCE, progress: Progress | None = None) -> None:
        """Encode passages that have no vectors, the latest document's first, `most` texts at the most.

        `progress` is told, after each passage, how many are done and how many there are to do.

        The lock is held only while reading and writing, so that searches go on meanwhile.
        """
        with self._lock:
            left = min(most, MOST_VECTORS - self._stored())
            waiting = self._waiting(left)
        made: list[tuple[str, bytes]] = []
        until = monotonic() + MOST_SECONDS
        for done, (digest, heading, text) in enumerate(waiting):
            if progress is not None:
                progress(done, len(waiting))
            texts = views(heading, text)
            left -= len(texts)
            if left < 0 or monotonic() > until:
                break
            made.append((digest, encoded(encode, texts)))
            if sum(len(blob) for _, blob in made) >= VECTORS_A_WRITE * BYTES_A_VECTOR:
                self._write(made)
                made = []
        self._write(made)
        with self._lock:
            rest = self._connection.execute(f"SELECT count(*) {MISSING}").fetchone()[0]
        if rest:
            logger.info(
                "vectors_bounded without=%s most=%s at_once=%s seconds=%s",
                rest,
                MOST_VECTORS,
                most,
                MOST_SECONDS,
            )

    def by_words(self, document: str) -> int:
        """How many passages of a document have no vectors."""
        query = f"SELECT count(*) {MISSING} AND d.name = ?"
        with self._lock:
            found: int = self._connection.execute(query, (document,)).fetchone()[0]
        return found

    def _waiting(self, most: int) -> list[tuple[str, str, str]]:
        """Digest, heading and text of passages without vectors; each content once."""
        if most <= 0:
            return []
        rows = self._connection.execute(
            f"SELECT p.id {MISSING} ORDER BY d.added_at DESC, p.id LIMIT ?",
            (most,),
        ).fetchall()
        found = self._connection.execute(
            "SELECT p.digest, p.heading, p.text FROM json_each(?) wanted "
            "JOIN passages p ON p.id = wanted.value ORDER BY wanted.key",
            (json.dumps([row for (row,) in rows]),),
        ).fetchall()
        return list({digest: (digest, heading, text) for digest, heading, text in found}.values())

    def _stored(self) -> int:
        query = "SELECT ifnull(sum(length(vectors)), 0) FROM vectors"
        size: int = self._connection.execute(query).fetchone()[0]
        return size // BYTES_A_VECTOR

    def _write(self, made: list[tuple[str, bytes]]) -> None:
        """Keep vectors, but for passages that were taken away while they were encoded."""
        if not made:
            return
        with self._lock, writing(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO vectors(digest, vectors) SELECT ?1, ?2 WHERE EXISTS "
                "(SELECT 1 FROM passages WHERE digest = ?1 AND collection = 'team')",
                made,
            )
            self._connection.execute("UPDATE collections SET version = version + 1 WHERE name = 'team'")


def encoded(encode: "Encode", texts: list[str]) -> bytes:
    """The vectors of the texts, one after the other, as half floats."""
    import numpy as np

    return np.array([encode(text).vector for text in texts], dtype="<f2").tobytes()
