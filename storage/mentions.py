"""A person's name in what others wrote, where a platform put it in the place of a mention: “@Ada”."""

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from storage.decisions import index

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

SOMEBODY = "@somebody"

_IN_THREADS = (
    ("messages", "id", "text"),
    ("inbox", "id", "text"),
    ("evidence", "id", "quote"),
    ("gaps", "turn_id", "text"),
    ("outbox", "id", "body"),
    ("verdicts", "id", "body"),
    ("decisions", "number", "title"),
    ("decisions", "number", "note"),
)
_OF_DECISIONS = (
    ("reviews", "id", "reason"),
    ("outcomes", "id", "note"),
    ("outcomes", "id", "measure"),
    ("looks_again", "id", "note"),
)
_THREADS = "SELECT id FROM threads WHERE platform = :platform AND workspace = :workspace"
_DECISIONS = f"SELECT id FROM decisions WHERE thread_id IN ({_THREADS})"  # noqa: S608  # here and below: our own words only
_FEEDBACK = f"SELECT id FROM turns WHERE thread_id IN ({_THREADS})"  # noqa: S608
_PLACES = (
    *((table, key, column, f"thread_id IN ({_THREADS})") for table, key, column in _IN_THREADS),
    *((table, key, column, f"decision_id IN ({_DECISIONS})") for table, key, column in _OF_DECISIONS),
    ("feedback", "id", "note", f"turn_id IN ({_FEEDBACK})"),
    ("threads", "rowid", "title", f"id IN ({_THREADS})"),
)


_SEARCHED = f"""SELECT d.thread_id, d.number, d.turn_id FROM decisions AS d
    WHERE d.thread_id IN ({_THREADS}) AND (instr(d.title, :mention) OR instr(d.note, :mention)
        OR EXISTS (SELECT 1 FROM evidence AS e WHERE e.thread_id = d.thread_id AND instr(e.quote, :mention))
        OR EXISTS (SELECT 1 FROM outcomes AS o WHERE o.decision_id = d.id
            AND (instr(o.note, :mention) OR instr(o.measure, :mention))))"""  # noqa: S608
"""The decisions that are found by words which mention the person."""


def forget_mentions(tables: "Tables", who: dict[str, Any], names: Iterable[str]) -> int:
    """Put “@somebody” in the place of each mention of a person in a workspace; in how many texts."""
    changed = 0
    for name in names:
        mention = f"@{name}"
        searched = tables.execute(_SEARCHED, {**who, "mention": mention}).fetchall()
        for thread, number, turn in searched:
            index(tables, thread, number, turn, "delete")
        changed += sum(_forget(tables, who, mention, *place) for place in _PLACES)
        for thread, number, turn in searched:
            index(tables, thread, number, turn, "insert")
    return changed


def _forget(
    tables: "Tables", who: dict[str, Any], mention: str, table: str, key: str, column: str, where: str
) -> int:
    written = json.dumps(mention, ensure_ascii=False)[1:-1] if column == "body" else mention
    found = tables.execute(
        f"SELECT {key}, {column} FROM {table} WHERE instr({column}, :mention) AND {where}",  # noqa: S608
        {**who, "mention": written},
    ).fetchall()
    whole = re.compile(rf"{re.escape(written)}(?!\w)")
    changed = [(whole.sub(SOMEBODY, text), row) for row, text in found if whole.search(text)]
    for text, row in changed:
        tables.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", [text, row])  # noqa: S608
    return len(changed)
