"""What is to be done by itself, once in a while, by whichever process claims it first.

A row says when a duty was done last, who is at it and until when it is theirs. A duty may also be owed: then
it waits to be done, whatever the day.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from storage.database import DatabaseFile, stored
from storage.instant import from_text, to_text

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

EXPIRING = "expiring"
CLEARING = "clearing"

_TAKE = """INSERT INTO duties (name, worker, free_at) VALUES (:name, :worker, :free)
    ON CONFLICT (name) DO UPDATE SET worker = excluded.worker, free_at = excluded.free_at
    WHERE free_at <= :now OR free_at > :free"""
_OWE = """INSERT INTO duties (name, owed_at) VALUES (:name, :now)
    ON CONFLICT (name) DO UPDATE SET owed_at = excluded.owed_at"""
_DONE = """UPDATE duties SET done_at = :now, free_at = '',
        owed_at = CASE WHEN owed_at > :began THEN owed_at END
    WHERE name = :name"""
_OWED = "SELECT 1 FROM duties WHERE name = :name AND owed_at IS NOT NULL"
_FREE = "UPDATE duties SET free_at = '' WHERE name = :name AND worker = :worker"


def owe(tables: "Tables", name: str, now: datetime) -> None:
    """Note, within the caller's transaction, that a duty waits to be done."""
    tables.execute(_OWE, {"name": name, "now": to_text(now)})


class Duties:
    """Claims duties in one database file, from any thread and process."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def last(self, name: str) -> datetime | None:
        """When a duty was done last; None for never."""
        row = self._file.row("SELECT done_at FROM duties WHERE name = :name", {"name": name})
        return from_text(row["done_at"]) if row and row["done_at"] else None

    def owed(self, name: str) -> bool:
        """Whether a duty waits to be done."""
        return self._file.row(_OWED, {"name": name}) is not None

    def claim(self, name: str, worker: str, lease_seconds: float) -> bool:
        """Take a duty for so long; False while it is somebody else's."""
        now = self._file.now()
        values = {
            "name": name,
            "worker": stored(worker),
            "now": to_text(now),
            "free": to_text(now + timedelta(seconds=lease_seconds)),
        }
        with self._file.transaction() as tables:
            return tables.execute(_TAKE, values).rowcount == 1

    def release(self, name: str, worker: str) -> None:
        """Give a duty back, to be gone on with at once."""
        with self._file.transaction() as tables:
            tables.execute(_FREE, {"name": name, "worker": stored(worker)})

    def done(self, name: str, began: datetime) -> None:
        """A duty was done, and what was owed before it `began` is owed no more."""
        values = {"name": name, "now": to_text(self._file.now()), "began": to_text(began)}
        with self._file.transaction() as tables:
            tables.execute(_DONE, values)
