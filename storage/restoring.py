"""Put a backup in the database's place, in one step; what stood there is kept beside it."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from storage.backup import copy_whole, unfinished
from storage.errors import NotADatabaseError, StorageError, explained
from storage.instant import Clock
from storage.migrations import version
from storage.opening import MAGIC

_BESIDE = ("-wal", "-shm")


class RestoreError(StorageError):
    """The backup was not put in the database's place; what stood there still does."""


def put_back(backup: Path, database: Path, now: Clock) -> Path | None:
    """Put a checked copy of `backup` in the place of `database`.

    Gives where the database is kept that stood there, or None when there was none. The next start brings the
    tables up to date.

    Raises:
        StorageError: nothing was changed: the backup is missing, damaged, newer or no database of ours, or
            the database is in use.
    """
    if not backup.is_file():
        raise RestoreError(f"There is no backup {backup}; name a file that `sextant backup` wrote.")
    if database.exists() and backup.samefile(database):
        raise RestoreError(f"{backup} is the database itself; name a backup of it.")
    try:
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with unfinished(database) as copy:
            _copy(backup, copy)
            kept = _set_aside(database, now()) if database.exists() else None
            copy.replace(database)
    except OSError as error:
        raise RestoreError(
            f"The database {database} cannot be written ({error.strerror}); give this user write access to "
            "its folder."
        ) from error
    return kept


def _copy(backup: Path, into: Path) -> None:
    where = f"{backup.absolute().as_uri()}?mode=ro"
    with explained(backup), closing(sqlite3.connect(where, uri=True, isolation_level=None)) as source:
        if version(source, backup) == 0:
            raise NotADatabaseError(f"{backup} is no backup of Sextant's; name a file that it wrote.")
        copy_whole(source, backup, into)


def _set_aside(database: Path, at: datetime) -> Path:
    """Keep the database under another name, and leave it under its own too where the disk can."""
    kept = database.with_name(f"{database.name}.before-{at:%Y%m%dT%H%M%SZ}")
    if os.path.lexists(kept):
        raise RestoreError(f"{kept} exists already; move it away and try again.")
    with database.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:  # of another file SQLite would delete the log unread
            _fold(database)
    for end in _BESIDE:  # of a damaged one; beside the new one they would damage it too
        log = database.with_name(database.name + end)
        if log.exists():
            log.rename(kept.with_name(kept.name + end))
    try:
        os.link(database, kept)
    except OSError:  # a disk without hard links, such as a memory stick
        database.rename(kept)
    return kept


def _fold(database: Path) -> None:
    """Bring the write-ahead log home, which only the last one who uses the database can."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as last:
        try:
            last.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise RestoreError(
                    f"The database {database} is in use; stop Sextant and what replicates it, then try again."
                ) from error
