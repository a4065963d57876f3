"""One database file, used from several threads and processes: a connection a thread, and whole transactions.

Writes go through sqlite-utils, which is loaded by the first of them: reading a message needs no write, and
loading it costs more than all of its reading.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from storage.errors import LOCKED, LockedDatabaseError, explained
from storage.instant import Clock, from_text, to_text
from storage.opening import BUSY_SECONDS, connect, open_file
from storage.syncing import Syncing

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

CLOSES_AFTER = 10.0
"""Seconds that `close` waits for a connection in use."""

Row = sqlite3.Row
"""One row of an answer; its values are read by column name."""


class DatabaseFile:
    """The open database. It may be used from any thread; close it when done, or use it with `with`."""

    def __init__(self, path: Path, now: Clock, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open or create it, with current tables.

        Raises:
            StorageError: the file cannot be used; nothing was changed.
        """
        self.path = path
        self.now = now
        self._busy_seconds = busy_seconds
        self._own = threading.local()
        self._opened: dict[threading.Thread, sqlite3.Connection] = {}
        self._lock = threading.Lock()
        self._in_use = _Uses()
        self._writing = threading.Lock()
        self._keep(open_file(path, now, busy_seconds))
        self._syncing = Syncing(path)

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit; `knowledge` keeps its own tables through it."""
        held: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if held is None:
            with explained(self.path):
                held = self._keep(connect(self.path, self._busy_seconds))
        return held

    @property
    def tables(self) -> "Tables":
        """This thread's connection, as sqlite-utils sees it."""
        held: Tables | None = getattr(self._own, "tables", None)
        if held is None:
            from sqlite_utils import Database

            held = self._own.tables = Database(self.connection, execute_plugins=False)
        return held

    @contextmanager
    def transaction(self, durable: bool = True) -> Iterator["Tables"]:
        """One transaction that holds the write lock from its start: all of it is kept, or nothing. Within
        another of the same thread it is a part of that one.

        A durable one is on the disk when it ends. One that is not may be undone by a power failure, never by
        a kill, and costs no wait for the disk: right for a lease, which runs out anyway.

        Raises:
            StorageError: somebody else kept the lock for too long, or the disk is full or failing.
        """
        if self.connection.in_transaction:
            yield self.tables
            return
        with explained(self.path):
            with self._in_use, self._locked():
                tables = self.tables
                tables.execute("BEGIN IMMEDIATE")
                try:
                    yield tables
                    tables.commit()
                except BaseException:
                    tables.rollback()
                    raise
            if durable:
                self._syncing.wait()

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """All rows that `sql` finds, with `:name` filled in from `values`."""
        with explained(self.path), self._in_use:
            cursor = self.connection.cursor()
            cursor.row_factory = sqlite3.Row
            return cursor.execute(sql, values or {}).fetchall()

    def row(self, sql: str, values: Mapping[str, Any] | None = None) -> Row | None:
        """The first row that `sql` finds."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def rewrite(self) -> bool:
        """Write the file anew without what was deleted, and empty the write-ahead log into it.

        Others can read meanwhile, and not write. False: somebody still reads an older state, which the log
        keeps until they are done.

        Raises:
            StorageError: another process kept the lock for too long, or there is no room for a second copy.
        """
        with explained(self.path), self._in_use:
            self.connection.execute("VACUUM")
        return self.empty_log()

    def empty_log(self) -> bool:
        """Bring the write-ahead log home and empty it. False: somebody still reads an older state in it.

        Litestream always does, so it is not waited for, and neither are those who write.
        """
        with explained(self.path), self._in_use:
            waits: int = self.connection.execute("PRAGMA busy_timeout").fetchone()[0]
            if self.replicated:
                self.connection.execute("PRAGMA busy_timeout = 0")
            try:
                busy: int = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                self.connection.execute(f"PRAGMA busy_timeout = {waits}")
        return not busy

    @property
    def replicated(self) -> bool:
        """Whether Litestream copies this file; it keeps what it needs for that in a folder beside it."""
        return self.path.with_name(f".{self.path.name}-litestream").is_dir()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Within, no other thread writes: SQLite would have it look again and again, and sleep in between."""
        if not self._writing.acquire(timeout=self._busy_seconds):
            raise LockedDatabaseError(LOCKED.format(path=self.path))
        try:
            yield
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close the connections of all threads, once none of them is in use."""
        self._in_use.ended(CLOSES_AFTER)
        with self._lock:
            for connection in self._opened.values():
                connection.close()
            self._opened.clear()
        self._syncing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _keep(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Remember this thread's connection, and close those of threads that have ended."""
        self._own.connection = connection
        with self._lock:
            for thread in [thread for thread in self._opened if not thread.is_alive()]:
                self._opened.pop(thread).close()
            self._opened[threading.current_thread()] = connection
        return connection


class _Uses:
    """Counts what is under way: to close a connection in use ends the whole process."""

    def __init__(self) -> None:
        self._idle = threading.Condition(threading.Lock())
        self._count = 0

    def __enter__(self) -> None:
        with self._idle:
            self._count += 1

    def __exit__(self, *error: object) -> None:
        with self._idle:
            self._count -= 1
            if not self._count:
                self._idle.notify_all()

    def ended(self, seconds: float) -> None:
        """Wait until nothing is under way, for so many seconds at most."""
        with self._idle:
            self._idle.wait_for(lambda: not self._count, seconds)


def insert(tables: "Tables", table: str, **columns: Any) -> int:
    """Add a row and give its number. Moments become text; see `stored`."""
    done = tables.execute(_insertion(table, tuple(columns)), [stored(value) for value in columns.values()])
    return int(done.lastrowid or 0)


@lru_cache
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    """The same text each time, so that SQLite prepares it once; `Table.insert` looks at the table each time,
    which costs several times what the insertion does.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # names of our own


def moment_of(row: Row, column: str) -> datetime | None:
    """The moment in a column that may be empty."""
    return from_text(row[column]) if row[column] else None


def stored(value: Any) -> Any:
    """A value as SQLite keeps it; half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    return value if value is None or isinstance(value, int | float) else to_text(value)
