"""What came in: kept under the platform's own id before it is acknowledged, and handled once."""

import json
from collections.abc import Callable

from storage.bodies import to_json
from storage.database import DatabaseFile, insert, stored
from storage.instant import from_text, to_text
from storage.leases import Queue, place_of
from storage.records import EDITED, Claimed, Incoming, Place
from storage.threads import find_or_open

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
        place, now = incoming.place, self._file.now()
        identity = _identity(place, incoming.platform_id)
        with self._file.transaction() as tables:
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
                body=to_json(incoming.body),
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
        """The oldest row that waits, of a thread in which no other is being handled; None when idle.

        It is ours for `lease_seconds`; then anyone may claim it again. `platform` and `thread_id` narrow it.
        """
        row = self._queue.claim(worker, lease_seconds, platform, thread_id)
        if row is None:
            return None
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

    def release(self, claim: Claimed) -> bool:
        """Give a row back untouched, for anyone to claim at once. False: the lease was no longer ours."""
        return self._queue.free(claim.id, claim.attempt)

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


def _identity(place: Place, platform_id: str) -> dict[str, str]:
    return {
        "platform": stored(place.platform),
        "workspace": stored(place.workspace),
        "id": stored(platform_id),
    }
