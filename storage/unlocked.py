"""The one door through which the log is changed: unlock it, take rows out whole, and lock it again."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.database import DatabaseFile

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_LOCKS = """SELECT name, sql FROM sqlite_master WHERE type = 'trigger'
    AND (name LIKE '%\\_keeps\\_update' ESCAPE '\\' OR name LIKE '%\\_keeps\\_delete' ESCAPE '\\')
    ORDER BY name"""
_REFERENCES = """SELECT t.name AS child, f."from" AS own, f."table" AS parent, f."to" AS theirs
    FROM sqlite_master AS t JOIN pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'"""


@contextmanager
def unlocked(tables: "Tables") -> Iterator[None]:
    """Let the log be changed within the caller's transaction, and lock it again as it was."""
    locks = tables.execute(_LOCKS).fetchall()
    for name, _ in locks:
        tables.execute(f"DROP TRIGGER {name}")
    yield
    for _, lock in locks:
        tables.execute(lock)


@contextmanager
def removing(file: DatabaseFile) -> Iterator["Tables"]:
    """A transaction in which rows of the log can be taken out by `remove`.

    Foreign keys are not checked in it: each check would read whole tables, and `remove` leaves none dangling.
    """
    connection = file.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        with file.transaction() as tables, unlocked(tables):
            yield tables
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def remove(tables: "Tables", table: str, key: str, values: Iterable[str | int]) -> Counter[str]:
    """Take out the rows of a table whose `key` is one of the values, and every row that refers to them.

    What refers to what is asked of the database, so that a table of tomorrow is not forgotten. Gives how
    many rows of each table went.
    """
    rows = _rows(tables, table, key, list(values))
    doomed: dict[str, set[int]] = {}
    references = tables.execute(_REFERENCES).fetchall()
    _gather(tables, references, table, rows, doomed)
    for name, numbers in doomed.items():
        chosen = json.dumps(sorted(numbers))
        tables.execute(f"DELETE FROM {name} WHERE rowid IN (SELECT value FROM json_each(?))", [chosen])  # noqa: S608  # here and below: our own tables
    return Counter({name: len(numbers) for name, numbers in doomed.items()})


def _gather(
    tables: "Tables",
    references: list[tuple[str, str, str, str]],
    table: str,
    rows: set[int],
    doomed: dict[str, set[int]],
) -> None:
    fresh = rows - doomed.setdefault(table, set())
    if not fresh:
        return
    doomed[table] |= fresh
    for child, own, parent, theirs in references:
        if parent == table:
            values = _values(tables, table, theirs, fresh)
            _gather(tables, references, child, _rows(tables, child, own, values), doomed)


def _rows(tables: "Tables", table: str, key: str, values: list[str | int]) -> set[int]:
    sql = f"SELECT rowid FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))"  # noqa: S608
    return {int(number) for (number,) in tables.execute(sql, [json.dumps(values)]).fetchall()}


def _values(tables: "Tables", table: str, key: str, rows: set[int]) -> list[str | int]:
    sql = f"SELECT {key} FROM {table} WHERE rowid IN (SELECT value FROM json_each(?))"  # noqa: S608
    return [value for (value,) in tables.execute(sql, [json.dumps(sorted(rows))]).fetchall()]
