"""How evidence, decisions and empty threads are taken out of the log, within one transaction of the caller.

A verdict outlives its evidence. Then it says so, for it can no longer be replayed, and it quotes nobody.
"""

import json
import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage.database import stored
from storage.decisions import index
from storage.retold import rewrite, unquoting
from storage.unlocked import remove

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_CHOSEN = "(SELECT value FROM json_each(:chosen))"
_MARK = f"""UPDATE verdicts SET evidence_removed_at = :now
    WHERE evidence_removed_at IS NULL AND EXISTS (SELECT 1 FROM evidence AS e
        WHERE e.id IN {_CHOSEN} AND e.thread_id = verdicts.thread_id AND e.turn_id <= verdicts.turn_id
            AND e.turn_id >= coalesce((SELECT max(r.turn_id) FROM resets AS r
                WHERE r.thread_id = verdicts.thread_id AND r.turn_id <= verdicts.turn_id), 0))
        AND thread_id IN (SELECT thread_id FROM evidence WHERE id IN {_CHOSEN})"""  # noqa: S608  # here and below: our own words only
_QUOTES = f"SELECT thread_id, quote FROM evidence WHERE id IN {_CHOSEN}"  # noqa: S608
_DECIDED = "SELECT number, turn_id FROM decisions WHERE thread_id = ?"
_SAID_ABOUT = """SELECT id, body FROM outbox WHERE body <> '[]' AND (thread_id = :thread
    OR turn_id IN (SELECT id FROM turns WHERE thread_id = :thread))"""
_RESTED_ON = f"""SELECT e.id FROM decisions AS d JOIN evidence AS e ON e.thread_id = d.thread_id
    WHERE d.number IN {_CHOSEN} AND e.turn_id <= d.turn_id"""  # noqa: S608
_GOING = f"SELECT id, thread_id, number, turn_id FROM decisions WHERE number IN {_CHOSEN}"  # noqa: S608
_TOLD = """SELECT id, body FROM outbox WHERE body <> '[]' AND done_at IS NOT NULL
    AND (instr(body, '"decision":"') OR instr(body, '"logged":"d-'))"""
_NAMED = re.compile(r'"(?:decision|logged)":"([^"]+)"')


def expire_evidence(tables: "Tables", rows: list[Any], now: datetime) -> Counter[str]:
    """Take out evidence and what quotes it, and mark the verdicts that rested on it."""
    chosen = {"chosen": json.dumps(rows)}
    quotes: dict[str, list[str]] = {}
    for thread, quote in tables.execute(_QUOTES, chosen).fetchall():
        quotes.setdefault(thread, []).append(quote)
    marked = tables.execute(_MARK, {**chosen, "now": stored(now)}).rowcount
    searched = {thread: tables.execute(_DECIDED, [thread]).fetchall() for thread in quotes}
    for thread, decisions in searched.items():
        for number, turn in decisions:
            index(tables, thread, number, turn, "delete")
    gone = tables.execute(f"DELETE FROM evidence WHERE id IN {_CHOSEN}", chosen).rowcount  # noqa: S608
    for thread, decisions in searched.items():
        _unquote(tables, thread, quotes[thread])
        for number, turn in decisions:
            index(tables, thread, number, turn, "insert")
    return Counter(evidence=gone, verdicts=marked)


def expire_decisions(tables: "Tables", rows: list[Any], now: datetime) -> Counter[str]:
    """Take out decisions with all that followed them, what they rested on, and what tells of them."""
    chosen = {"chosen": json.dumps(rows)}
    evidence = [number for (number,) in tables.execute(_RESTED_ON, chosen).fetchall()]
    counts = expire_evidence(tables, evidence, now)
    going = tables.execute(_GOING, chosen).fetchall()
    for _, thread, number, turn in going:
        index(tables, thread, number, turn, "delete")
    _untell(tables, frozenset(row[0] for row in going))
    gone = remove(tables, "decisions", "number", rows)
    return counts + Counter({name: gone[name] for name in ("decisions", "reviews", "outcomes")})


def expire_threads(tables: "Tables", rows: list[Any], now: datetime) -> Counter[str]:
    """Take out threads of which nothing is left but that they were there."""
    gone = remove(tables, "threads", "id", rows)
    return Counter(threads=gone["threads"])


def _unquote(tables: "Tables", thread: str, quotes: list[str]) -> None:
    """Take quotes out of a thread's verdicts, and of all that was said in it or shared from it."""
    unquoted = unquoting(filter(None, quotes))
    verdicts = tables.execute("SELECT id, body FROM verdicts WHERE thread_id = ?", [thread]).fetchall()
    for number, body in verdicts:
        rewrite(tables, "verdicts", number, body, unquoted)
    for number, body in tables.execute(_SAID_ABOUT, {"thread": thread}).fetchall():
        rewrite(tables, "outbox", number, body, unquoted)


def _untell(tables: "Tables", decisions: frozenset[str]) -> None:
    """Take out of every post what it tells of these decisions."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {name: without(held) for name, held in value.items()}
            return {**kept, "logged": ""} if kept.get("logged") in decisions else kept
        if isinstance(value, list):
            return [
                without(one)
                for one in value
                if not (isinstance(one, dict) and one.get("decision") in decisions)
            ]
        return value

    for number, body in tables.execute(_TOLD).fetchall():
        if not decisions.isdisjoint(_NAMED.findall(body)):
            rewrite(tables, "outbox", number, body, without)
