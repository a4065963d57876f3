"""What is to be said: written in the turn's transaction, delivered in order, retried until it stands."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from storage.database import DatabaseFile, Row, stored
from storage.instant import from_text, to_text
from storage.leases import Queue, place_of
from storage.records import NEW, Sending

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_DELIVERED = (
    "UPDATE outbox SET done_at = :now, platform_message_id = :message, error = '' "
    "WHERE id = :id AND done_at IS NULL"
)
_OPENED = f"UPDATE OR IGNORE threads SET key = :key WHERE id = :id AND key LIKE '{NEW}%'"  # noqa: S608  # our own word
_DEAD = (
    "UPDATE outbox SET done_at = :now, dead = 1, error = :error "
    "WHERE id = :id AND attempts = :attempt AND done_at IS NULL"
)

_UNPLACED = (
    "UPDATE outbox SET done_at = :now, dead = 1, error = :error WHERE thread_id = :thread AND done_at IS NULL"
)


class Outbox:
    """Replies that wait for their delivery."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._queue = Queue(file, "outbox")

    def claim(
        self, worker: str, lease_seconds: float, platform: str = "", thread_id: str = ""
    ) -> Sending | None:
        """The reply that waits longest, of a thread in which no other is being delivered; None when idle.

        It is ours for `lease_seconds`; then anyone may claim it again. `platform` and `thread_id` narrow it.
        """
        rows = self._queue.claim(worker, lease_seconds, platform, thread_id)
        return _sending(rows[0]) if rows else None

    def claim_many(self, worker: str, lease_seconds: float, platform: str, most: int) -> list[Sending]:
        """So many replies at most, each of another thread."""
        return [_sending(row) for row in self._queue.claim(worker, lease_seconds, platform, most=most)]

    def take_back(self, ended: Callable[[str], bool], thread_id: str = "") -> None:
        """End the leases of workers that have ended, on a thread's rows or on all."""
        self._queue.take_back(ended, thread_id)

    def delivered(self, sending: Sending, platform_message_id: str) -> bool:
        """It stands on the platform, whoever's lease it is by now. False: that was known before."""
        return self.delivered_many([(sending, platform_message_id)])[0]

    def delivered_many(self, several: Sequence[tuple[Sending, str]]) -> list[bool]:
        """The same for several at once, each with its id on the platform."""
        # If a power failure undoes this, the platform is asked before the reply is said again.
        with self._file.transaction(durable=False) as tables:
            return [self._note(tables, *one) for one in several]

    def _note(self, tables: "Tables", sending: Sending, platform_message_id: str) -> bool:
        message = stored(platform_message_id)
        values = {"now": to_text(self._file.now()), "message": message, "id": sending.id}
        fresh: bool = tables.execute(_DELIVERED, values).rowcount == 1
        if fresh and sending.place.key.startswith(NEW):
            tables.execute(_OPENED, {"key": message, "id": sending.thread_id})
        return fresh

    def failed(self, sending: Sending, error: str, retry_at: datetime) -> bool:
        """Try again from `retry_at` on; the thread's later replies wait. False: the lease was lost."""
        return self._queue.free(sending.id, sending.attempt, retry_at, stored(error))

    def dead(self, sending: Sending, error: str) -> bool:
        """Never try again, and let the thread's later replies pass. False: the lease was lost.

        What was to follow in a thread that this post was to open has no place either.
        """
        values = {
            "now": to_text(self._file.now()),
            "error": stored(error),
            "id": sending.id,
            "attempt": sending.attempt,
        }
        with self._file.transaction() as tables:
            ours = tables.execute(_DEAD, values).rowcount == 1
            if ours and sending.place.key.startswith(NEW):
                tables.execute(_UNPLACED, {**values, "thread": sending.thread_id})
            return ours


def _sending(row: Row) -> Sending:
    return Sending(
        id=row["id"],
        attempt=row["attempts"] + 1,
        thread_id=row["thread_id"],
        place=place_of(row),
        turn=row["turn"] or "",
        body=row["body"],
        queued_at=from_text(row["queued_at"]),
        answers_to=row["platform_id"] or "",
        author=row["author"] or "",
        edits=row["edits"] or "",
        draft=row["draft"],
        asked_at=from_text(row["asked_at"]) if row["asked_at"] else None,
    )
