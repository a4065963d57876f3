"""Take out what is kept no longer: people's words, evidence, decisions, and threads that are left empty.

Rows go in small batches, each in a transaction of its own, so that conversations go on meanwhile, and a kill
leaves nothing half done. What waits to be answered or delivered is never touched.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage import audit
from storage.audit import Actor
from storage.database import DatabaseFile
from storage.duties import CLEARING, owe
from storage.expiring import expire_decisions, expire_evidence, expire_threads
from storage.instant import to_text
from storage.schema_duties import IN_INBOX, IN_MESSAGES, IN_OUTBOX
from storage.unlocked import removing

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

MANY, FEW = 5_000, 500
"""Rows in one batch: of those that are only emptied, and of those on which much depends."""
PAUSE = 0.1

Take = Callable[["Tables", list[Any], datetime], Counter[str]]


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """What came before is to go: messages, evidence and decisions; None keeps everything."""

    messages: datetime | None = None
    evidence: datetime | None = None
    decisions: datetime | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """How much was taken out, by what it was. `whole`: nothing that is due was left for another time."""

    counts: Mapping[str, int]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """One kind of thing: how its due rows are found (`:before`, `:most`), and how they are taken out."""

    name: str
    of: str
    find: str
    take: Take
    most: int = MANY


def _blank(name: str, table: str, key: str, what: str) -> Take:
    sql = f"UPDATE {table} SET {what} WHERE {key} IN (SELECT value FROM json_each(?))"  # noqa: S608  # here and below: our own words only

    def take(tables: "Tables", rows: list[Any], now: datetime) -> Counter[str]:
        return Counter({name: tables.execute(sql, [json.dumps(rows)]).rowcount})

    return take


def _delete(table: str) -> Take:
    sql = f"DELETE FROM {table} WHERE rowid IN (SELECT value FROM json_each(?))"  # noqa: S608

    def take(tables: "Tables", rows: list[Any], now: datetime) -> Counter[str]:
        return Counter({table: tables.execute(sql, [json.dumps(rows)]).rowcount})

    return take


_BODY = """CASE WHEN json_extract(body, '$.shortcut') IS NULL THEN '{}'
    ELSE json_object('shortcut', json_extract(body, '$.shortcut')) END"""
"""What is left of a row's body: that its author did not speak to the bot."""

_STEPS = (
    _Step(
        "messages",
        "messages",
        f"SELECT id FROM messages WHERE ({IN_MESSAGES}) AND sent_at < :before ORDER BY sent_at LIMIT :most",  # noqa: S608
        _blank("messages", "messages", "id", "text = '', author_name = ''"),
    ),
    _Step(
        "received",
        "messages",
        f"SELECT id FROM inbox WHERE ({IN_INBOX}) AND received_at < :before AND done_at IS NOT NULL "  # noqa: S608
        "ORDER BY received_at LIMIT :most",
        _blank("received", "inbox", "id", f"text = '', author_name = '', body = {_BODY}"),
    ),
    _Step(
        "replies",
        "messages",
        f"SELECT id FROM outbox WHERE {IN_OUTBOX} AND queued_at < :before AND done_at IS NOT NULL "  # noqa: S608
        "ORDER BY queued_at LIMIT :most",
        _blank("replies", "outbox", "id", "body = '[]'"),
    ),
    _Step(
        "titles",
        "messages",
        "SELECT id FROM threads WHERE title <> '' AND opened_at < :before LIMIT :most",
        _blank("titles", "threads", "id", "title = ''"),
    ),
    _Step(
        "questions",
        "messages",
        "SELECT g.turn_id FROM gaps AS g JOIN turns AS u ON u.id = g.turn_id "
        "WHERE g.text <> '' AND u.recorded_at < :before LIMIT :most",
        _blank("questions", "gaps", "turn_id", "text = ''"),
    ),
    _Step(
        "feedback",
        "messages",
        "SELECT id FROM feedback WHERE note <> '' AND given_at < :before LIMIT :most",
        _blank("feedback", "feedback", "id", "note = ''"),
    ),
    _Step(
        "voices",
        "messages",
        "SELECT rowid FROM voices WHERE heard_at < :before LIMIT :most",
        _delete("voices"),
    ),
    _Step(
        "sign_ins",
        "messages",
        "SELECT rowid FROM sign_ins WHERE ends_at < :before LIMIT :most",
        _delete("sign_ins"),
    ),
    _Step(
        "sign_in_links",
        "messages",
        "SELECT rowid FROM sign_in_links WHERE ends_at < :before LIMIT :most",
        _delete("sign_in_links"),
    ),
    _Step(
        "evidence",
        "evidence",
        "SELECT e.id FROM evidence AS e JOIN turns AS u ON u.id = e.turn_id "
        "WHERE u.recorded_at < :before ORDER BY e.id LIMIT :most",
        expire_evidence,
        FEW,
    ),
    _Step(
        "decisions",
        "decisions",
        "SELECT number FROM decisions WHERE decided_at < :before ORDER BY decided_at LIMIT :most",
        expire_decisions,
        FEW,
    ),
    _Step(
        "threads",
        "messages",
        """SELECT t.id FROM threads AS t WHERE t.opened_at < :before
        AND NOT EXISTS (SELECT 1 FROM turns AS u WHERE u.thread_id = t.id AND +u.recorded_at >= :before)
        AND NOT EXISTS (SELECT 1 FROM inbox AS i WHERE i.thread_id = t.id
            AND (+i.received_at >= :before OR i.done_at IS NULL))
        AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.thread_id = t.id
            AND (+o.queued_at >= :before OR o.done_at IS NULL))
        AND NOT EXISTS (SELECT 1 FROM evidence AS e WHERE e.thread_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.thread_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM outbox AS o JOIN digests AS g ON g.outbox_id = o.id
            WHERE o.thread_id = t.id)
        ORDER BY t.opened_at LIMIT :most""",
        expire_threads,
        FEW,
    ),
)
"""In this order: what is quoted goes before what quotes it, and a thread goes when nothing is left in it.

A plus keeps SQLite from the index by time, where the few rows of a thread are to be read.
"""


class Retention:
    """Takes out of one database file what is kept no longer, from any thread."""

    def __init__(self, file: DatabaseFile, pause: float = PAUSE) -> None:
        """`pause` is how many seconds others get to write between two batches."""
        self._file = file
        self._pause = pause

    def due(self, cutoffs: Cutoffs) -> dict[str, int]:
        """How much would go now, by what it is. Threads that would be left empty by it are not counted."""
        found = {}
        for step, before in _wanted(cutoffs):
            sql = f"SELECT count(*) AS n FROM ({step.find})"  # noqa: S608
            found[step.name] = int(self._file.rows(sql, {"before": to_text(before), "most": -1})[0]["n"])
        return {name: count for name, count in found.items() if count}

    def expire(self, cutoffs: Cutoffs, actor: Actor, most: int | None = None) -> Expired:
        """Take it out, in at most so many batches, and note how much in the audit.

        Raises:
            StorageError: what went before stays gone, and the rest is still due.
        """
        counts: Counter[str] = Counter()
        left = most
        for step, before in _wanted(cutoffs):
            wanted = {"before": to_text(before), "most": step.most}
            while self._file.row(step.find, {**wanted, "most": 1}) is not None:
                if left == 0:
                    return Expired(counts, whole=False)
                if counts:
                    time.sleep(self._pause)
                counts += self._batch(step, wanted, actor)
                left = None if left is None else left - 1
        return Expired(counts, whole=True)

    def _batch(self, step: _Step, wanted: dict[str, Any], actor: Actor) -> Counter[str]:
        now = self._file.now()
        with removing(self._file) as tables:
            rows = [row[0] for row in tables.execute(step.find, wanted).fetchall()]
            counts = step.take(tables, rows, now)
            audit.note(tables, "expired", actor, now, counts=counts)
            owe(tables, CLEARING, now)
        return counts


def _wanted(cutoffs: Cutoffs) -> list[tuple[_Step, datetime]]:
    """The steps for which anything can be due, each with its moment."""
    moments = ((step, getattr(cutoffs, step.of)) for step in _STEPS)
    return [(step, moment) for step, moment in moments if moment is not None]
