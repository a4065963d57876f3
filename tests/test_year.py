"""A year of digests, with everything that goes wrong in a year, and each channel gets each week's once.

Three processes share one database. They are restarted and killed at any look at the clock, between claiming
and posting too; they stand still for days; their clocks jump; channels change their zone and pause.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot import posts
from bot.due import in_week, latest, week_of
from bot.outgoing import Outbound
from bot.replies import Digest
from bot.weekly import Weekly
from storage.database import DatabaseFile
from storage.digests import Digests
from storage.log import Log
from storage.outcomes import Outcomes
from storage.posts import Posts
from storage.records import NewDecision, Place, Provenance, Sending, Turn
from storage.subscriptions import Channel, Rhythm, Subscriptions
from storage.week import Weeks

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 375
"""2026 has 53 ISO weeks; the year ends in the second of 2027."""
STEP = timedelta(hours=11)
PROCESSES = 3
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Nothing here fails but processes, so nothing has to wait for a disk."""
CHANNELS = (
    (Channel("slack", "T1", "C1"), Rhythm(0, 9, 0, "Europe/Berlin")),
    (Channel("slack", "T1", "C2"), Rhythm(6, 2, 30, "America/New_York")),
    (Channel("slack", "T1", "C3"), Rhythm(4, 23, 59, "Pacific/Auckland")),
)
ZONES = (
    "Europe/London",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "UTC",
)

KINDS = ("restart", "dies", "dies_posting", "dies_posted", "stop", "jump", "zone", "pause", "outage")
troubles = st.sets(st.sampled_from(KINDS), min_size=2).flatmap(
    lambda kinds: st.lists(
        st.tuples(
            st.integers(0, DAYS - 12),
            st.sampled_from(sorted(kinds)),
            st.integers(0, PROCESSES - 1),
            st.integers(1, 40),
        ),
        min_size=30,
        max_size=70,
    )
)
seen: Counter[str] = Counter()


class Killed(BaseException):
    """A process dies here."""


class Down(Exception):
    """The platform cannot be reached."""


@dataclass
class Board:
    """A platform that keeps what is posted, and can be asked for it."""

    posted: list[tuple[str, int, Digest]] = field(default_factory=list)
    down_until: datetime = START

    def deliver(self, sending: Sending, parts: posts.Parts) -> str:
        if sending.attempt == 1 or sending.id not in {number for _, number, _ in self.posted}:
            (digest,) = parts
            assert isinstance(digest, Digest)
            self.posted.append((sending.place.channel, sending.id, digest))
        return f"p{sending.id}"


class Process:
    """One `serve`, with a clock of its own."""

    def __init__(self, path: Path, name: str, world: "World") -> None:
        self.path, self.name, self.world = path, name, world
        self.skew = timedelta()
        self.looks_left = -1
        self.dies_at = ""
        self.start()

    def now(self) -> datetime:
        if self.looks_left == 0:
            self.looks_left = -1
            raise Killed
        self.looks_left -= self.looks_left > 0
        return self.world.now + self.skew

    def start(self) -> None:
        self.file = DatabaseFile(self.path, self.now)
        log, subscriptions = Log(self.file), Subscriptions(self.file)
        self.weekly = Weekly(
            Weeks(self.file), subscriptions, Digests(self.file), Outcomes(self.file), log, self.name, self.now
        )
        self.outbound = Outbound(log, Posts(self.file), self.name, self.now)

    def restart(self) -> None:
        self.file.close()
        self.start()

    def work(self) -> bool:
        """One tick, and what waits is delivered; whether it survived."""
        try:
            self.weekly.post_due(["slack"])
            while (going := self.outbound.claim("slack")) is not None:
                if self.world.now < self.world.board.down_until:
                    self.outbound.later(going.sending, "down", 3600)
                    continue
                self._die("dies_posting")
                message = self.world.board.deliver(going.sending, going.parts)
                self._die("dies_posted")
                self.outbound.delivered(going.sending, message)
        except Killed:
            seen["crashes"] += 1
            self.restart()
            return False
        return True

    def _die(self, where: str) -> None:
        if self.dies_at == where:
            self.dies_at = ""
            seen[where.replace("dies", "died")] += 1
            raise Killed


class World:
    """The year."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.board = Board()
        self.path = folder / "year.db"
        self.stopped_until = START
        self.stops: list[tuple[datetime, datetime]] = []
        self.resumes: list[tuple[datetime, Channel]] = []
        self.jumps: list[tuple[datetime, Process]] = []
        self.jumped = False
        self.must: set[tuple[str, str]] = set()
        self.decisions = 0
        self.processes = [Process(self.path, f"p{number}", self) for number in range(PROCESSES)]
        self.by_number = tuple(self.processes)
        self.admin = DatabaseFile(self.path, lambda: self.now)
        self.subscriptions = Subscriptions(self.admin)
        self.log = Log(self.admin)
        for channel, rhythm in CHANNELS:
            self.subscriptions.put(channel, rhythm, "U1")

    def live(self, planned: list[tuple[int, str, int, int]]) -> None:
        plan = sorted(planned)
        while self.now < START + timedelta(days=DAYS):
            while plan and START + timedelta(days=plan[0][0]) <= self.now:
                self._happens(*plan.pop(0)[1:])
            self._mend()
            if self.now.day % 9 == 3:
                self._decide()
            if self.now >= self.stopped_until:
                self._work()
            self.now += STEP
        self._settle()

    def _happens(self, kind: str, number: int, much: int) -> None:
        process, (channel, _) = self.by_number[number], CHANNELS[number]
        seen[kind] += 1
        match kind:
            case "restart":
                process.restart()
            case "dies":
                process.looks_left = much
            case "dies_posting" | "dies_posted":
                process.dies_at = kind
            case "stop":
                self.stopped_until = max(self.stopped_until, self.now + timedelta(hours=much * 6))
                self.stops.append((self.now, self.stopped_until))
            case "jump":
                process.skew = timedelta(hours=(much - 20) * 12)
                self.jumps.append((self.now + timedelta(days=2), process))
                self.jumped = True
            case "zone":
                rhythm = Rhythm(much % 7, much % 24, much, ZONES[much % len(ZONES)])
                self.subscriptions.put(channel, rhythm, "U2")
                self._resumed(channel)
            case "pause":
                self.subscriptions.move(channel, "paused")
                posted = {(where, one.news.week) for where, _, one in self.board.posted}
                self.must = {one for one in self.must if one[0] != channel.id or one in posted}
                self.resumes.append((self.now + timedelta(hours=much * 8), channel))
            case "outage":
                self.board.down_until = self.now + timedelta(hours=much)

    def _resumed(self, channel: Channel) -> None:
        self.resumes = [one for one in self.resumes if one[1] != channel]

    def _mend(self) -> None:
        for when, channel in [one for one in self.resumes if one[0] <= self.now]:
            self.subscriptions.move(channel, "active")
            self.resumes.remove((when, channel))
        for when, process in [one for one in self.jumps if one[0] <= self.now]:
            process.skew = timedelta()
            self.jumps.remove((when, process))

    def _decide(self) -> None:
        place = Place("slack", "T1", "C9", f"{self.decisions}")
        decision = NewDecision(f"d-{self.decisions:05}", "rag", "U1", own=True, title="T")
        self.log.record_turn(
            Turn(self.log.thread(place, "U1"), "U1", Provenance("r", "p"), decision=decision)
        )
        self.decisions += 1

    def _work(self) -> None:
        self.processes = [*self.processes[1:], self.processes[0]]  # everyone comes first in turn
        for process in self.processes:
            due = {
                (one.channel.id, slot.week)
                for one in self.subscriptions.active(["slack"])
                if (slot := latest(one.rhythm, self.now)).at > one.active_since
            }
            if process.work() and not process.skew:
                self.must |= due

    def _settle(self) -> None:
        for process in self.processes:
            process.skew, process.looks_left, process.dies_at = timedelta(), -1, ""
        self.board.down_until = START
        for _ in range(4):
            self.now += timedelta(hours=1)
            self._work()

    def longest_stop(self) -> timedelta:
        """The longest time in which no process ran."""
        longest, begin, end = timedelta(), START, START
        for start, until in self.stops:
            begin, end = (start, until) if start > end + STEP else (begin, max(end, until))
            longest = max(longest, end - begin)
        return longest

    def close(self) -> None:
        for process in self.processes:
            process.file.close()
        self.admin.close()


def weeks_of_the_year() -> Iterator[str]:
    day = START + timedelta(days=7)
    while day < START + timedelta(days=DAYS - 10):
        yield week_of(day.date())
        day += timedelta(days=7)


@settings(max_examples=20, phases=(Phase.explicit, Phase.generate))  # to shrink a year takes hours
@given(planned=troubles)
def simulate(planned: list[tuple[int, str, int, int]]) -> None:
    with TemporaryDirectory(dir=MEMORY) as folder:
        world = World(Path(folder))
        try:
            world.live(planned)
        finally:
            world.close()
        first = Counter((channel, one.news.week) for channel, _, one in world.board.posted if not one.whole)
        under = Counter((channel, one.news.week) for channel, _, one in world.board.posted if one.whole)
        assert max(first.values()) == 1
        assert not under or max(under.values()) == 1
        assert world.must <= set(first)
        for number, (channel, _) in enumerate(CHANNELS):
            own = {kind for _, kind, of, _ in planned if of == number}
            told = [one.news for where, _, one in world.board.posted if where == channel.id and not one.whole]
            if not own & {"pause", "zone"} and world.longest_stop() < timedelta(days=6):
                assert {news.week for news in told} >= set(weeks_of_the_year())
                seen["whole years"] += 1
            if not own & {"pause", "zone"} and not world.jumped:
                assert world.decisions - 3 <= sum(news.decisions for news in told) <= world.decisions
                assert all(later.since == news.until for news, later in pairwise(told))
                seen["seamless years"] += 1
        seen["years"] += 1
        seen["digests"] += len(first)


def test_in_a_year_of_troubles_each_channel_gets_each_weeks_digest_exactly_once(record_property) -> None:
    seen.clear()
    logging.disable(logging.CRITICAL)
    try:
        simulate()
    finally:
        logging.disable(logging.NOTSET)
    record_property(
        "says",
        f"{seen['years']} years, {seen['digests']} weekly digests of {len(CHANNELS)} channels, "
        f"{seen['restart']} restarts, {seen['crashes']} crashes ({seen['died_posting']} just before and "
        f"{seen['died_posted']} just after posting), {seen['stop']} stops, {seen['jump']} clock jumps, "
        f"{seen['zone']} changes of time and zone, {seen['pause']} pauses, {seen['outage']} outages; "
        f"every week of {seen['whole years']} channels' years, no gap in {seen['seamless years']} of them",
    )
    assert min(seen["crashes"], seen["whole years"], seen["seamless years"]) > 5


def test_the_year_has_a_week_53() -> None:
    weeks = list(weeks_of_the_year())
    assert (weeks[0], weeks[-1]) == ("2026-W02", "2026-W53")
    assert in_week(CHANNELS[0][1], "2026-W53").at == datetime(2026, 12, 28, 8, 0, tzinfo=UTC)
