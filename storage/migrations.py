"""Bring the tables up to date, one numbered step a transaction, however many processes start at once."""

import sqlite3
from pathlib import Path

from storage.errors import NewerDatabaseError, NotADatabaseError
from storage.instant import Clock, to_text
from storage.schema import MIGRATIONS

_OURS = ("storage_migrations", "knowledge_migrations")
"""One of these is in every database of this product; one without them belongs to another program."""
_NOT_OURS = "_litestream_"
"""How the tables begin that Litestream keeps in a database, maybe before we made any of our own."""


def version(connection: sqlite3.Connection, path: Path) -> int:
    """The number of the last migration applied; 0 for a database without our tables. Writes nothing.

    Raises:
        NewerDatabaseError: it has migrations that this version does not know.
        NotADatabaseError: it holds the tables of another program.
    """
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in found if not name.startswith(_NOT_OURS)}
    if tables and not tables.intersection(_OURS):
        raise NotADatabaseError(
            f"The database {path} belongs to another program; name another file with SEXTANT_DB."
        )
    if _OURS[0] not in tables:
        return 0
    number: int = connection.execute("SELECT ifnull(max(number), 0) FROM storage_migrations").fetchone()[0]
    if number > len(MIGRATIONS):
        raise NewerDatabaseError(
            f"The database {path} was written by a newer Sextant (its tables have version {number}, this one "
            f"knows {len(MIGRATIONS)}); update Sextant, or name another file with SEXTANT_DB."
        )
    return number


def migrate(connection: sqlite3.Connection, path: Path, now: Clock) -> None:
    """Apply what is missing. Another process that does the same at once is waited for."""
    while version(connection, path) < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            _apply_next(connection, path, now)
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise


def _apply_next(connection: sqlite3.Connection, path: Path, now: Clock) -> None:
    done = version(connection, path)
    if done == len(MIGRATIONS):
        return
    name, statements = MIGRATIONS[done]
    connection.execute(
        "CREATE TABLE IF NOT EXISTS storage_migrations "
        "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT"
    )
    for statement in statements:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO storage_migrations (number, name, applied_at) VALUES (?, ?, ?)",
        (done + 1, name, to_text(now())),
    )
