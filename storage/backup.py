"""Copy the database to a new file while others use it; the copy is checked before it gets its name."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.database import DatabaseFile
from storage.errors import CorruptDatabaseError, StorageError, explained
from storage.records import random_letters


class BackupError(StorageError):
    """The backup could not be made; nothing stands under its name that was not there before."""


def back_up(file: DatabaseFile, target: Path) -> int:
    """Write a complete, checked copy to `target` and give its size in bytes.

    Raises:
        BackupError: `target` exists, or cannot be written.
        CorruptDatabaseError: the copy, and so most likely the database itself, is damaged.
    """
    if os.path.lexists(target):
        raise BackupError(f"{target} exists already; name a new file, or move that one away.")
    try:
        with unfinished(target) as copy:
            copy_whole(file.connection, file.path, copy)
            size = copy.stat().st_size
            _name(copy, target)
    except OSError as error:
        raise BackupError(
            f"The backup {target} cannot be written ({error.strerror}); name a new file in a folder that "
            "exists and that you may write."
        ) from error
    return size


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """An empty file beside `target`, for this user's eyes only, which is gone at the end unless renamed."""
    path = target.with_name(f".{target.name}.{random_letters(6)}")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def copy_whole(source: sqlite3.Connection, path: Path, into: Path) -> None:
    """Copy all pages as of one moment, as a database in a single file, and see that it reaches the disk.

    Raises:
        CorruptDatabaseError: the copy, and so most likely the database at `path` itself, is damaged.
    """
    with explained(into), closing(sqlite3.connect(into, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise CorruptDatabaseError(
            f"The database {path} is damaged ({found}); put an earlier backup in its place, or "
            "recover it with `sqlite3 FILE .recover`."
        )
    with into.open("rb") as written:
        os.fsync(written.fileno())


def _name(unfinished: Path, target: Path) -> None:
    """Give the copy its name in one step, which fails if the name was taken meanwhile."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links, such as a memory stick
        unfinished.rename(target)
