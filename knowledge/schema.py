"""The tables of the knowledge index, in the product's own SQLite file beside those of `storage`.

The handbook and the team's documents have an index each: a word's weight comes from how rare it is, and a
hundred thousand team passages must not decide that for the handbook.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

TOKENIZER = "porter unicode61 remove_diacritics 2"


class NewerIndexError(RuntimeError):
    """The database was made by a newer version of Sextant."""


def _index(collection: str) -> list[str]:
    """One collection's full-text index, kept in step by triggers."""
    fts = f"passages_fts_{collection}"
    columns = "rowid, heading, text, also"
    old, new = (f"{row}.id, {row}.heading, {row}.text, {row}.also" for row in ("old", "new"))
    forget = f"INSERT INTO {fts}({fts}, {columns}) VALUES ('delete', {old});"  # noqa: S608
    remember = f"INSERT INTO {fts}({columns}) VALUES ({new});"  # noqa: S608
    return [
        f"CREATE VIRTUAL TABLE {fts} USING fts5(heading, text, also, content='passages', content_rowid='id', "
        f"tokenize='{TOKENIZER}')",
        f"CREATE VIRTUAL TABLE {fts}_words USING fts5vocab({fts}, 'row')",
        f"CREATE TRIGGER {fts}_added AFTER INSERT ON passages WHEN new.collection = '{collection}' "
        f"BEGIN {remember} END",
        f"CREATE TRIGGER {fts}_removed AFTER DELETE ON passages WHEN old.collection = '{collection}' "
        f"BEGIN {forget} END",
        f"CREATE TRIGGER {fts}_changed AFTER UPDATE OF heading, text, also ON passages "
        f"WHEN new.collection = '{collection}' BEGIN {forget} {remember} END",
    ]


FORGET_VECTORS = (
    "WHEN old.collection = 'team' BEGIN DELETE FROM vectors WHERE digest = old.digest AND NOT EXISTS "
    "(SELECT 1 FROM passages WHERE digest = old.digest AND collection = 'team'); END"
)

MIGRATIONS: list[list[str]] = [
    [
        """CREATE TABLE documents (
            id INTEGER PRIMARY KEY,
            collection TEXT NOT NULL CHECK (collection IN ('handbook', 'team')),
            name TEXT NOT NULL,
            title TEXT NOT NULL,
            origin TEXT NOT NULL,
            digest TEXT NOT NULL,
            added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            UNIQUE (collection, name)
        ) STRICT""",
        """CREATE TABLE passages (
            id INTEGER PRIMARY KEY,
            collection TEXT NOT NULL CHECK (collection IN ('handbook', 'team')),
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            pid TEXT NOT NULL,
            position INTEGER NOT NULL,
            heading TEXT NOT NULL,
            text TEXT NOT NULL,
            also TEXT NOT NULL,
            digest TEXT NOT NULL,
            UNIQUE (pid, collection)
        ) STRICT""",
        """CREATE TABLE collections (
            name TEXT PRIMARY KEY,
            passages INTEGER NOT NULL DEFAULT 0,
            version INTEGER NOT NULL DEFAULT 0,
            digest TEXT NOT NULL DEFAULT ''
        ) STRICT""",
        "INSERT INTO collections(name) VALUES ('handbook'), ('team')",
        "CREATE INDEX passages_of_document ON passages(document_id, position)",
        *_index("handbook"),
        *_index("team"),
    ],
    [
        "CREATE TABLE vectors (digest TEXT PRIMARY KEY, vectors BLOB NOT NULL) STRICT",
        "CREATE INDEX passages_by_content ON passages(digest, collection)",
        f"CREATE TRIGGER vectors_removed AFTER DELETE ON passages {FORGET_VECTORS}",
        f"CREATE TRIGGER vectors_outdated AFTER UPDATE OF digest ON passages {FORGET_VECTORS}",
    ],
]


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that takes the write lock at its start, so that two processes take turns."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date; another process that does the same at once is waited for."""
    if _version(connection) == len(MIGRATIONS):
        return
    with writing(connection):
        connection.execute(
            "CREATE TABLE IF NOT EXISTS knowledge_migrations (version INTEGER PRIMARY KEY, "
            "applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))) STRICT"
        )
        for version in range(_version(connection), len(MIGRATIONS)):
            for statement in MIGRATIONS[version]:
                connection.execute(statement)
            connection.execute("INSERT INTO knowledge_migrations(version) VALUES (?)", (version + 1,))


def _version(connection: sqlite3.Connection) -> int:
    present = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'knowledge_migrations'").fetchone()
    if not present:
        return 0
    version: int = connection.execute("SELECT ifnull(max(version), 0) FROM knowledge_migrations").fetchone()[
        0
    ]
    if version > len(MIGRATIONS):
        raise NewerIndexError(
            f"the database's knowledge tables have version {version}, this Sextant knows {len(MIGRATIONS)}; "
            "update Sextant or use another database"
        )
    return version
