"""A person's words where they are told again: in digests, as precedents, and in verdicts that were shared.

Such posts stand in threads in which the person never spoke, so they are looked for in the whole workspace.
"""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from decision.assess import shortened

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

NOBODY = "forgotten"
"""Stands where a person stood."""

_CUTS = (60, 70, 80, 140, 1000)
"""The lengths at which replies, titles, reasons and digests shorten a person's words."""

_SAID_BY_THEM = frozenset({"title", "by", "named", "note", "why", "asked", "about", "measure"})
"""The fields of replies that hold what a person wrote, or their name, and nothing else."""

_MEASURED = _SAID_BY_THEM | {"before", "after"}
"""The same, where something was measured; elsewhere the last two are ours."""

_NOT_UNDERSTOOD = frozenset({"unknown_lever", "unknown_time", "unknown_decision"})
"""The kinds of replies that name a part of what a person typed, which is not kept anywhere by itself."""

_HERE = "t.platform = :platform AND t.workspace = :workspace"
TITLED_BY = """coalesce((SELECT e.by FROM evidence AS e WHERE e.thread_id = t.id ORDER BY e.id LIMIT 1),
    t.opened_by)"""
"""Whose words the title of a thread is made of: who said first what could be read. Without that evidence any
more, who began the thread."""
_WORDS = f"""
    SELECT m.text FROM messages AS m JOIN threads AS t ON t.id = m.thread_id
        WHERE m.author = :person AND {_HERE}
    UNION SELECT e.quote FROM evidence AS e JOIN threads AS t ON t.id = e.thread_id
        WHERE e.by = :person AND {_HERE}
    UNION SELECT g.text FROM gaps AS g JOIN threads AS t ON t.id = g.thread_id
        WHERE g.by = :person AND {_HERE}
    UNION SELECT d.note FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id
        WHERE d.by = :person AND {_HERE}
    UNION SELECT d.title FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id
        WHERE {TITLED_BY} = :person AND {_HERE}
    UNION SELECT t.title FROM threads AS t WHERE {TITLED_BY} = :person AND {_HERE}
    UNION SELECT r.reason FROM reviews AS r JOIN decisions AS d ON d.id = r.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE r.by = :person AND {_HERE}
    UNION SELECT f.note FROM feedback AS f JOIN turns AS u ON u.id = f.turn_id
        JOIN threads AS t ON t.id = u.thread_id WHERE f.by = :person AND {_HERE}
    UNION SELECT o.note FROM outcomes AS o JOIN decisions AS d ON d.id = o.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE o.by = :person AND {_HERE}
    UNION SELECT o.measure FROM outcomes AS o JOIN decisions AS d ON d.id = o.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE o.by = :person AND {_HERE}
    UNION SELECT o.measured_before FROM outcomes AS o JOIN decisions AS d ON d.id = o.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE o.by = :person AND {_HERE}
    UNION SELECT o.measured_after FROM outcomes AS o JOIN decisions AS d ON d.id = o.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE o.by = :person AND {_HERE}"""  # noqa: S608  # our own words
_NAMES = f"""
    SELECT m.author_name FROM messages AS m JOIN threads AS t ON t.id = m.thread_id
        WHERE m.author = :person AND {_HERE}
    UNION SELECT d.by_name FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id
        WHERE d.by = :person AND {_HERE}
    UNION SELECT r.by_name FROM reviews AS r JOIN decisions AS d ON d.id = r.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE r.by = :person AND {_HERE}
    UNION SELECT o.by_name FROM outcomes AS o JOIN decisions AS d ON d.id = o.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE o.by = :person AND {_HERE}
    UNION SELECT l.by_name FROM looks_again AS l JOIN decisions AS d ON d.id = l.decision_id
        JOIN threads AS t ON t.id = d.thread_id WHERE l.by = :person AND {_HERE}
    UNION SELECT t.name FROM sign_ins AS t WHERE t.person = :person AND {_HERE}"""  # noqa: S608
_RETOLD = f"""
    SELECT o.id, o.body FROM outbox AS o JOIN threads AS t ON t.id = o.thread_id
    WHERE {_HERE} AND (instr(o.body, '"kind":"digest"') OR instr(o.body, '"precedents":[{{')
        OR instr(o.body, '"kind":"shared_verdict"') OR instr(o.body, '"kind":"ask_outcome"')
        OR instr(o.body, '"kind":"kept_outcome"') OR instr(o.body, '"kind":"reviewed"')
        OR instr(o.body, '"kind":"logged"'))"""  # noqa: S608

Scrub = Callable[[Any], Any]


def names_of(tables: "Tables", who: dict[str, Any]) -> list[str]:
    """How a person was called in a workspace, as far as the log knows."""
    return [row[0] for row in tables.execute(_NAMES, who).fetchall() if row[0]]


def forget_retold(tables: "Tables", who: dict[str, Any], names: Iterable[str]) -> int:
    """Take the person's words and name out of what tells of other threads, while the log still knows them.

    How many posts were changed.
    """
    words = [row[0] for row in tables.execute(_WORDS, who).fetchall()]
    scrub = scrubber(filter(None, words), [*names, who["person"]])
    found = tables.execute(_RETOLD, who).fetchall()
    return sum(rewrite(tables, "outbox", number, body, scrub) for number, body in found)


def rewrite(tables: "Tables", table: str, number: int, body: str, scrub: Scrub) -> bool:
    """Put what is left of a body in its place; whether anything was taken out."""
    clean = json.dumps(scrub(json.loads(body)), ensure_ascii=False, separators=(",", ":"))
    if clean != body:
        tables.execute(f"UPDATE {table} SET body = ? WHERE id = ?", [clean, number])  # noqa: S608  # our own tables
    return clean != body


def unquoting(quotes: Iterable[str]) -> Scrub:
    """Takes quotes out of a value, and leaves titles, notes and names in it."""
    return _scrub(quotes, (), frozenset(), frozenset())


def scrubber(words: Iterable[str], names: Iterable[str]) -> Scrub:
    """Takes a person's words out of a value: whole texts that are theirs, and what is quoted in “ ”."""
    return _scrub(words, names, _SAID_BY_THEM, _MEASURED)


def _scrub(
    words: Iterable[str], names: Iterable[str], plain: frozenset[str], measured: frozenset[str]
) -> Scrub:
    theirs = {cut for said in words for cut in (said, *(shortened(said, most) for most in _CUTS))}
    quoted = sorted((f"“{said}”" for said in theirs), key=len, reverse=True)
    known = {*theirs, *names}

    def scrub(value: Any) -> Any:
        if isinstance(value, dict):
            if plain and value.get("kind") in _NOT_UNDERSTOOD and value.get("named"):
                return {**value, "named": NOBODY}
            fields = measured if "measure" in value else plain
            return {name: _own(name, held, known, fields) or scrub(held) for name, held in value.items()}
        if isinstance(value, list):
            return [scrub(held) for held in value]
        if isinstance(value, str):
            for said in quoted:
                value = value.replace(said, "“…”")
        return value

    return scrub


def _own(name: str, held: Any, known: set[str], fields: frozenset[str]) -> str:
    """What stands in place of a field that holds a person's words or name; empty for any other field."""
    if not isinstance(held, str) or held not in known:
        return ""
    if name in fields:
        return NOBODY
    return "…" if name == "quote" else ""
