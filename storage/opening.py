"""Open the database file, or say in one sentence why it cannot be used, and then leave it as it was."""

import os
import sqlite3
import time
from pathlib import Path

from storage.errors import (
    CORRUPT,
    LOCKED,
    NOT_A_DATABASE,
    READ_ONLY,
    CorruptDatabaseError,
    LockedDatabaseError,
    NotADatabaseError,
    ReadOnlyDatabaseError,
    UnusablePathError,
    explained,
)
from storage.instant import Clock
from storage.migrations import migrate, version
from storage.schema import MIGRATIONS

BUSY_SECONDS = 5.0
"""How long to wait for another process that writes."""

MAGIC = b"SQLite format 3\x00"
"""How every SQLite database begins."""


def connect(path: Path, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection with this product's pragmas, outside of any transaction.

    It may be closed, but not used, by another thread than the one that opened it.
    """
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is taken out is overwritten; see `clearing`
    connection.execute("PRAGMA synchronous = NORMAL")  # what must be on the disk waits for it in `syncing`
    return connection


def open_file(path: Path, now: Clock, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Open or create the database and bring its tables up to date; a current one is only read.

    Raises:
        StorageError: it cannot be used; nothing was changed.
    """
    with explained(path):
        try:
            _make_room(path)
            _check(path)
        except PermissionError as error:  # not even its folder may be looked into
            raise ReadOnlyDatabaseError(READ_ONLY.format(path=path)) from error
        connection = connect(path, busy_seconds)
        try:
            done = version(connection, path)
            if done < len(MIGRATIONS) or not _uses_wal(connection):  # a backup has no write-ahead log
                _use_wal(connection, path, busy_seconds)
                migrate(connection, path, now)
        except BaseException:
            connection.close()
            raise
    return connection


def _make_room(path: Path) -> None:
    """Make the folder and the empty file, for this user's eyes only: the log holds people's words."""
    if path.is_dir():
        raise UnusablePathError(f"{path} is a folder; name a file in it instead, such as {path}/sextant.db.")
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except PermissionError as error:
        raise ReadOnlyDatabaseError(
            f"The database {path} cannot be made, because its folder may not be written; "
            "give this user write access to it, or name another file with SEXTANT_DB."
        ) from error
    except OSError as error:
        raise UnusablePathError(
            f"The database {path} cannot be made ({error.strerror}); name another file with SEXTANT_DB."
        ) from error


def _check(path: Path) -> None:
    """What SQLite would find out late, or only after it had written."""
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK):
        raise ReadOnlyDatabaseError(READ_ONLY.format(path=path))
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        return
    if not header.startswith(MAGIC):
        raise NotADatabaseError(NOT_A_DATABASE.format(path=path))
    if len(header) < 100 or _is_cut_short(path, header):
        raise CorruptDatabaseError(CORRUPT.format(path=path, error="the file is cut short"))


def _is_cut_short(path: Path, header: bytes) -> bool:
    """Whether pages are missing. While a write-ahead log stands beside the file, its size says nothing."""
    page_size = int.from_bytes(header[16:18])
    pages = int.from_bytes(header[28:32])
    if path.with_name(path.name + "-wal").exists():
        return False
    return path.stat().st_size < pages * (65536 if page_size == 1 else page_size)


def _uses_wal(connection: sqlite3.Connection) -> bool:
    mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return mode == "wal"


def _use_wal(connection: sqlite3.Connection, path: Path, busy_seconds: float) -> None:
    """Switch to write-ahead logging. SQLite does not wait for others here, so we do."""
    give_up = time.monotonic() + busy_seconds
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            if time.monotonic() > give_up:
                raise LockedDatabaseError(LOCKED.format(path=path)) from error
            time.sleep(0.01)
            continue
        if mode != "wal":
            raise UnusablePathError(
                f"The database {path} lies on a disk that several programs cannot share safely; "
                "name a file on a local disk with SEXTANT_DB."
            )
        return
