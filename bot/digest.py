"""What goes into a digest. Pure: the facts come from the log, the times are passed in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.due import weeks_before
from bot.names import LEVERS, UNTITLED
from bot.news import (
    CameIn,
    Failing,
    LeverWeeks,
    Made,
    Needs,
    News,
    Overruled,
    Revisit,
    Unanswered,
    Waiting,
    Where,
)
from decision.assess import shortened
from storage.facts import Counted, MadeFact, OpenFact, OutcomeFact, OverruledFact, RevisitFact, WeekFacts
from storage.records import Place
from storage.week import STUCK

WEEKS = 8
"""How many weeks the chart shows."""
BEFORE = 4
"""With how many weeks before it a week is compared."""
ENOUGH = 5
"""Of fewer earlier cases no share is told: it would say nothing."""
MOST = 10
"""How many of each the thread under the digest lists."""
BRIEF = 3
"""How many of each the digest itself lists."""
MOST_NEEDS = 3

_TITLE, _SAID = 80, 140
FAILURES = ("knowledge", "workflow", "behavior")


@dataclass(frozen=True, slots=True)
class Window:
    """What a digest is about: its ISO week, from when to when it tells, and on whose clock."""

    week: str
    since: datetime
    until: datetime
    zone: str
    now: datetime

    @property
    def bounds(self) -> tuple[datetime, ...]:
        """The ends of the chart's weeks, with the beginning of the oldest."""
        return (*(weeks_before(self.until, back, self.zone) for back in range(WEEKS, 0, -1)), self.until)

    def day(self, moment: datetime) -> str:
        """The date of a moment on the channel's clock."""
        return moment.astimezone(ZoneInfo(self.zone)).date().isoformat()


def news(facts: WeekFacts, window: Window) -> News:
    """The whole of it, at most `MOST` of each."""
    return News(
        week=window.week,
        since=window.day(window.since),
        until=window.day(window.until),
        decisions=sum(one.count for one in facts.whole),
        made=tuple(map(_made, facts.made)),
        waiting=tuple(_waiting(one, window.now) for one in facts.waiting.first),
        all_waiting=facts.waiting.total,
        oldest_waiting=max((_days(one.at, window.now) for one in facts.waiting.first), default=0),
        overruled=tuple(map(_overruled, facts.overruled.first)),
        all_overruled=facts.overruled.total,
        approved=facts.approved,
        outcomes=tuple(map(_came_in, facts.outcomes.first)),
        all_outcomes=facts.outcomes.total,
        failing=_failing(facts, window),
        gaps=tuple(Unanswered(shortened(one.text, _SAID), one.count) for one in facts.gaps.first),
        all_gaps=facts.gaps.total,
        revisits=tuple(map(_revisit, facts.revisits.first)),
        all_revisits=facts.revisits.total,
        needs=_needs(facts, window.now),
        levers=_levers(facts.weeks, window),
        decided=_decided(facts.whole),
    )


def brief(whole: News) -> News:
    """What fits on one screen; the counts stay those of the whole."""
    return replace(
        whole,
        made=whole.made[:BRIEF],
        waiting=(),  # the summary counts them, and the oldest need somebody
        overruled=whole.overruled[:1],
        outcomes=whole.outcomes[:2],
        failing=whole.failing[:1],
        gaps=whole.gaps[:1],
        revisits=whole.revisits[:1],
        needs=whole.needs[:MOST_NEEDS],
    )


def _made(one: MadeFact) -> Made:
    why = shortened(one.note or one.headline, _SAID)
    return Made(one.id, _title(one.title), one.lever, one.by, why, _where(one.place))


def _waiting(one: OpenFact, now: datetime) -> Waiting:
    return Waiting(_title(one.title), one.lever, _days(one.at, now), _where(one.place))


def _overruled(one: OverruledFact) -> Overruled:
    why = shortened(one.reason, _SAID)
    return Overruled(one.id, _title(one.title), one.before, one.lever, one.by, why, _where(one.place))


def _came_in(one: OutcomeFact) -> CameIn:
    return CameIn(
        decision=one.id,
        title=_title(one.title),
        lever=one.lever,
        result=one.result,
        by=one.by,
        note=shortened(one.note, _SAID),
        measure=one.measure,
        before=one.before,
        after=one.after,
        where=_where(one.place),
    )


def _revisit(one: RevisitFact) -> Revisit:
    return Revisit(one.id, _title(one.title), one.lever, one.text, _title(one.seen), _where(one.place))


def _decided(counted: tuple[Counted, ...]) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for one in counted:
        found[one.lever] += one.count
    return tuple(found.most_common())


def _failing(facts: WeekFacts, window: Window) -> tuple[Failing, ...]:
    """What failed in the time that is told of, the most frequent first, beside its share in weeks before."""
    before = [week for week, end in zip(facts.weeks, window.bounds[1:], strict=True) if end <= window.since]
    this, earlier = _failures([facts.whole]), _failures(before[-BEFORE:])
    cases, usual_cases = this.total(), earlier.total()
    return tuple(
        Failing(kind, count, cases, earlier[kind] / usual_cases if usual_cases >= ENOUGH else None)
        for kind, count in this.most_common()
        if kind in FAILURES
    )


def _failures(weeks: Iterable[tuple[Counted, ...]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for week in weeks:
        for one in week:
            if one.failure:
                found[one.failure] += one.count
    return found


def _levers(weeks: tuple[tuple[Counted, ...], ...], window: Window) -> LeverWeeks:
    counted = [Counter[str]() for _ in weeks]
    for held, week in zip(counted, weeks, strict=True):
        for one in week:
            held[one.lever] += one.count
    seen = {lever for held in counted for lever in held}
    ordered = [lever for lever in LEVERS if lever in seen] + sorted(seen.difference(LEVERS))
    starts = tuple(map(window.day, window.bounds[:-1]))
    return LeverWeeks(starts, tuple((lever, tuple(held[lever] for held in counted)) for lever in ordered))


def _needs(facts: WeekFacts, now: datetime) -> tuple[Needs, ...]:
    """Three threads: first verdicts found not right, then questions left open, then verdicts not logged."""
    objected = [
        Needs(
            "not_right", _title(one.title), shortened(one.note, _SAID), _days(one.at, now), _where(one.place)
        )
        for one in facts.objected
    ]
    seen = {one.where for one in objected}
    stuck = [
        Needs("answer", _title(one.title), one.asked, _days(one.at, now), _where(one.place))
        for one in facts.stuck.first
        if _where(one.place) not in seen
    ]
    unlogged = [
        Needs("logging", _title(one.title), one.lever, _days(one.at, now), _where(one.place))
        for one in facts.waiting.first
        if _where(one.place) not in seen and now - one.at > STUCK
    ]
    return (*objected, *stuck, *unlogged)[:MOST_NEEDS]


def _where(place: Place) -> Where:
    return Where(place.platform, place.channel, place.key)


def _title(title: str) -> str:
    return shortened(title, _TITLE) or UNTITLED


def _days(at: datetime, now: datetime) -> int:
    return max((now - at).days, 0)
