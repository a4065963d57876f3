"""What came in: kept under the platform's own id before it is acknowledged, and handled once."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from storage.bodies import to_json
from storage.database import DatabaseFile, Row, insert, stored
from storage.instant import from_text, to_text
from storage.leases import Queue, line_of, place_of
from storage.records import EDITED, Claimed, Incoming, InLine, Place
from storage.threads import find_or_open

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_SEEN = "SELECT 1 FROM inbox WHERE platform = :platform AND workspace = :workspace AND platform_id = :id"
_NEWEST = f"""SELECT text FROM inbox WHERE platform = :platform AND workspace = :workspace
    AND (platform_id = :id OR (platform_id >= :id || '{EDITED}' AND platform_id < :id || '{EDITED[:-1]};'))
    ORDER BY id DESC LIMIT 1"""  # noqa: S608  # our own word
_TRY_AGAIN = (
    "UPDATE inbox SET platform_id = 'failed:' || id "
    "WHERE platform = :platform AND workspace = :workspace AND platform_id = :id AND kind = 'tap' "
    "AND done_at IS NOT NULL AND (error <> '' OR EXISTS (SELECT 1 FROM turns AS t "
    "JOIN outbox AS o ON o.turn_id = t.id WHERE t.inbox_id = inbox.id "
    """AND instr(o.body, '"kind":"failed"')))"""
)
"""A tap has the same id each time; one that went wrong gives it up, as people are asked to try again."""
_OURS = "WHERE id = :id AND attempts = :attempt AND done_at IS NULL"
_PUT_BACK = f"UPDATE inbox SET worker = '', free_at = :free, attempts = attempts - 1 {_OURS}"  # noqa: S608
_RENEW = f"UPDATE inbox SET free_at = :free {_OURS}"  # noqa: S608
_GIVE_UP = (
    "UPDATE inbox SET done_at = :now, error = :error "
    "WHERE id = :id AND attempts = :attempt AND done_at IS NULL"
)
_NOTE_DRAFT = "UPDATE inbox SET draft = :draft WHERE id = :id AND attempts = :attempt AND done_at IS NULL"
_BEGIN_DRAFT = (
    "UPDATE inbox SET draft = '' WHERE id = :id AND attempts = :attempt AND done_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM outbox WHERE thread_id = inbox.thread_id AND done_at IS NULL)"
)
_DRAFTS = "SELECT draft FROM inbox WHERE thread_id = :thread AND draft <> ''"
_UNANSWERED = (
    "SELECT 1 FROM inbox AS i WHERE id = :id AND done_at IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM turns WHERE inbox_id = i.id)"
)


class Inbox:
    """Messages and taps that wait for their turn."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._queue = Queue(file, "inbox")

    def receive(self, incoming: Incoming) -> int | None:
        """Keep it, in its thread (opened if new), safe from power loss; None when it came before.

        A tap that came before and went wrong is taken in anew.
        """
        body = to_json(incoming.body)
        with self._file.transaction() as tables:
            return self._add(tables, incoming, body)

    def receive_many(self, several: Sequence[Incoming]) -> list[int | None]:
        """The same for several at once, in their order: all are kept, or none."""
        bodies = [to_json(incoming.body) for incoming in several]
        with self._file.transaction() as tables:
            return [self._add(tables, *one) for one in zip(several, bodies, strict=True)]

    def _add(self, tables: "Tables", incoming: Incoming, body: str) -> int | None:
        place, now = incoming.place, self._file.now()
        identity = _identity(place, incoming.platform_id)
        seen = tables.execute(_SEEN, identity).fetchone()
        if seen and not tables.execute(_TRY_AGAIN, identity).rowcount:
            return None
        return insert(
            tables,
            "inbox",
            platform=place.platform,
            workspace=place.workspace,
            platform_id=incoming.platform_id,
            thread_id=find_or_open(tables, place, incoming.author, incoming.title, now),
            kind=incoming.kind,
            author=incoming.author,
            author_name=incoming.author_name,
            text=incoming.text,
            body=body,
            received_at=now,
            free_at=now,
        )

    def holds(self, place: Place, platform_id: str) -> bool:
        """Whether a message of the place's workspace came in under this id."""
        return self._file.row(_SEEN, _identity(place, platform_id)) is not None

    def newest_text(self, place: Place, message: str) -> str | None:
        """What a message said as it came in last, before or after an edit; None when it never came in."""
        row = self._file.row(_NEWEST, _identity(place, message))
        return str(row["text"]) if row else None

    def claim(
        self, worker: str, lease_seconds: float, platform: str = "", thread_id: str = ""
    ) -> Claimed | None:
        """The row that waits longest, of a thread in which no other is being handled; None when idle.

        It is ours for `lease_seconds`; then anyone may claim it again. `platform` and `thread_id` narrow it.
        """
        rows = self._queue.claim(worker, lease_seconds, platform, thread_id)
        return _claimed(rows[0]) if rows else None

    def claim_many(self, worker: str, lease_seconds: float, platform: str, most: int) -> list[Claimed]:
        """So many rows at most, each of another thread."""
        return [_claimed(row) for row in self._queue.claim(worker, lease_seconds, platform, most=most)]

    def line(self, platform: str, most: int) -> list[InLine]:
        """What waits for its turn, in the order in which it comes; of each thread its first message."""
        return line_of(self._file, platform, most)

    def begin_draft(self, claim: Claimed) -> bool:
        """Note that the platform is asked next to show the beginning of the reply, so that it is looked for
        after a kill.

        False: nothing is to be shown, as the lease is no longer ours or an earlier reply still waits.
        """
        ours = {"id": claim.id, "attempt": claim.attempt}
        with self._file.transaction() as tables:
            return tables.execute(_BEGIN_DRAFT, ours).rowcount == 1

    def note_draft(self, claim: Claimed, post: str | None) -> bool:
        """Note the post that shows it, so that it becomes the reply; None when the platform showed nothing.

        False: the lease is no longer ours.
        """
        values = {"draft": stored(post), "id": claim.id, "attempt": claim.attempt}
        with self._file.transaction(durable=False) as tables:  # without it, the post is looked for
            return tables.execute(_NOTE_DRAFT, values).rowcount == 1

    def drafts(self, thread_id: str) -> frozenset[str]:
        """The posts in a thread that are known to show, or to have shown, the beginning of a reply."""
        return frozenset(row["draft"] for row in self._file.rows(_DRAFTS, {"thread": thread_id}))

    def unanswered(self, claim: Claimed) -> bool:
        """Whether a row is done without a reply, and none will come: its author was forgotten meanwhile."""
        return self._file.row(_UNANSWERED, {"id": claim.id}) is not None

    def take_back(self, ended: Callable[[str], bool], thread_id: str = "") -> None:
        """End the leases of workers that have ended, on a thread's rows or on all."""
        self._queue.take_back(ended, thread_id)

    def put_back(self, claim: Claimed, free_at: datetime | None = None) -> bool:
        """Give a row back, for anyone to claim from a moment on or at once; its claim was no try.

        False: the lease was no longer ours.
        """
        return self._change(_PUT_BACK, claim, free_at or self._file.now())

    def renew(self, claim: Claimed, lease_seconds: float) -> bool:
        """Let the lease run for so many seconds from now. False: it is no longer ours."""
        return self._change(_RENEW, claim, self._file.now() + timedelta(seconds=lease_seconds))

    def _change(self, sql: str, claim: Claimed, free_at: datetime) -> bool:
        values = {"free": to_text(free_at), "id": claim.id, "attempt": claim.attempt}
        with self._file.transaction(durable=False) as tables:
            return tables.execute(sql, values).rowcount == 1

    def give_up(self, claim: Claimed, error: str) -> bool:
        """Close a row that cannot be handled, keeping why, so that its thread can go on. False: not ours."""
        values = {
            "now": to_text(self._file.now()),
            "error": stored(error),
            "id": claim.id,
            "attempt": claim.attempt,
        }
        with self._file.transaction() as tables:
            return tables.execute(_GIVE_UP, values).rowcount == 1


def _claimed(row: Row) -> Claimed:
    return Claimed(
        id=row["id"],
        attempt=row["attempts"] + 1,
        thread_id=row["thread_id"],
        place=place_of(row),
        platform_id=row["platform_id"],
        kind=row["kind"],
        author=row["author"],
        author_name=row["author_name"],
        text=row["text"],
        body=json.loads(row["body"]),
        received_at=from_text(row["received_at"]),
        draft=row["draft"],
    )


def _identity(place: Place, platform_id: str) -> dict[str, str]:
    return {
        "platform": stored(place.platform),
        "workspace": stored(place.workspace),
        "id": stored(platform_id),
    }
