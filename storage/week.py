"""What happened in a channel's week, read for its digest.

Of a private channel or a direct message nothing is read but for the digest of that channel itself: every
query goes through `_SEEN`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from storage.database import DatabaseFile, Row
from storage.facts import (
    Counted,
    GapFact,
    MadeFact,
    ObjectedFact,
    OpenFact,
    OutcomeFact,
    OverruledFact,
    RevisitFact,
    Scope,
    Some,
    WeekFacts,
)
from storage.instant import from_text, to_text
from storage.leases import place_of
from storage.records import ASKED
from storage.subscriptions import Channel, key_of

Fact = TypeVar("Fact")

FORGETTABLE = timedelta(days=30)
"""A thread that waited longer for somebody is not spoken of any more."""
STUCK = timedelta(days=1)
"""A question that was not answered for so long needs somebody."""

OWN = "terminal"
"""The platform whose private threads belong to whoever may open the database file."""

_SEEN = f"""((:everything = 1 AND (t.private = 0 OR t.platform = '{OWN}'))
    OR (:everything = 0 AND t.platform = :platform AND t.workspace = :workspace
        AND (t.channel = :channel OR (t.private = 0 AND :only_here = 0))))"""
_LEVER = """coalesce((SELECT r.lever FROM reviews AS r WHERE r.decision_id = d.id AND r.lever IS NOT NULL
    ORDER BY r.id DESC LIMIT 1), d.lever)"""
_COUNTED = f"""SELECT {_LEVER} AS lever, coalesce(v.failure, '') AS failure, count(*) AS n
    FROM decisions AS d
    CROSS JOIN threads AS t INDEXED BY threads_seen_by ON t.id = d.thread_id
    LEFT JOIN verdicts AS v INDEXED BY verdicts_by_failure ON v.id = d.verdict_id
    WHERE d.decided_at >= :since AND d.decided_at < :before AND {_SEEN}
    GROUP BY 1, 2"""  # noqa: S608  # here and below: our own words only
"""Of ten thousands of decisions only what stands in an index is read; the bodies of verdicts are large."""
_MADE = f"""SELECT d.id, d.title, {_LEVER} AS lever, d.by_name, d.by, d.note,
        coalesce(json_extract(v.body, '$.headline'), '') AS headline,
        t.platform, t.workspace, t.channel, t.key, t.private
    FROM (SELECT d.number FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id
        WHERE d.decided_at >= :since AND d.decided_at < :before AND {_SEEN}
        ORDER BY d.decided_at DESC, d.number DESC LIMIT :limit) AS found
    JOIN decisions AS d ON d.number = found.number
    JOIN threads AS t ON t.id = d.thread_id
    LEFT JOIN verdicts AS v ON v.id = d.verdict_id
    ORDER BY d.decided_at DESC, d.number DESC"""  # noqa: S608
_OPEN = f"""SELECT t.title, o.since_at AS at, o.total,
        coalesce((SELECT v.lever FROM verdicts AS v WHERE v.turn_id = o.turn_id), '') AS lever,
        coalesce((SELECT q.text FROM questions AS q WHERE q.turn_id = o.turn_id), '') AS asked,
        t.platform, t.workspace, t.channel, t.key, t.private
    FROM (SELECT o.thread_id, o.turn_id, o.since_at, count(*) OVER () AS total
        FROM open_threads AS o
        CROSS JOIN threads AS t INDEXED BY threads_seen_by ON t.id = o.thread_id
        WHERE o.since_at >= :since AND o.since_at < :before AND o.waits_for = :what AND {_SEEN}
        ORDER BY o.since_at, o.turn_id LIMIT :limit) AS o
    JOIN threads AS t ON t.id = o.thread_id
    ORDER BY o.since_at, o.turn_id"""  # noqa: S608
_OBJECTED = f"""SELECT t.title, f.note, f.given_at AS at, t.platform, t.workspace, t.channel, t.key, t.private
    FROM feedback AS f
    JOIN turns AS u ON u.id = f.turn_id
    JOIN threads AS t ON t.id = u.thread_id
    WHERE f.value = 'not_right' AND f.given_at >= :since AND f.given_at < :before AND {_SEEN}
        AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.thread_id = t.id AND v.turn_id > f.turn_id)
        AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.thread_id = t.id AND d.turn_id > f.turn_id)
    GROUP BY t.id ORDER BY max(f.given_at) DESC LIMIT :limit"""  # noqa: S608
_OVERRULED = f"""SELECT d.id, d.title, d.lever AS before, r.lever, r.by_name, r.by, r.reason,
        t.platform, t.workspace, t.channel, t.key, t.private, count(*) OVER () AS total
    FROM reviews AS r
    JOIN decisions AS d ON d.id = r.decision_id
    JOIN threads AS t ON t.id = d.thread_id
    WHERE r.reviewed_at >= :since AND r.reviewed_at < :before AND r.what = 'overridden' AND {_SEEN}
    ORDER BY r.reviewed_at DESC, r.id DESC LIMIT :limit"""  # noqa: S608
_APPROVED = f"""SELECT count(DISTINCT r.decision_id) AS n FROM reviews AS r
    JOIN decisions AS d ON d.id = r.decision_id
    JOIN threads AS t ON t.id = d.thread_id
    WHERE r.reviewed_at >= :since AND r.reviewed_at < :before AND r.what = 'approved' AND {_SEEN}"""  # noqa: S608
_CAME_IN = f"""SELECT d.id, d.title, {_LEVER} AS lever, o.result, o.by_name, o.by, o.note, o.measure,
        o.measured_before, o.measured_after,
        t.platform, t.workspace, t.channel, t.key, t.private, count(*) OVER () AS total
    FROM outcomes AS o
    JOIN decisions AS d ON d.id = o.decision_id
    JOIN threads AS t ON t.id = d.thread_id
    WHERE o.seen_at >= :since AND o.seen_at < :before AND o.result <> 'too_early' AND {_SEEN}
        AND NOT EXISTS (SELECT 1 FROM outcomes AS n WHERE n.decision_id = o.decision_id AND n.id > o.id
            AND n.seen_at < :before)
    ORDER BY o.seen_at DESC, o.id DESC LIMIT :limit"""  # noqa: S608
_GAPS = f"""SELECT min(g.text) AS text, count(*) AS n, count(*) OVER () AS total
    FROM gaps AS g
    JOIN turns AS u ON u.id = g.turn_id
    JOIN threads AS t ON t.id = g.thread_id
    WHERE g.turn_id >= coalesce((SELECT min(id) FROM turns WHERE recorded_at >= :since), 0)
        AND u.recorded_at >= :since AND u.recorded_at < :before AND g.text <> '' AND {_SEEN}
        AND NOT (t.private = 1 AND t.key LIKE '{ASKED}%')
    GROUP BY lower(trim(g.text, ' ?!.')) ORDER BY n DESC, max(g.turn_id) DESC LIMIT :limit"""  # noqa: S608
_REVISITS = f"""SELECT d.id, d.title, {_LEVER} AS lever, w.text, s.title AS seen,
        s.platform, s.workspace, s.channel, s.key, s.private, count(*) OVER () AS total
    FROM revisits_met AS m
    JOIN revisits AS w ON w.id = m.revisit_id
    JOIN decisions AS d ON d.id = w.decision_id
    JOIN threads AS t ON t.id = d.thread_id
    JOIN threads AS s ON s.id = m.thread_id
    WHERE m.met_at >= :since AND m.met_at < :before AND {_SEEN} AND {_SEEN.replace("t.", "s.")}
    GROUP BY d.id ORDER BY max(m.id) DESC LIMIT :limit"""  # noqa: S608


class Weeks:
    """Reads one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def facts(self, scope: Scope, bounds: Sequence[datetime], since: datetime, most: int) -> WeekFacts:
        """What happened from `since` to the last of the `bounds`, and counts for the weeks between bounds.

        What waits is told as it stands now. At most `most` of each are read.
        """
        until, now = bounds[-1], self._file.now()
        week = {**_seen(scope), "since": to_text(since), "before": to_text(until), "limit": most}
        open_now = {**week, "since": to_text(now - FORGETTABLE), "before": to_text(now)}
        weeks = tuple(
            self._counted({**week, "since": to_text(start), "before": to_text(end)})
            for start, end in pairwise(bounds)
        )
        whole = weeks[-1] if since == bounds[-2] else self._counted(week)
        return WeekFacts(
            weeks=weeks,
            whole=whole,
            made=tuple(map(_made, self._file.rows(_MADE, week))),
            waiting=self._some(_OPEN, {**open_now, "what": "logging"}, _open),
            stuck=self._some(_OPEN, {**open_now, "what": "answer", "before": to_text(now - STUCK)}, _open),
            objected=tuple(map(_objected, self._file.rows(_OBJECTED, open_now))),
            overruled=self._some(_OVERRULED, week, _overruled),
            outcomes=self._some(_CAME_IN, week, _outcome),
            gaps=self._some(_GAPS, week, lambda row: GapFact(row["text"], row["n"])),
            revisits=self._some(_REVISITS, week, _revisit),
            approved=int(self._file.rows(_APPROVED, week)[0]["n"]),
        )

    def _counted(self, values: dict[str, Any]) -> tuple[Counted, ...]:
        rows = self._file.rows(_COUNTED, values)
        return tuple(Counted(row["lever"], row["failure"], row["n"]) for row in rows)

    def _some(self, sql: str, values: dict[str, Any], read: Callable[[Row], Fact]) -> Some[Fact]:
        rows = self._file.rows(sql, values)
        return Some(tuple(map(read, rows)), int(rows[0]["total"]) if rows else 0)


def _seen(scope: Scope) -> dict[str, Any]:
    channel = scope.channel or Channel("", "", "")
    everything = scope.channel is None
    return {**key_of(channel), "everything": int(everything), "only_here": int(scope.only_here)}


def _made(row: Row) -> MadeFact:
    return MadeFact(
        row["id"], row["title"], row["lever"], _by(row), row["note"], row["headline"], place_of(row)
    )


def _open(row: Row) -> OpenFact:
    return OpenFact(row["title"], row["lever"], row["asked"], from_text(row["at"]), place_of(row))


def _objected(row: Row) -> ObjectedFact:
    return ObjectedFact(row["title"], row["note"], from_text(row["at"]), place_of(row))


def _overruled(row: Row) -> OverruledFact:
    return OverruledFact(
        row["id"], row["title"], row["before"], row["lever"] or "", _by(row), row["reason"], place_of(row)
    )


def _outcome(row: Row) -> OutcomeFact:
    return OutcomeFact(
        id=row["id"],
        title=row["title"],
        lever=row["lever"],
        result=row["result"],
        by=_by(row),
        note=row["note"],
        measure=row["measure"],
        before=row["measured_before"],
        after=row["measured_after"],
        place=place_of(row),
    )


def _revisit(row: Row) -> RevisitFact:
    return RevisitFact(row["id"], row["title"], row["lever"], row["text"], row["seen"], place_of(row))


def _by(row: Row) -> str:
    return str(row["by_name"] or row["by"])
