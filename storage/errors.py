"""What can go wrong with the database, each as one sentence that says what happened and how to mend it.

`bot` shows these texts to people as they are, and never sees an error of SQLite itself.
"""

import sqlite3
from pathlib import Path


class StorageError(Exception):
    """The database cannot be used; the text says what happened and how to mend it."""


class UnusablePathError(StorageError):
    """The path cannot hold a database: it is a folder, or its folder cannot be made."""


class NotADatabaseError(StorageError):
    """The file is something else: not SQLite, or the database of another program."""


class CorruptDatabaseError(StorageError):
    """The file is a database whose content is damaged."""


class NewerDatabaseError(StorageError):
    """The database was written by a newer version of Sextant."""


class LockedDatabaseError(StorageError):
    """Another program kept the database locked for longer than we wait."""


class ReadOnlyDatabaseError(StorageError):
    """The file or its folder may not be written."""


class FullDiskError(StorageError):
    """There is no room left on the disk."""


class LeaseLostError(Exception):
    """The lease of a row ran out and somebody else took the row; what was about to be written was not."""


class AlreadyDecidedError(Exception):
    """The verdict was logged before; a change of mind is a review, or a new verdict."""


class AlreadyAskedError(Exception):
    """How a decision turned out was asked before, as often as this."""


class MeanwhileError(Exception):
    """Somebody said something about a decision since it was shown; what was about to be written was not."""


class UnknownRowError(LookupError):
    """A decision, turn or thread is named that the log does not hold."""


LOCKED = "The database {path} is locked by another program; close that program or try again in a moment."
READ_ONLY = "The database {path} may not be written; give this user write access to the file and its folder."
NOT_A_DATABASE = "The file {path} is not an SQLite database; name another file with SEXTANT_DB."
CORRUPT = (
    "The database {path} is damaged ({error}); put a backup in its place, or recover it with "
    "`sqlite3 FILE .recover`."
)

_KINDS: dict[int, tuple[type[StorageError], str]] = {
    sqlite3.SQLITE_BUSY: (LockedDatabaseError, LOCKED),
    sqlite3.SQLITE_LOCKED: (LockedDatabaseError, LOCKED),
    sqlite3.SQLITE_NOTADB: (NotADatabaseError, NOT_A_DATABASE),
    sqlite3.SQLITE_CORRUPT: (CorruptDatabaseError, CORRUPT),
    sqlite3.SQLITE_READONLY: (ReadOnlyDatabaseError, READ_ONLY),
    sqlite3.SQLITE_PERM: (ReadOnlyDatabaseError, READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: (
        UnusablePathError,
        "The database {path} cannot be opened; check that its folder exists and that this user may use it.",
    ),
    sqlite3.SQLITE_FULL: (
        FullDiskError,
        "There is no room to write the database {path}; free some space on its disk.",
    ),
    sqlite3.SQLITE_IOERR: (
        StorageError,
        "The disk failed while the database {path} was in use ({error}); check the disk, then try again.",
    ),
}


class explained:  # read as a word in front of a block
    """Turn SQLite's errors about the file into a `StorageError`; errors in our own SQL pass unchanged."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.DatabaseError):
            known = _KINDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            if known is not None:
                made, text = known
                raise made(text.format(path=self._path, error=error)) from error
