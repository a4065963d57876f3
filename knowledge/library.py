"""Everything that may be cited, behind one door: the handbook, a team's documents, search and citations."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from decision.citation import Citation, Passage
from knowledge import handbook
from knowledge.answering import Answer, Candidate, Question, answered
from knowledge.corpus import Corpus, Document
from knowledge.importing import Report, add_path
from knowledge.schema import migrate
from knowledge.scoring import Scoring
from knowledge.search import Scores, best
from knowledge.vectors import MOST_AT_ONCE, Progress, Vectors

if TYPE_CHECKING:
    from decision.gist import Encode

READ_FOR_ANSWER = 16
NEAREST_FOR_ANSWER = 4
"""Read besides, because a question of common words finds much by its words."""


class UnknownPassageError(LookupError):
    """No passage has this id."""


class UnknownDocumentError(LookupError):
    """No document has this name."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that fits a question. The score runs to 1 and compares within one search only."""

    passage: Passage
    score: float


class Library:
    """The corpus in one SQLite file. Safe for several threads and several processes."""

    def __init__(
        self, database: sqlite3.Connection | Path | str, encoder: "Callable[[], Encode | None] | None" = None
    ) -> None:
        """Open the corpus, make its tables if need be, and index the handbook if it has changed.

        A connection that is handed in must not be inside a transaction, and is closed by its owner.
        `encoder` is called when vectors are first needed; where it gives None, words alone are compared.
        """
        self._lock = RLock()
        self._encoder = lru_cache(maxsize=1)(encoder or _packaged_encoder)
        self._owned = not isinstance(database, sqlite3.Connection)
        self._connection = database if isinstance(database, sqlite3.Connection) else _opened(database)
        self._corpus = Corpus(self._connection)
        migrate(self._connection)
        self._index_handbook()
        self._vectors = Vectors(self._connection, self._lock)
        self._scoring = Scoring(self._connection, self._encoder)

    def close(self) -> None:
        """Close the database, if it was opened here."""
        if self._owned:
            self._connection.close()

    def add(
        self, path: Path | str, name: str | None = None, progress: Progress | None = None
    ) -> list[Report]:
        """Take in a file or a folder of the team. Never raises for what a file holds: the reports say it.

        `progress` is told how many passages are encoded, of how many.
        """
        with self._lock:
            reports = add_path(self._corpus, Path(path), name)
        if any(report.document for report in reports):
            self.catch_up(progress=progress)
        return [
            replace(report, by_words=self._vectors.by_words(report.document)) if report.document else report
            for report in reports
        ]

    def catch_up(self, most: int = MOST_AT_ONCE, progress: Progress | None = None) -> None:
        """Encode up to `most` texts of passages that have no vectors yet; another call goes on from there."""
        encode = self._encoder()
        if encode is not None:
            self._vectors.catch_up(encode, most, progress)

    def documents(self) -> list[Document]:
        """Every document, the handbook's first, by name."""
        with self._lock:
            return self._corpus.documents()

    def passages_of(self, name: str, most: int) -> list[Passage]:
        """The first passages of a document, in its order."""
        with self._lock:
            return self._corpus.passages_of(name, most)

    def remove(self, name: str) -> int:
        """Take a team document away; how many passages it had. The handbook stays."""
        with self._lock:
            gone = self._corpus.remove(name)
            if gone is not None:
                return gone
            if self._corpus.is_handbook(name):
                raise UnknownDocumentError(f"{name!r} belongs to the handbook, which cannot be removed")
            raise UnknownDocumentError(f"no document is named {name!r}")

    def passage(self, pid: str) -> Passage | None:
        """The passage of this id, if there is one."""
        with self._lock:
            return self._corpus.passage(pid)

    def cite(self, pid: str, quote: str) -> Citation:
        """The quote as proof. Raises when there is no such passage or the quote does not stand in it."""
        passage = self.passage(pid)
        if passage is None:
            raise UnknownPassageError(f"no passage has the id {pid!r}")
        return Citation(passage, quote)

    def search(self, query: str, k: int = 5, document: str | None = None) -> list[Hit]:
        """The `k` passages that fit best, from everywhere or from one document. No input makes it fail."""
        with self._lock:
            return self._hits(self._scores(query, document), k)

    def answer(self, question: str) -> Answer | None:
        """Up to three sentences that answer the question, or None: the guidance does not say."""
        with self._lock:
            scores = self._scores(question, None)  # first: it takes in how often each word stands there
            asked = Question(question, self._scoring.handbook.weight)
            rows = [*best(scores, READ_FOR_ANSWER), *self._scoring.nearest(question, NEAREST_FOR_ANSWER)]
            near = self._scoring.likenesses(question, rows)
            candidates = [
                Candidate(passage, self._corpus.asked(passage.id), scores.get(row, 0.0), near.get(row))
                for row, passage in self._passages(dict.fromkeys(rows))
            ]
            return answered(asked, candidates)

    def _scores(self, query: str, document: str | None) -> Scores:
        if document is None:
            return self._scoring.everywhere(query)
        collection = "team" if self._corpus.team_document(document) else "handbook"
        return self._scoring.within(query, document, collection)

    def _hits(self, scores: Scores, k: int) -> list[Hit]:
        return [
            Hit(passage, round(scores[row], 4)) for row, passage in self._passages(best(scores, max(k, 0)))
        ]

    def _passages(self, rows: Iterable[int]) -> list[tuple[int, Passage]]:
        wanted = list(rows)
        return list(zip(wanted, self._corpus.passages(wanted), strict=True))

    def _index_handbook(self) -> None:
        current = handbook.digest()
        if self._corpus.handbook_digest() == current:
            return
        files = handbook.read_handbook()
        self._corpus.put_handbook(
            current,
            [(file.id, file.title, [section.draft() for section in file.sections]) for file in files],
        )


def _opened(database: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(database, timeout=5.0, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _packaged_encoder() -> "Encode | None":
    from knowledge.encoder import load

    encoder = load()
    return None if encoder is None else encoder.encode
