"""Claim rows of a queue by lease, so that several processes share the work and a crash loses none.

Of each thread only the oldest row that is not done may be claimed: one thread is handled in order, by one
worker at a time, and threads in parallel. A row's `free_at` is when it may be claimed (again).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from storage.database import DatabaseFile, Row
from storage.instant import to_text
from storage.records import Place

_FIND = """
    SELECT q.*, t.platform, t.workspace, t.channel, t.key, t.private{more}
    FROM {queue} AS q
    JOIN threads AS t ON t.id = q.thread_id{joined}
    WHERE q.done_at IS NULL AND q.free_at <= :now
        AND (:platform = '' OR t.platform = :platform)
        AND (:thread = '' OR q.thread_id = :thread)
        AND NOT EXISTS (SELECT 1 FROM {queue} AS older
            WHERE older.thread_id = q.thread_id AND older.done_at IS NULL AND older.id < q.id)
    ORDER BY q.id LIMIT 1"""
_MORE = {
    "inbox": {"more": "", "joined": ""},
    "outbox": {
        "more": ", u.key AS turn, i.platform_id, i.author, json_extract(i.body, '$.edits') AS edits, "
        "CASE WHEN i.thread_id = q.thread_id THEN i.draft END AS draft, i.received_at AS asked_at",
        "joined": " LEFT JOIN turns AS u ON u.id = q.turn_id LEFT JOIN inbox AS i ON i.id = u.inbox_id",
    },
}
"""What the outbox knows besides: the turn that wrote the reply, and the message that it answers."""
_TAKE = "UPDATE {queue} SET worker = :worker, free_at = :free, attempts = attempts + 1 WHERE id = :id"
_FREE = (
    "UPDATE {queue} SET worker = '', free_at = :free, error = :error "
    "WHERE id = :id AND attempts = :attempt AND done_at IS NULL"
)
_HELD = (
    "SELECT id, worker, attempts FROM {queue} "
    "WHERE (:thread = '' OR thread_id = :thread) AND done_at IS NULL AND worker <> '' ORDER BY id"
)


IN_DOUBT = 3
"""A row that was under way so often when a process ended may be what ended it."""
APART = 2.0
"""Seconds between such rows, so that each is under way alone, and others do not share its fate again."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The inbox or the outbox, seen as rows to claim."""

    file: DatabaseFile
    name: Literal["inbox", "outbox"]

    def claim(self, worker: str, lease_seconds: float, platform: str = "", thread_id: str = "") -> Row | None:
        """The oldest row that is free, now under lease; None, and nothing written, when there is none."""
        now = self.file.now()
        sql = _FIND.format(queue=self.name, **_MORE[self.name])
        wanted = {"now": to_text(now), "platform": platform, "thread": thread_id}
        if self.file.row(sql, wanted) is None:
            return None
        free = to_text(now + timedelta(seconds=lease_seconds))
        with self.file.transaction(durable=False) as tables:
            row = self.file.row(sql, wanted)
            if row is not None:
                take = {"worker": worker, "free": free, "id": row["id"]}
                tables.execute(_TAKE.format(queue=self.name), take)
        return row

    def take_back(self, ended: Callable[[str], bool], thread_id: str = "") -> None:
        """End the leases of workers that have ended, on a thread's rows or on all: nobody waits for them."""
        held = self.file.rows(_HELD.format(queue=self.name), {"thread": thread_id})
        alone = self.file.now()
        for row in held:
            if not ended(row["worker"]):
                continue
            if row["attempts"] < IN_DOUBT:
                self.free(row["id"], row["attempts"])
            else:
                self.free(row["id"], row["attempts"], alone)
                alone += timedelta(seconds=APART)

    def free(self, row_id: int, attempt: int, free_at: datetime | None = None, error: str = "") -> bool:
        """End a lease: the row may be claimed from `free_at` on, or at once. False: it was not ours."""
        values = {
            "free": to_text(free_at or self.file.now()),
            "error": error,
            "id": row_id,
            "attempt": attempt,
        }
        with self.file.transaction(durable=False) as tables:
            return tables.execute(_FREE.format(queue=self.name), values).rowcount == 1


def place_of(row: Row) -> Place:
    """The place in a row that holds a thread's columns."""
    return Place(row["platform"], row["workspace"], row["channel"], row["key"], bool(row["private"]))
