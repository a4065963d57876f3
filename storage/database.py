"""One database file, used from several threads and processes: a connection a thread, and whole transactions.

sqlite-utils does the writing and is loaded by the first write: reading a message needs no write, and loading
it costs more than all of its reading.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from storage.errors import explained
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
        self._idle = threading.Condition()
        self._users = 0
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
        """One transaction that holds the write lock from its start: all of it is kept, or nothing.

        A durable one is on the disk when it ends. One that is not may be undone by a power failure, never by
        a kill, and costs no wait for the disk: right for a lease, which runs out anyway.

        Raises:
            StorageError: another process kept the lock for too long, or the disk is full or failing.
        """
        with explained(self.path):
            with self._in_use():
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
        with explained(self.path), self._in_use():
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
        with explained(self.path), self._in_use():
            self.connection.execute("VACUUM")
        return self.empty_log()

    def empty_log(self) -> bool:
        """Bring the write-ahead log home and empty it. False: somebody still reads an older state in it.

        Litestream always does, so it is not waited for, and neither are those who write.
        """
        with explained(self.path), self._in_use():
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
    def _in_use(self) -> Iterator[None]:
        """Within, `close` waits: to close a connection in use ends the whole process."""
        with self._idle:
            self._users += 1
        try:
            yield
        finally:
            with self._idle:
                self._users -= 1
                self._idle.notify_all()

    def close(self) -> None:
        """Close the connections of all threads, once none of them is in use."""
        with self._idle:
            self._idle.wait_for(lambda: not self._users, CLOSES_AFTER)
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


def insert(tables: "Tables", table: str, **columns: Any) -> int:
    """Add a row and give its number. Moments become text; see `stored`."""
    found = tables.table(table).insert({name: stored(value) for name, value in columns.items()})
    return int(found.last_rowid or 0)


def moment_of(row: Row, column: str) -> datetime | None:
    """The moment in a column that may be empty."""
    return from_text(row[column]) if row[column] else None


def stored(value: Any) -> Any:
    """A value as SQLite keeps it; half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value if value is None or isinstance(value, int | float) else to_text(value)
