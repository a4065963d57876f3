"""Claim rows of a queue by lease, so that several processes share the work and a crash loses none.

Of each thread only the oldest row that is not done may be claimed: one thread is handled in order, by one
worker at a time, and threads in parallel. A row's `free_at` is when it may be claimed (again), and whose is
first is claimed first. A row behind another of its thread gets its own when that one is done (`schema_fair`),
so a thread with many rows waits after each of them behind those that came meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from storage.database import DatabaseFile, Row
from storage.instant import from_text, to_text
from storage.records import InLine, Place

_FIND = """
    SELECT {what}, t.platform, t.workspace, t.channel, t.key, t.private
    FROM {queue} AS q
    JOIN threads AS t ON t.id = q.thread_id{joined}
    WHERE q.done_at IS NULL AND q.free_at <= :now
        AND (:platform = '' OR t.platform = :platform)
        AND (:thread = '' OR q.thread_id = :thread)
        AND NOT EXISTS (SELECT 1 FROM {queue} AS older
            WHERE older.thread_id = q.thread_id AND older.done_at IS NULL AND older.id < q.id)
    ORDER BY q.free_at, q.id LIMIT :most"""
_MORE = {
    "inbox": {"what": "q.*", "joined": ""},
    "outbox": {
        "what": "q.*, u.key AS turn, i.platform_id, i.author, json_extract(i.body, '$.edits') AS edits, "
        "CASE WHEN i.thread_id = q.thread_id THEN i.draft END AS draft, i.received_at AS asked_at",
        "joined": " LEFT JOIN turns AS u ON u.id = q.turn_id LEFT JOIN inbox AS i ON i.id = u.inbox_id",
    },
}
"""What the outbox knows besides: the turn that wrote the reply, and the message that it answers."""
_LINE = _FIND.format(queue="inbox", what="q.id, q.platform_id, q.received_at", joined="")
_CLAIM = {queue: _FIND.format(queue=queue, **more) for queue, more in _MORE.items()}
_TAKE = {
    queue: f"UPDATE {queue} SET worker = :worker, free_at = :free, attempts = attempts + 1 WHERE id = :id"  # noqa: S608
    for queue in _MORE
}
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

    def claim(
        self, worker: str, lease_seconds: float, platform: str = "", thread_id: str = "", most: int = 1
    ) -> list[Row]:
        """The rows that are free, `most` at most and each of another thread, now under lease; those that wait
        longest come first. Nothing is written when there is none.
        """
        now = self.file.now()
        sql = _CLAIM[self.name]
        wanted = {"now": to_text(now), "platform": platform, "thread": thread_id, "most": most}
        if self.file.row(sql, {**wanted, "most": 1}) is None:
            return []
        taken = {"worker": worker, "free": to_text(now + timedelta(seconds=lease_seconds))}

        with self.file.transaction(durable=False) as tables:
            rows = self.file.rows(sql, wanted)
            for row in rows:
                tables.execute(_TAKE[self.name], {**taken, "id": row["id"]})
            return rows

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


def line_of(file: DatabaseFile, platform: str, most: int) -> list[InLine]:
    """What waits in the inbox for its turn, in the order in which it comes; of each thread its first row."""
    wanted = {"now": to_text(file.now()), "platform": platform, "thread": "", "most": most}
    return [
        InLine(row["id"], place_of(row), row["platform_id"], from_text(row["received_at"]))
        for row in file.rows(_LINE, wanted)
    ]


def place_of(row: Row) -> Place:
    """The place in a row that holds a thread's columns."""
    return Place(row["platform"], row["workspace"], row["channel"], row["key"], bool(row["private"]))
