"""How much waits in the two queues, by platform: quick to ask, whatever else the log holds."""

from dataclasses import dataclass
from typing import Literal

from storage.database import DatabaseFile
from storage.instant import from_text

_WAITING = """SELECT 'inbox' AS queue, platform, count(*) AS n, min(received_at) AS since
    FROM inbox INDEXED BY inbox_in_line WHERE done_at IS NULL GROUP BY platform
    UNION ALL SELECT 'outbox', t.platform, count(*), min(o.queued_at)
    FROM outbox AS o INDEXED BY outbox_in_line JOIN threads AS t ON t.id = o.thread_id
    WHERE o.done_at IS NULL GROUP BY t.platform"""
"""Through the indexes of what is not done, so that what is done costs nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows of a queue wait on a platform, and how long the oldest of them does."""

    queue: Literal["inbox", "outbox"]
    platform: str
    count: int
    oldest_seconds: float


class Queues:
    """Reads one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def waiting(self) -> list[Waiting]:
        """What waits. Nothing is told of a platform on which nothing does."""
        now = self._file.now()
        return [
            Waiting(
                row["queue"],
                row["platform"],
                row["n"],
                max((now - from_text(row["since"])).total_seconds(), 0.0),
            )
            for row in self._file.rows(_WAITING)
        ]
