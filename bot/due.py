"""When a digest is due. Pure: the time is passed in, and everything else follows from the calendar.

A digest belongs to the ISO week in which it comes, on the clock of the subscription's time zone. Only the
latest moment counts: after a long stop one digest tells of the whole time, and no channel is flooded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.subscriptions import Rhythm, Subscription

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment at which a digest is due, and its ISO week, such as `2026-W53`."""

    week: str
    at: datetime


def week_of(day: date) -> str:
    """The ISO week of a day; the first days of January may belong to the last week of the year before."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def in_week(rhythm: Rhythm, week: str) -> Slot:
    """The moment in an ISO week. Raises ValueError for a week that the calendar does not have."""
    day = date.fromisoformat(f"{week}-{rhythm.weekday + 1}")
    return Slot(week_of(day), _moment(rhythm, day))


def latest(rhythm: Rhythm, now: datetime) -> Slot:
    """The newest moment that is not after `now`."""
    today = now.astimezone(ZoneInfo(rhythm.zone)).date()
    day = today - timedelta(days=today.weekday()) + timedelta(days=rhythm.weekday)
    if _moment(rhythm, day) > now:
        day -= _WEEK
    return Slot(week_of(day), _moment(rhythm, day))


def shifted(rhythm: Rhythm, slot: Slot, weeks: int) -> Slot:
    """The moment so many weeks later, or earlier."""
    day = date.fromisoformat(f"{slot.week}-{rhythm.weekday + 1}") + weeks * _WEEK
    return Slot(week_of(day), _moment(rhythm, day))


def due(one: Subscription, done: Callable[[str], bool], now: datetime) -> Slot | None:
    """The moment whose digest should be there by now and is not; `done` says so of a week."""
    slot = latest(one.rhythm, now)
    if one.state != "active" or slot.at <= one.active_since or done(slot.week):
        return None
    return slot


def upcoming(one: Subscription, done: Callable[[str], bool], now: datetime) -> Slot:
    """The moment of the next digest: one that is due already, or the first to come that is still open."""
    slot = due(one, done, now)
    if slot is not None:
        return slot
    slot = shifted(one.rhythm, latest(one.rhythm, now), 1)
    while done(slot.week):
        slot = shifted(one.rhythm, slot, 1)
    return slot


def since(one: Subscription | None, week_before: datetime, told_until: datetime | None) -> datetime:
    """From when on a digest tells: from where the last one ended, so that nothing is left out or told twice.

    The first one, and the first after a pause, tells of what came after `week_before` at most.
    """
    if told_until is None:
        return week_before
    paused = one is not None and told_until < one.active_since
    return max(told_until, week_before) if paused else told_until


def weeks_before(moment: datetime, weeks: int, zone: str) -> datetime:
    """The same time of day so many weeks earlier, on the clock of a zone."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - weeks * _WEEK
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _moment(rhythm: Rhythm, day: date) -> datetime:
    """The moment, in UTC. A time that a clock change leaves out is read an hour later; of two, the first."""
    local = datetime.combine(day, time(rhythm.hour, rhythm.minute), ZoneInfo(rhythm.zone))
    return local.astimezone(UTC)
