"""Which channels want a weekly digest, and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import DatabaseFile, Row, stored
from storage.instant import from_text, to_text
from storage.records import ALONE, NEW, Place, random_letters
from storage.retold import NOBODY
from storage.threads import find_or_open
from storage.turns import queue_reply

Standing = Literal["active", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a digest comes, each week, on the clock of a time zone. Monday is 0."""

    weekday: int = 0
    hour: int = 9
    minute: int = 0
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a platform's workspace. Nothing of a private one is shown outside of it."""

    platform: str
    workspace: str
    id: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a channel gets: when, of all that is public or of this channel alone, and in empty weeks too.

    A digest that was due before `active_since` is not made up for.
    """

    channel: Channel
    rhythm: Rhythm
    only_here: bool
    says_empty: bool
    state: Standing
    by: str
    active_since: datetime


_WHERE = "platform = :platform AND workspace = :workspace AND channel = :channel"
_PUT = """INSERT INTO subscriptions (platform, workspace, channel, private, weekday, hour, minute, zone,
        only_here, says_empty, state, by, active_since_at, changed_at)
    VALUES (:platform, :workspace, :channel, :private, :weekday, :hour, :minute, :zone,
        :only_here, :says_empty, 'active', :by, :now, :now)
    ON CONFLICT (platform, workspace, channel) DO UPDATE
    SET private = excluded.private, weekday = excluded.weekday, hour = excluded.hour,
        minute = excluded.minute, zone = excluded.zone, only_here = excluded.only_here,
        says_empty = excluded.says_empty, state = 'active', by = excluded.by,
        changed_at = excluded.changed_at,
        active_since_at = CASE state WHEN 'active' THEN active_since_at ELSE excluded.active_since_at END"""
_MOVE = f"""UPDATE subscriptions
    SET active_since_at = CASE WHEN :state = 'active' THEN :now ELSE active_since_at END,
        changed_at = :now, state = :state
    WHERE {_WHERE} AND state <> :state AND state <> 'ended'"""  # noqa: S608  # our own words only


_WISHED = f"SELECT by FROM subscriptions WHERE {_WHERE} AND state = 'active'"  # noqa: S608


class Subscriptions:
    """Reads and writes the subscriptions of one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def put(
        self, channel: Channel, rhythm: Rhythm, by: str, only_here: bool = False, says_empty: bool = True
    ) -> Subscription:
        """Subscribe a channel, or change how; one that was paused or ended starts again."""
        values = {
            **key_of(channel),
            "private": int(channel.private),
            "weekday": rhythm.weekday,
            "hour": rhythm.hour,
            "minute": rhythm.minute,
            "zone": rhythm.zone,
            "only_here": int(only_here),
            "says_empty": int(says_empty),
            "by": stored(by),
            "now": to_text(self._file.now()),
        }
        with self._file.transaction() as tables:
            tables.execute(_PUT, values)
        found = self.of(channel)
        assert found is not None
        return found

    def move(self, channel: Channel, state: Standing) -> Subscription | None:
        """Pause, resume or end; what was ended stays ended. None when the channel never subscribed."""
        values = {**key_of(channel), "state": state, "now": to_text(self._file.now())}
        with self._file.transaction() as tables:
            tables.execute(_MOVE, values)
        return self.of(channel)

    def halt(self, channel: Channel, told: str) -> bool:
        """Pause an active subscription by itself, and queue a reply (JSON) for whoever wished it, alone.

        False, and nothing done, where it is not active: so they are told once.
        """
        now = self._file.now()
        values = {**key_of(channel), "state": "paused", "now": to_text(now)}
        with self._file.transaction() as tables:
            found = tables.execute(_WISHED, values).fetchone()
            if found is None:
                return False
            tables.execute(_MOVE, values)
            if found[0] not in ("", NOBODY):
                key = f"{NEW}{random_letters(12)}"
                place = Place(channel.platform, channel.workspace, f"{ALONE}{found[0]}", key, private=True)
                queue_reply(tables, find_or_open(tables, place, "", "", now), None, told, now)
        return True

    def of(self, channel: Channel) -> Subscription | None:
        """The subscription of a channel, whatever its state."""
        row = self._file.row(f"SELECT * FROM subscriptions WHERE {_WHERE}", key_of(channel))  # noqa: S608
        return _subscription(row) if row else None

    def all(self) -> list[Subscription]:
        """Every subscription that was not ended."""
        rows = self._file.rows(
            "SELECT * FROM subscriptions WHERE state <> 'ended' ORDER BY platform, workspace, channel"
        )
        return [_subscription(row) for row in rows]

    def active(self, platforms: Collection[str]) -> list[Subscription]:
        """Those of some platforms that want a digest now."""
        return [one for one in self.all() if one.state == "active" and one.channel.platform in platforms]


def key_of(channel: Channel) -> dict[str, str]:
    """The columns that name a channel."""
    return {
        "platform": stored(channel.platform),
        "workspace": stored(channel.workspace),
        "channel": stored(channel.id),
    }


def _subscription(row: Row) -> Subscription:
    return Subscription(
        channel=Channel(row["platform"], row["workspace"], row["channel"], bool(row["private"])),
        rhythm=Rhythm(row["weekday"], row["hour"], row["minute"], row["zone"]),
        only_here=bool(row["only_here"]),
        says_empty=bool(row["says_empty"]),
        state=row["state"],
        by=row["by"],
        active_since=from_text(row["active_since_at"]),
    )
