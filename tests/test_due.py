"""When a digest is due, through clock changes, year ends and odd zones."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest import Window
from bot.due import Slot, due, in_week, latest, shifted, since, upcoming, week_of, weeks_before
from bot.zones import zone_named
from storage.subscriptions import Channel, Rhythm, Subscription

ZONES = sorted(zone for zone in available_timezones() if zone != "localtime")
rhythms = st.builds(Rhythm, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59), st.sampled_from(ZONES))
moments = st.datetimes(datetime(2010, 1, 1), datetime(2038, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def subscription(rhythm: Rhythm, active_since: datetime = datetime(2020, 1, 1, tzinfo=UTC)) -> Subscription:
    return Subscription(Channel("slack", "T1", "C1"), rhythm, False, True, "active", "U1", active_since)


@given(rhythm=rhythms, now=moments)
def test_the_latest_slot_has_passed_and_the_next_has_not(rhythm, now):
    slot = latest(rhythm, now)
    assert slot.at <= now < shifted(rhythm, slot, 1).at
    assert shifted(rhythm, shifted(rhythm, slot, 1), -1) == slot == in_week(rhythm, slot.week)


@given(rhythm=rhythms, now=moments)
def test_a_slot_is_in_its_week_and_at_its_time_on_the_channels_clock(rhythm, now):
    slot = latest(rhythm, now)
    local = slot.at.astimezone(ZoneInfo(rhythm.zone))
    wanted = datetime.combine(local.date(), datetime.min.time()).replace(
        hour=rhythm.hour, minute=rhythm.minute
    )
    off = local.replace(tzinfo=None) - wanted
    assert off in (timedelta(), timedelta(hours=1), timedelta(minutes=30)) or abs(off) >= timedelta(hours=20)
    if not off:
        assert (week_of(local.date()), local.weekday()) == (slot.week, rhythm.weekday)


@given(rhythm=rhythms, now=moments)
def test_walking_through_a_year_meets_every_week_once(rhythm, now):
    slots = [shifted(rhythm, latest(rhythm, now), n) for n in range(54)]
    assert len({slot.week for slot in slots}) == 54
    assert all(a.at < b.at for a, b in pairwise(slots))


@pytest.mark.parametrize(
    ("rhythm", "week", "utc"),
    [
        (Rhythm(0, 9, 0, "Europe/Berlin"), "2026-W13", "2026-03-23T08:00"),
        (Rhythm(0, 9, 0, "Europe/Berlin"), "2026-W14", "2026-03-30T07:00"),
        (Rhythm(6, 2, 30, "America/New_York"), "2026-W10", "2026-03-08T07:30"),  # left out: 03:30
        (Rhythm(6, 1, 30, "America/New_York"), "2026-W44", "2026-11-01T05:30"),  # twice: the first
        (Rhythm(0, 9, 0, "UTC"), "2026-W53", "2026-12-28T09:00"),
        (Rhythm(4, 9, 0, "UTC"), "2026-W53", "2027-01-01T09:00"),
        (Rhythm(0, 9, 0, "UTC"), "2025-W01", "2024-12-30T09:00"),
        (Rhythm(0, 0, 30, "Pacific/Kiritimati"), "2026-W20", "2026-05-10T10:30"),
    ],
)
def test_slots_around_clock_changes_and_year_ends(rhythm, week, utc):
    assert in_week(rhythm, week).at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("week", ["2025-W53", "2026-W54", "2026-W00", "soon", "2026-11-23"])
def test_a_week_that_the_calendar_does_not_have_is_refused(week):
    with pytest.raises(ValueError, match=r"."):
        in_week(Rhythm(), week)


def test_what_was_due_before_the_subscription_began_is_not_made_up_for():
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert due(subscription(Rhythm(), monday), lambda _: False, monday) is None
    assert due(subscription(Rhythm(), monday - timedelta(seconds=1)), lambda _: False, monday) == Slot(
        "2026-W48", monday
    )


def test_the_next_digest_is_the_one_that_is_due_or_the_first_open_week():
    now, one = datetime(2026, 11, 24, 12, 0, tzinfo=UTC), subscription(Rhythm())
    assert upcoming(one, lambda _: False, now).week == "2026-W48"
    assert upcoming(one, lambda week: week == "2026-W48", now).week == "2026-W49"
    assert upcoming(one, lambda week: week <= "2026-W50", now).week == "2026-W51"


def test_a_digest_tells_from_where_the_last_one_ended_but_not_of_a_pause():
    slot = in_week(Rhythm(), "2026-W48")
    three_weeks = slot.at - timedelta(days=21)
    week = slot.at - timedelta(days=7)
    assert since(subscription(Rhythm()), week, three_weeks) == three_weeks
    assert since(subscription(Rhythm()), week, None) == since(None, week, None) == week
    paused = subscription(Rhythm(), slot.at - timedelta(days=10))
    assert since(paused, week, three_weeks) == week
    briefly = subscription(Rhythm(), slot.at - timedelta(days=1))
    assert since(briefly, week, slot.at - timedelta(days=2)) == slot.at - timedelta(days=2)


def test_weeks_before_keep_the_time_of_day_over_a_clock_change():
    moment = datetime(2026, 3, 30, 7, 0, tzinfo=UTC)
    assert weeks_before(moment, 1, "Europe/Berlin") == datetime(2026, 3, 23, 8, 0, tzinfo=UTC)


def test_a_digest_ends_where_it_says_also_in_the_hour_that_a_clock_change_repeats():
    second_half_past_two = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    until = second_half_past_two
    window = Window("2026-W43", until - timedelta(days=7), until, "Europe/Berlin", until)
    assert window.bounds[-1] == until


@pytest.mark.parametrize(
    ("named", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("utc", "UTC"),
        ("Atlantis", None),
        ("", None),
        ("../../etc/passwd", None),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(named, zone):
    assert zone_named(named) == zone
