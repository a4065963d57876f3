"""Everything that may be cited, behind one door: the handbook, a team's documents, search and citations."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from decision.citation import Citation, Passage
from knowledge import handbook
from knowledge.answering import Answer, Candidate, Question, answered
from knowledge.bridge import Bridge
from knowledge.corpus import Corpus, Document
from knowledge.importing import Report, add_path
from knowledge.schema import migrate
from knowledge.search import Index, Scores, Wording, added, best, shares, wordings
from knowledge.words import telling

HANDBOOK_SHARE = 0.6
"""What the handbook's best passage counts beside the best of a team's own documents."""


HANDBOOK_PLACE = 3
READ_FOR_ANSWER = 16


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

    def __init__(self, database: sqlite3.Connection | Path | str) -> None:
        """Open the corpus, make its tables if need be, and index the handbook if it has changed.

        A connection that is handed in must not be inside a transaction, and is closed by its owner.
        """
        self._lock = RLock()
        self._owned = not isinstance(database, sqlite3.Connection)
        self._connection = database if isinstance(database, sqlite3.Connection) else _opened(database)
        self._corpus = Corpus(self._connection)
        migrate(self._connection)
        self._index_handbook()
        self._handbook = Index(self._connection, "handbook")
        self._team = Index(self._connection, "team")

    def close(self) -> None:
        """Close the database, if it was opened here."""
        if self._owned:
            self._connection.close()

    def add(self, path: Path | str, name: str | None = None) -> list[Report]:
        """Take in a file or a folder of the team. Never raises for what a file holds: the reports say it."""
        with self._lock:
            return add_path(self._corpus, Path(path), name)

    def documents(self) -> list[Document]:
        """Every document, the handbook's first, by name."""
        with self._lock:
            return self._corpus.documents()

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
            words, scores = telling(question), self._scores(question, None)
            asked = Question(words, self._handbook.weight(words))
            candidates = [
                Candidate(hit.passage, self._corpus.asked(hit.passage.id), hit.score)
                for hit in self._hits(scores, READ_FOR_ANSWER)
            ]
            return answered(asked, candidates)

    def _scores(self, query: str, document: str | None) -> Scores:
        """How well passages fit, as shares of the best one."""
        size, words = self._team.refresh(), wordings(query)
        self._handbook.refresh()
        own = words[0].words
        if document is not None and self._corpus.team_document(document) is None:
            return self._in_handbook(words, document)[1]
        found, handbook = self._in_handbook(words)
        if not size:
            return handbook
        bridge = Bridge(self._handbook, found, own)
        literal = self._team.scores(words[:1], document)
        rest = self._team.scores([*words[1:], bridge.lent()], document)
        lifted = bridge.lifted(self._team, added(literal, rest))
        team = shares(self._team.pushed(lifted, literal, own))
        return team if document is not None else _together(team, handbook)

    def _in_handbook(self, words: Sequence[Wording], document: str | None = None) -> tuple[Scores, Scores]:
        """The handbook's scores, by all words and then as shares with a push for literal matches."""
        literal = self._handbook.scores(words[:1], document)
        found = added(literal, self._handbook.scores(words[1:], document))
        return found, shares(self._handbook.pushed(shares(found), literal, words[0].words))

    def _hits(self, scores: Scores, k: int) -> list[Hit]:
        rows = best(scores, max(k, 0))
        passages = self._corpus.passages(rows)
        return [Hit(passage, round(scores[row], 4)) for row, passage in zip(rows, passages, strict=True)]

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


def _together(team: Scores, handbook: Scores) -> Scores:
    """Both collections in one order: the team's own first, the handbook's best third at the latest."""
    together = team | {row: HANDBOOK_SHARE * score for row, score in handbook.items()}
    standing = best(team, HANDBOOK_PLACE - 1)
    for row in best(handbook, 1):
        floor = team[standing[-1]] if len(standing) == HANDBOOK_PLACE - 1 else 0.0
        together[row] = max(together[row], floor - 1e-6)
    return together
