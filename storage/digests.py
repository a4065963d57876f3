"""The digest of a channel and an ISO week: claimed under a lease before it is written, and queued once.

A row is claimed, the digest is composed, and one transaction queues it and closes the row. Whoever dies in
between leaves a lease that runs out. What was queued is the outbox's to deliver, once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from storage.database import DatabaseFile, insert, stored
from storage.instant import from_text, to_text
from storage.records import NEW, Place
from storage.subscriptions import Channel, key_of
from storage.threads import find_or_open
from storage.turns import queue_reply

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_WHERE = "platform = :platform AND workspace = :workspace AND channel = :channel"
_WEEK = f"{_WHERE} AND week = :week"
_HELD = f"SELECT attempts, free_at, done_at FROM digest_weeks WHERE {_WEEK}"  # noqa: S608  # our own words
_QUEUED = f"SELECT queued_at FROM digests WHERE {_WEEK}"  # noqa: S608
_PRIVATE = f"""SELECT 1 FROM subscriptions WHERE {_WHERE} AND private = 1
    UNION ALL SELECT 1 FROM channels WHERE {_WHERE} AND private = 1"""  # noqa: S608
"""Whoever names a channel at the command line, or subscribed it while it was public, need not know."""
_TAKE = """INSERT INTO digest_weeks (platform, workspace, channel, week, worker, attempts, free_at)
    VALUES (:platform, :workspace, :channel, :week, :worker, 1, :free)
    ON CONFLICT (platform, workspace, channel, week) DO UPDATE
    SET worker = excluded.worker, attempts = attempts + 1, free_at = excluded.free_at"""
_DONE = f"""UPDATE digest_weeks SET done_at = :now, how = :how, until_at = :until
    WHERE {_WEEK} AND attempts = :attempt AND done_at IS NULL"""  # noqa: S608
_COVERED = f"""SELECT max(until_at) AS until FROM digest_weeks
    WHERE {_WHERE} AND done_at IS NOT NULL AND until_at <= :before"""  # noqa: S608
_LAST = f"""SELECT w.week, w.how, o.done_at, o.dead, o.error FROM digest_weeks AS w
    LEFT JOIN digests AS d ON d.platform = w.platform AND d.workspace = w.workspace
        AND d.channel = w.channel AND d.week = w.week
    LEFT JOIN outbox AS o ON o.id = d.outbox_id
    WHERE {_WHERE.replace("platform =", "w.platform =").replace("AND ", "AND w.")} AND w.done_at IS NOT NULL
    ORDER BY w.done_at DESC, w.week DESC LIMIT 1"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ClaimedWeek:
    """A channel's week under lease. `attempt` counts its claims from 1 and proves whose lease it is."""

    channel: Channel
    week: str
    attempt: int


@dataclass(frozen=True, slots=True)
class LastDigest:
    """The last week that was seen to, and what became of its digest; `error` says why it was not shown."""

    week: str
    state: Literal["waiting", "shown", "not_shown", "silent"]
    error: str


class Digests:
    """Reads and writes the digests of one database file, from any thread and process."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def done(self, channel: Channel, week: str) -> bool:
        """Whether a week was seen to."""
        row = self._file.row(_HELD, {**key_of(channel), "week": week})
        return row is not None and row["done_at"] is not None

    def claim(self, channel: Channel, week: str, worker: str, lease_seconds: float) -> ClaimedWeek | None:
        """Take a channel's week; None when it was seen to, or another process is at it."""
        key = {**key_of(channel), "week": week}
        lease = timedelta(seconds=lease_seconds)
        with self._file.transaction() as tables:
            now = self._file.now()
            held = tables.execute(_HELD, key).fetchone()
            if held is not None and (held[2] is not None or _under_lease(held[1], now, lease)):
                return None
            take = {**key, "worker": stored(worker), "free": to_text(now + lease)}
            tables.execute(_TAKE, take)
            claimed = ClaimedWeek(channel, week, held[0] + 1 if held else 1)
            found = tables.execute(_QUEUED, key).fetchone()
            if found is not None:  # queued, though its row does not say so: there is nothing left to do
                self._close(tables, claimed, "queued", from_text(found[0]))
                return None
        return claimed

    def queue(self, claimed: ClaimedWeek, bodies: tuple[str, ...], until: datetime) -> bool:
        """Queue the digest (JSON) and what comes in its thread; False, and nothing done, without the lease.

        `until` is the moment up to which the digest tells.
        """
        channel, now = claimed.channel, self._file.now()
        key = f"{NEW}digest:{claimed.week}"
        with self._file.transaction() as tables:
            if not self._close(tables, claimed, "queued", until):
                return False
            private = channel.private or tables.execute(_PRIVATE, key_of(channel)).fetchone() is not None
            place = Place(channel.platform, channel.workspace, channel.id, key, private)
            thread = find_or_open(tables, place, "", "", now)
            first, *_ = [queue_reply(tables, thread, None, body, now) for body in bodies]
            columns = {**key_of(channel), "week": claimed.week, "outbox_id": first, "queued_at": now}
            insert(tables, "digests", **columns)
        return True

    def pass_over(self, claimed: ClaimedWeek, until: datetime) -> bool:
        """Note that nothing is said about the week; False if the lease is lost."""
        with self._file.transaction() as tables:
            return self._close(tables, claimed, "silent", until)

    def told_until(self, channel: Channel, before: datetime) -> datetime | None:
        """The moment, not after `before`, up to which the channel's digests told; None for no digest yet."""
        row = self._file.row(_COVERED, {**key_of(channel), "before": to_text(before)})
        return from_text(row["until"]) if row and row["until"] else None

    def last(self, channel: Channel) -> LastDigest | None:
        """What became of the newest digest."""
        row = self._file.row(_LAST, key_of(channel))
        if row is None:
            return None
        if row["how"] == "silent":
            return LastDigest(row["week"], "silent", "")
        state: Literal["waiting", "shown", "not_shown"] = "waiting"
        if row["done_at"]:
            state = "not_shown" if row["dead"] else "shown"
        return LastDigest(row["week"], state, row["error"] or "")

    def _close(self, tables: "Tables", claimed: ClaimedWeek, how: str, until: datetime) -> bool:
        values = {
            **_key(claimed),
            "attempt": claimed.attempt,
            "how": how,
            "until": to_text(until),
            "now": to_text(self._file.now()),
        }
        return bool(tables.execute(_DONE, values).rowcount == 1)


def _key(claimed: ClaimedWeek) -> dict[str, str]:
    return {**key_of(claimed.channel), "week": claimed.week}


def _under_lease(free_at: str, now: datetime, lease: timedelta) -> bool:
    """Whether a lease holds; one that ends later than any new one was given before a clock was set back."""
    return now < from_text(free_at) <= now + lease
