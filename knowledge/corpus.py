"""Documents and passages in the database: what is there, and how it is replaced.

Every change is one transaction that takes the write lock first. Unchanged passages are left alone.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from decision.citation import Passage
from knowledge.cutting import Draft
from knowledge.schema import writing

PASSAGES = (
    "SELECT p.id, p.pid, d.name, p.heading, p.text FROM passages p JOIN documents d ON d.id = p.document_id "
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the corpus. `origin` is the file it was read from, empty for the handbook."""

    name: str
    collection: str
    title: str
    origin: str
    passages: int
    added_at: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What is remembered of a team document, to see whether its file has changed."""

    row: int
    origin: str
    digest: str


class Corpus:
    """The documents and passages of one database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def documents(self) -> list[Document]:
        """Every document, the handbook's first, by name."""
        rows = self._connection.execute(
            "SELECT d.name, d.collection, d.title, d.origin, "
            "(SELECT count(*) FROM passages p WHERE p.document_id = d.id), d.added_at "
            "FROM documents d ORDER BY d.collection, d.name"
        )
        return [Document(*row) for row in rows]

    def passage(self, pid: str) -> Passage | None:
        """The passage of this id; the handbook's, should both have one."""
        row = self._connection.execute(
            PASSAGES + "WHERE p.pid = ? ORDER BY p.collection LIMIT 1", (pid,)
        ).fetchone()
        return Passage(*row[1:]) if row else None

    def asked(self, pid: str) -> str:
        """The further words that a passage is found by, such as the questions it is known to answer."""
        query = "SELECT also FROM passages WHERE pid = ? ORDER BY collection LIMIT 1"
        row = self._connection.execute(query, (pid,)).fetchone()
        return row[0] if row else ""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in their order."""
        found = self._connection.execute(
            PASSAGES + "WHERE p.id IN (SELECT value FROM json_each(?))",  # noqa: S608
            (json.dumps(list(rows)),),
        )
        known = {row: Passage(*columns) for row, *columns in found}
        return [known[row] for row in rows if row in known]

    def passages_of(self, name: str, most: int) -> list[Passage]:
        """The first passages of the document of this name, in its order."""
        rows = self._connection.execute(
            PASSAGES + "WHERE d.name = ? ORDER BY p.position LIMIT ?", (name, most)
        )
        return [Passage(*columns) for _, *columns in rows]

    def is_handbook(self, name: str) -> bool:
        """Whether the handbook has a document of this name, in any case."""
        query = "SELECT 1 FROM documents WHERE collection = 'handbook' AND lower(name) = lower(?)"
        return self._connection.execute(query, (name,)).fetchone() is not None

    def team_document(self, name: str) -> Stored | None:
        """What is stored under this name."""
        row = self._connection.execute(
            "SELECT id, origin, digest FROM documents WHERE collection = 'team' AND name = ?", (name,)
        ).fetchone()
        return Stored(*row) if row else None

    def name_of(self, origin: str) -> str | None:
        """The name under which a file was added last, if it was."""
        row = self._connection.execute(
            "SELECT name FROM documents WHERE collection = 'team' AND origin = ? ORDER BY id DESC LIMIT 1",
            (origin,),
        ).fetchone()
        return row[0] if row else None

    def known_ids(self, name: str) -> dict[str, list[str]]:
        """The digests of a team document's passages with their ids, in order."""
        rows = self._connection.execute(
            "SELECT p.digest, p.pid FROM passages p JOIN documents d ON d.id = p.document_id "
            "WHERE d.collection = 'team' AND d.name = ? ORDER BY p.position",
            (name,),
        )
        known: dict[str, list[str]] = defaultdict(list)
        for digest, pid in rows:
            known[digest].append(pid)
        return known

    def put(self, name: str, title: str, origin: str, digest: str, drafts: Iterable[Draft]) -> int:
        """Add a team document or replace what changed of it; how many passages were written."""
        with writing(self._connection):
            row = self._document("team", name, title, origin, digest)
            written = self._passages("team", row, drafts)
            self._counted("team")
        return written

    def remove(self, name: str) -> int | None:
        """Take a team document away; how many passages it had, or None where there is none."""
        with writing(self._connection):
            stored = self.team_document(name)
            if stored is None:
                return None
            gone = self._connection.execute(
                "DELETE FROM passages WHERE document_id = ?", (stored.row,)
            ).rowcount
            self._connection.execute("DELETE FROM documents WHERE id = ?", (stored.row,))
            self._counted("team")
        return gone

    def handbook_digest(self) -> str:
        """The digest of the handbook that is indexed."""
        found: str = self._connection.execute(
            "SELECT digest FROM collections WHERE name = 'handbook'"
        ).fetchone()[0]
        return found

    def put_handbook(self, digest: str, files: Iterable[tuple[str, str, Sequence[Draft]]]) -> None:
        """Replace the handbook: a name, a title and the passages of each file."""
        with writing(self._connection):
            if self.handbook_digest() == digest:
                return
            names = []
            for name, title, drafts in files:
                self._passages("handbook", self._document("handbook", name, title, "", digest), drafts)
                names.append(name)
            self._connection.execute(
                "DELETE FROM documents WHERE collection = 'handbook' "
                "AND name NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(names),),
            )
            self._connection.execute(
                "DELETE FROM passages WHERE document_id NOT IN (SELECT id FROM documents)"
            )
            self._counted("handbook", digest)

    def _document(self, collection: str, name: str, title: str, origin: str, digest: str) -> int:
        row: int = self._connection.execute(
            "INSERT INTO documents(collection, name, title, origin, digest) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (collection, name) DO UPDATE SET title = excluded.title, origin = excluded.origin, "
            "digest = excluded.digest, added_at = excluded.added_at RETURNING id",
            (collection, name, title, origin, digest),
        ).fetchone()[0]
        return row

    def _passages(self, collection: str, document: int, drafts: Iterable[Draft]) -> int:
        """Write the passages that are new or changed, move those that stand elsewhere, drop the rest."""
        query = "SELECT pid, digest, position, id FROM passages WHERE document_id = ?"
        old = {pid: rest for pid, *rest in self._connection.execute(query, (document,))}
        written = 0
        for position, draft in enumerate(drafts):
            digest, place, row = old.pop(draft.passage.id, (None, None, None))
            content = (draft.passage.heading, draft.passage.text, draft.also, draft.digest, position)
            if digest == draft.digest:
                if place != position:
                    self._connection.execute("UPDATE passages SET position = ? WHERE id = ?", (position, row))
                continue
            written += 1
            if row is not None:
                self._connection.execute(
                    "UPDATE passages SET heading = ?, text = ?, also = ?, digest = ?, position = ? "
                    "WHERE id = ?",
                    (*content, row),
                )
                continue
            self._connection.execute(
                "INSERT INTO passages(heading, text, also, digest, position, collection, document_id, pid) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*content, collection, document, draft.passage.id),
            )
        gone = [(row,) for _, _, row in old.values()]
        self._connection.executemany("DELETE FROM passages WHERE id = ?", gone)
        return written

    def _counted(self, collection: str, digest: str = "") -> None:
        self._connection.execute(
            "UPDATE collections SET version = version + 1, digest = ?, passages = "
            "(SELECT count(*) FROM passages WHERE collection = ?) WHERE name = ?",
            (digest, collection, collection),
        )
