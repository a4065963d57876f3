"""Whom to ask how a decision turned out: once after a time, once more, and never again."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from storage.database import DatabaseFile, Row
from storage.instant import from_text, to_text
from storage.leases import place_of
from storage.records import AskedOutcome, Place

WAIT_DAYS = 30
"""After how many days a thread is asked, unless somebody chose otherwise when they logged the decision."""

REMINDS_AFTER = timedelta(days=7)

TOO_LATE = timedelta(days=14)
"""Nobody is asked who should have been asked so long ago: a long stop is followed by no flood."""

_SAID = """(SELECT o.result FROM outcomes AS o WHERE o.decision_id = d.id ORDER BY o.id DESC LIMIT 1)"""
_LEVER = """coalesce((SELECT r.lever FROM reviews AS r WHERE r.decision_id = d.id AND r.lever IS NOT NULL
    ORDER BY r.id DESC LIMIT 1), d.lever)"""
_ABOUT = f"""d.id, d.thread_id, d.title, d.by, d.by_name, d.decided_at, {_LEVER} AS lever,
    t.platform, t.workspace, t.channel, t.key, t.private"""
_HERE = "t.platform IN (SELECT value FROM json_each(:platforms))"
_STANDS = f"""{_LEVER} <> 'not_ready'
    AND NOT EXISTS (SELECT 1 FROM decisions AS n WHERE n.thread_id = d.thread_id AND n.number > d.number)"""  # noqa: S608  # here and below: our own words only
"""Only what was decided last in a thread is asked about, and only where there was something to try."""
_UNASKED = f"""{_HERE} AND {_STANDS} AND coalesce({_SAID}, 'too_early') = 'too_early'
    AND NOT EXISTS (SELECT 1 FROM outcome_asks AS a WHERE a.decision_id = d.id AND a.number = 1)"""  # noqa: S608  # here and below: our own words only
# CROSS JOIN: from the few that may be due to their threads, and never through all threads of a platform.
_FIRST = f"""SELECT {_ABOUT}, 1 AS number FROM decisions AS d CROSS JOIN threads AS t ON t.id = d.thread_id
    WHERE d.decided_at > :oldest AND d.decided_at <= :newest AND {_UNASKED}
        AND NOT EXISTS (SELECT 1 FROM outcome_waits AS w WHERE w.decision_id = d.id)
    UNION ALL
    SELECT {_ABOUT}, 1 FROM outcome_waits AS w
    CROSS JOIN decisions AS d ON d.id = w.decision_id CROSS JOIN threads AS t ON t.id = d.thread_id
    WHERE w.days > 0 AND julianday(:now) - julianday(d.decided_at) BETWEEN w.days AND w.days + :late
        AND {_UNASKED}
    LIMIT :limit"""  # noqa: S608
_AGAIN = f"""SELECT {_ABOUT}, 2 AS number FROM outcome_asks AS a
    CROSS JOIN decisions AS d ON d.id = a.decision_id CROSS JOIN threads AS t ON t.id = d.thread_id
    LEFT JOIN outcome_waits AS w ON w.decision_id = d.id
    WHERE a.number = 1 AND {_HERE} AND {_STANDS}
        AND NOT EXISTS (SELECT 1 FROM outcome_asks AS b WHERE b.decision_id = d.id AND b.number = 2)
        AND ((a.asked_at > :stale AND a.asked_at <= :unanswered AND {_SAID} IS NULL)
            OR ({_SAID} = 'too_early' AND julianday(:now) - julianday(
                (SELECT max(o.seen_at) FROM outcomes AS o WHERE o.decision_id = d.id))
                BETWEEN coalesce(w.days, {WAIT_DAYS}) AND coalesce(w.days, {WAIT_DAYS}) + :late))
    LIMIT :limit"""  # noqa: S608
_BY_TURN = """SELECT a.decision_id, u.thread_id FROM outcome_asks AS a JOIN turns AS u ON u.id = a.turn_id
    WHERE u.key = :turn"""
_IN_THREAD = "SELECT id FROM decisions WHERE thread_id = :thread ORDER BY number DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A decision whose thread is to be asked, for the first or the second time."""

    asks: AskedOutcome
    thread_id: str
    place: Place
    title: str
    lever: str
    by: str
    days: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The decision that a turn asked about, and the thread in which it did."""

    decision: str
    thread_id: str


class Outcomes:
    """Reads what was asked and answered, from any thread; the log writes it."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def due(self, platforms: Collection[str], most: int = 5) -> list[Unanswered]:
        """Which threads are to be asked now, on some platforms, at most so many at once."""
        now = self._file.now()
        newest = now - timedelta(days=WAIT_DAYS)
        wanted = {
            "platforms": json.dumps(sorted(platforms)),
            "now": to_text(now),
            "newest": to_text(newest),
            "oldest": to_text(newest - TOO_LATE),
            "unanswered": to_text(now - REMINDS_AFTER),
            "stale": to_text(now - REMINDS_AFTER - TOO_LATE),
            "late": TOO_LATE.days,
            "limit": most,
        }
        rows = [*self._file.rows(_FIRST, wanted), *self._file.rows(_AGAIN, wanted)]
        return [self._unanswered(row) for row in rows[:most]]

    def asked_by(self, turn: str) -> Asked | None:
        """What the turn with this key asked about."""
        row = self._file.row(_BY_TURN, {"turn": turn})
        return Asked(row["decision_id"], row["thread_id"]) if row else None

    def newest_of(self, thread_id: str) -> str | None:
        """The newest decision of a thread."""
        row = self._file.row(_IN_THREAD, {"thread": thread_id})
        return str(row["id"]) if row else None

    def _unanswered(self, row: Row) -> Unanswered:
        return Unanswered(
            asks=AskedOutcome(row["id"], row["number"]),
            thread_id=row["thread_id"],
            place=place_of(row),
            title=row["title"],
            lever=row["lever"],
            by=row["by_name"] or row["by"],
            days=(self._file.now() - from_text(row["decided_at"])).days,
        )
