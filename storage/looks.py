"""Days on which a decision is to be looked at again, and what many decisions look like together."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import DatabaseFile, Row
from storage.instant import from_text, to_text
from storage.sight import Sight

RECENT = 500
"""Of how many of the newest decisions the citations are counted."""

_NEWEST = "l.id = (SELECT max(n.id) FROM looks_again AS n WHERE n.decision_id = l.decision_id)"
_DUE = """SELECT l.day, l.note, l.by, l.by_name, l.set_at, l.decision_id, d.title, s.lever
    FROM looks_again AS l JOIN standings AS s ON s.decision_id = l.decision_id
    JOIN decisions AS d ON d.number = s.number
    WHERE {newest} AND l.day <> '' AND l.day <= :day AND {seen} ORDER BY l.day LIMIT :limit"""
_OF = """SELECT l.day, l.note, l.by, l.by_name, l.set_at, l.decision_id, d.title, d.lever
    FROM looks_again AS l JOIN decisions AS d ON d.id = l.decision_id
    WHERE l.decision_id = :id ORDER BY l.id"""
_BY_WEEK = """SELECT s.lever, CAST((julianday(s.decided_at) - julianday(:since)) / 7 AS INTEGER) AS week,
        count(*) AS n
    FROM standings AS s INDEXED BY standings_by_time
    WHERE s.decided_at >= :since AND {seen} GROUP BY 1, 2"""
_CITED = """SELECT json_extract(r.value, '$.citation.passage') AS passage, count(*) AS n
    FROM (SELECT s.number FROM standings AS s WHERE {seen} ORDER BY s.number DESC LIMIT :recent) AS f
    JOIN decisions AS d ON d.number = f.number JOIN verdicts AS v ON v.id = d.verdict_id
    JOIN json_each(v.body, '$.reasons') AS r
    GROUP BY 1 ORDER BY n DESC LIMIT :limit"""
_GAPS = """SELECT min(g.text) AS text, count(*) AS n, max(u.recorded_at) AS at
    FROM (SELECT * FROM gaps ORDER BY turn_id DESC LIMIT :recent) AS g
    JOIN turns AS u ON u.id = g.turn_id JOIN threads AS t ON t.id = g.thread_id
    WHERE g.text <> '' AND {seen}
    GROUP BY lower(trim(g.text, ' ?!.')) ORDER BY n DESC, at DESC LIMIT :limit"""


@dataclass(frozen=True, slots=True)
class Look:
    """A day that somebody set for a decision; an empty day takes the earlier one back."""

    decision: str
    title: str
    lever: str
    day: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the guidance could not answer, how often it was asked, and when last."""

    text: str
    count: int
    at: datetime


class Looks:
    """Reads one database file, from any thread; the log writes."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def of(self, decision: str) -> list[Look]:
        """Every day that was set for a decision, oldest first."""
        return [_look(row) for row in self._file.rows(_OF, {"id": decision})]

    def due(self, sight: Sight, limit: int = 10) -> list[Look]:
        """What is to be looked at by today, of what a person may see."""
        sql = _DUE.format(newest=_NEWEST, seen=sight.decisions)
        values = {**sight.values, "day": self._file.now().date().isoformat(), "limit": limit}
        return [_look(row) for row in self._file.rows(sql, values)]

    def by_week(self, sight: Sight, since: datetime, weeks: int) -> dict[str, tuple[int, ...]]:
        """How many decisions there were by lever, a number a week from `since` on."""
        found: dict[str, list[int]] = {}
        rows = self._file.rows(
            _BY_WEEK.format(seen=sight.decisions), {**sight.values, "since": to_text(since)}
        )
        for row in rows:
            if 0 <= row["week"] < weeks:
                found.setdefault(row["lever"], [0] * weeks)[row["week"]] = row["n"]
        return {lever: tuple(counts) for lever, counts in found.items()}

    def cited(self, sight: Sight, limit: int = 10) -> list[tuple[str, int]]:
        """The passages that the newest verdicts rest on most, with how many do."""
        sql = _CITED.format(seen=sight.decisions)
        rows = self._file.rows(sql, {**sight.values, "recent": RECENT, "limit": limit})
        return [(row["passage"], row["n"]) for row in rows if row["passage"]]

    def unanswered(self, sight: Sight, limit: int = 20) -> list[Asked]:
        """What was asked lately and the guidance does not say, the most frequent first."""
        sql = _GAPS.format(seen=sight.threads)
        rows = self._file.rows(sql, {**sight.values, "recent": RECENT, "limit": limit})
        return [Asked(row["text"], row["n"], from_text(row["at"])) for row in rows]


def _look(row: Row) -> Look:
    return Look(
        row["decision_id"],
        row["title"],
        row["lever"],
        row["day"],
        row["note"],
        row["by_name"] or row["by"],
        from_text(row["set_at"]),
    )
