"""Decisions and threads as lists: filtered, sorted and paged, for whoever may see them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.archive import decided_from, match_all
from storage.database import DatabaseFile, Row, stored
from storage.findings import Decided
from storage.instant import from_text, to_text
from storage.leases import place_of
from storage.records import Place
from storage.sight import Sight

Sort = Literal["newest", "oldest", "surest", "least_sure"]
Seen = Literal["", "verdict", "whole"]
"""Nothing; what was shared of a private thread; everything."""

MANY = 2_000
"""From so many on, what a person decided is no longer looked up as a whole."""

MOST_COUNTED = 1_000
"""Counting goes no further: nobody reads page 21 for its number."""

_ORDER: dict[Sort, str] = {
    "newest": "s.number DESC",
    "oldest": "s.number",
    "surest": "s.confidence DESC, s.number DESC",
    "least_sure": "s.confidence, s.number",
}
_EQUAL = ("lever", "failure", "state", "outcome", "platform")
# What many decisions have is looked for in each decision of the list, which soon fills a page; what few
# have is looked up, and then sorted.
_BY = {
    "few": """s.number IN (SELECT number FROM decisions WHERE by = :person
        UNION SELECT number FROM decisions WHERE by_name = :person)""",
    "many": """EXISTS (SELECT 1 FROM decisions AS d
        WHERE d.number = s.number AND (d.by = :person OR d.by_name = :person))""",
}
_BY_COUNT = """SELECT 1 FROM (SELECT number FROM decisions WHERE by = :person
    UNION ALL SELECT number FROM decisions WHERE by_name = :person) LIMIT :most"""
_WITH_WORDS = "decision_words AS w CROSS JOIN standings AS s ON s.number = w.rowid"
_WORDS = "w.decision_words MATCH :words"
_READABLE = "EXISTS (SELECT 1 FROM threads AS t WHERE t.id = s.thread_id AND {threads})"
_IN_ORDER = {"s.number DESC": "w.rowid DESC", "s.number": "w.rowid"}
"""The index of words gives its rows in this order, one by one: a page needs no more of them than it shows."""
_ROWS = """SELECT l.*, s.failure, s.confidence FROM ({found}) AS f
    JOIN standings AS s ON s.number = f.number JOIN decision_list AS l ON l.number = f.number
    ORDER BY {order}"""
_SEEN = """SELECT {decisions} AS verdict, {threads} AS whole
    FROM standings AS s JOIN threads AS t ON t.id = s.thread_id WHERE s.decision_id = :id"""
_THREADS = """SELECT t.*, coalesce(w.waits_for, '') AS waits_for,
        coalesce((SELECT s.decision_id FROM standings AS s WHERE s.thread_id = t.id
            ORDER BY s.number DESC LIMIT 1), '') AS decision,
        coalesce((SELECT v.lever FROM verdicts AS v WHERE v.thread_id = t.id
            ORDER BY v.turn_id DESC LIMIT 1), '') AS lever
    FROM {found}
    WHERE t.title <> '' AND {seen} ORDER BY {order} DESC LIMIT :limit OFFSET :offset"""
_ALL = ("threads AS t LEFT JOIN open_threads AS w ON w.thread_id = t.id", "t.opened_at")
_WAITING = ("open_threads AS w CROSS JOIN threads AS t ON t.id = w.thread_id", "w.since_at")
"""Through which table the threads are found, and their order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are listed, and in which order; what is empty or None does not filter.

    `channels` are ids; `person` is the id or the name of who logged it; `since` is included, `before` is not;
    every word of `text` must stand in the title, the note or the quotes.
    """

    lever: str = ""
    failure: str = ""
    state: str = ""
    outcome: str = ""
    platform: str = ""
    channels: tuple[str, ...] = ()
    person: str = ""
    since: datetime | None = None
    before: datetime | None = None
    text: str = ""
    sort: Sort = "newest"


@dataclass(frozen=True, slots=True)
class Listed:
    """A decision in a list, with where it failed and how sure the verdict was."""

    decided: Decided
    failure: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ListedThread:
    """A thread in a list: for what it waits, if it does, its newest decision and verdict."""

    id: str
    place: Place
    title: str
    at: datetime
    waits_for: str
    decision: str
    lever: str


class Listing:
    """Reads one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def decisions(self, sight: Sight, wanted: Wanted, limit: int = 50, offset: int = 0) -> list[Listed]:
        """The decisions that a person may see and that pass, in order."""
        tables, where, values = self._found(sight, wanted)
        order = _ORDER[wanted.sort]
        inner = _IN_ORDER.get(order, order) if wanted.text.strip() else order
        found = f"SELECT s.number FROM {tables} WHERE {where} ORDER BY {inner} LIMIT :limit OFFSET :offset"  # noqa: S608
        rows = self._file.rows(
            _ROWS.format(found=found, order=order), {**values, "limit": limit, "offset": offset}
        )
        return [Listed(decided_from(row), row["failure"], row["confidence"]) for row in rows]

    def count(self, sight: Sight, wanted: Wanted, most: int = MOST_COUNTED) -> int:
        """How many there are, counted no further than one beyond `most`."""
        tables, where, values = self._found(sight, wanted)
        sql = f"SELECT count(*) AS n FROM (SELECT 1 FROM {tables} WHERE {where} LIMIT :most)"  # noqa: S608
        return int(self._file.rows(sql, {**values, "most": most + 1})[0]["n"])

    def seen(self, sight: Sight, decision_id: str) -> Seen:
        """How much of a decision a person may see."""
        sql = _SEEN.format(decisions=sight.decisions, threads=sight.threads)
        row = self._file.row(sql, {**sight.values, "id": stored(decision_id)})
        if row is None or not (row["verdict"] or row["whole"]):
            return ""
        return "whole" if row["whole"] else "verdict"

    def owns_thread(self, sight: Sight, thread_id: str) -> bool:
        """Whether a thread is a person's own."""
        sql = f"SELECT 1 FROM threads AS t WHERE t.id = :id AND {sight.own}"  # noqa: S608
        return self._file.row(sql, {**sight.values, "id": stored(thread_id)}) is not None

    def sees_thread(self, sight: Sight, thread_id: str) -> bool:
        """Whether a person may read a thread."""
        sql = f"SELECT 1 FROM threads AS t WHERE t.id = :id AND {sight.threads}"  # noqa: S608
        return self._file.row(sql, {**sight.values, "id": stored(thread_id)}) is not None

    def threads(
        self, sight: Sight, waiting: bool = False, limit: int = 50, offset: int = 0
    ) -> list[ListedThread]:
        """The threads that a person may read, newest first; with `waiting` those that wait for somebody."""
        found, order = _WAITING if waiting else _ALL
        sql = _THREADS.format(found=found, order=order, seen=sight.threads)
        rows = self._file.rows(sql, {**sight.values, "limit": limit, "offset": offset})
        return [_thread(row) for row in rows]

    def _found(self, sight: Sight, wanted: Wanted) -> tuple[str, str, dict[str, object]]:
        """The tables, the clause and its values: only what is asked for, so that indexes can be used."""
        tables, clauses, values = "standings AS s", [sight.decisions], dict[str, object](sight.values)
        for name in _EQUAL:
            if value := getattr(wanted, name):
                clauses.append(f"s.{name} = :{name}")
                values[name] = stored(value)
        if len(wanted.channels) == 1:
            clauses.append("s.channel = :channel")
            values["channel"] = stored(wanted.channels[0])
        elif wanted.channels:
            clauses.append("s.channel IN (SELECT value FROM json_each(:channels))")
            values["channels"] = json.dumps([stored(one) for one in wanted.channels])
        if wanted.since:
            clauses.append("s.decided_at >= :since")
            values["since"] = to_text(wanted.since)
        if wanted.before:
            clauses.append("s.decided_at < :before")
            values["before"] = to_text(wanted.before)
        if wanted.person:
            values["person"] = stored(wanted.person)
            rows = self._file.rows(_BY_COUNT, {"person": values["person"], "most": MANY})
            clauses.append(_BY["many" if len(rows) == MANY else "few"])
        if wanted.text.strip():
            tables, values["words"] = _WITH_WORDS, match_all(wanted.text)
            clauses.append(_WORDS)
            if sight.wide:  # else a search would tell, word by word, what a shared verdict does not show
                clauses.append(_READABLE.format(threads=sight.threads))
        return tables, " AND ".join(clauses), values


def _thread(row: Row) -> ListedThread:
    return ListedThread(
        row["id"],
        place_of(row),
        row["title"],
        from_text(row["opened_at"]),
        row["waits_for"],
        row["decision"],
        row["lever"],
    )
