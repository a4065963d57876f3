"""Take a person's words and name out of the log: the one change to what is otherwise only added to.

What was decided stays, so that a team's record keeps its shape: levers, factors and times remain, and
nobody's words or name. The words also leave the replies and verdicts that quoted them, and the index of
precedents.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage.database import DatabaseFile, insert, stored
from storage.decisions import index
from storage.records import ALONE
from storage.retold import NOBODY, forget_retold, scrubber
from storage.schema import append_only

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_LOCKED = (
    "turns",
    "messages",
    "evidence",
    "questions",
    "verdicts",
    "resets",
    "decisions",
    "reviews",
    "outcomes",
    "feedback",
    "gaps",
    "looks_again",
)

_THEIR_THREADS = """
    SELECT t.id FROM threads AS t WHERE t.platform = :platform AND t.workspace = :workspace
        AND (t.opened_by = :person
            OR EXISTS (SELECT 1 FROM inbox AS i WHERE i.thread_id = t.id AND i.author = :person)
            OR EXISTS (SELECT 1 FROM messages AS m WHERE m.thread_id = t.id AND m.author = :person))"""
_THEIR_DECISIONS = """
    SELECT d.thread_id FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id
    WHERE d.by = :person AND t.platform = :platform AND t.workspace = :workspace"""
_THEIR_OUTCOMES = """
    SELECT d.thread_id FROM outcomes AS o JOIN decisions AS d ON d.id = o.decision_id
    JOIN threads AS t ON t.id = d.thread_id
    WHERE o.by = :person AND t.platform = :platform AND t.workspace = :workspace"""
_THEIR_WORDS = """
    SELECT text AS words FROM messages WHERE thread_id = :thread AND author = :person AND text <> ''
    UNION SELECT quote FROM evidence WHERE thread_id = :thread AND by = :person AND quote <> ''
    UNION SELECT text FROM gaps WHERE thread_id = :thread AND by = :person"""
_THEIR_NAMES = """
    SELECT author_name FROM messages WHERE thread_id = :thread AND author = :person AND author_name <> ''
    UNION SELECT by_name FROM decisions WHERE thread_id = :thread AND by = :person AND by_name <> ''"""
_IN_THREAD = (
    "UPDATE messages SET author = :nobody, author_name = '', text = '' "
    "WHERE thread_id = :thread AND author = :person",
    "UPDATE evidence SET quote = '', by = :nobody WHERE thread_id = :thread AND by = :person",
    "UPDATE gaps SET text = '', by = :nobody WHERE thread_id = :thread AND by = :person",
    "UPDATE resets SET by = :nobody WHERE thread_id = :thread AND by = :person",
    "UPDATE turns SET by = :nobody WHERE thread_id = :thread AND by = :person",
    "UPDATE threads SET opened_by = :nobody WHERE id = :thread AND opened_by = :person",
    "UPDATE inbox SET author = :nobody, author_name = '', text = '', body = '{}', "
    "done_at = coalesce(done_at, :now), "
    "platform_id = CASE kind WHEN 'tap' THEN 'forgotten:' || id ELSE platform_id END "
    "WHERE thread_id = :thread AND author = :person",
    "UPDATE decisions SET by = :nobody, by_name = '', note = '' WHERE thread_id = :thread AND by = :person",
    "UPDATE outcomes SET by = :nobody, by_name = '', note = '', measure = '', measured_before = '', "
    "measured_after = '' WHERE by = :person AND decision_id IN "
    "(SELECT id FROM decisions WHERE thread_id = :thread)",
)
_ANYWHERE = (
    "DELETE FROM voices WHERE author = :person AND thread_id IN "
    "(SELECT id FROM threads WHERE platform = :platform AND workspace = :workspace)",
    "UPDATE reviews SET by = :nobody, by_name = '', reason = '' WHERE by = :person AND decision_id IN "
    "(SELECT d.id FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id "
    "WHERE t.platform = :platform AND t.workspace = :workspace)",
    "UPDATE feedback SET by = :nobody, note = '' WHERE by = :person AND turn_id IN "
    "(SELECT u.id FROM turns AS u JOIN threads AS t ON t.id = u.thread_id "
    "WHERE t.platform = :platform AND t.workspace = :workspace)",
    "UPDATE looks_again SET by = :nobody, by_name = '', note = '' WHERE by = :person AND decision_id IN "
    "(SELECT d.id FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id "
    "WHERE t.platform = :platform AND t.workspace = :workspace)",
    "DELETE FROM sign_in_links WHERE person = :person AND platform = :platform AND workspace = :workspace",
    "DELETE FROM sign_ins WHERE person = :person AND platform = :platform AND workspace = :workspace",
    "UPDATE subscriptions SET by = :nobody WHERE by = :person AND platform = :platform "
    "AND workspace = :workspace",
    f"UPDATE threads SET channel = '{ALONE}' || :nobody WHERE channel = '{ALONE}' || :person "  # noqa: S608
    "AND platform = :platform AND workspace = :workspace",
)


@dataclass(frozen=True, slots=True)
class Forgot:
    """How much was forgotten."""

    messages: int
    decisions: int


def forget(file: DatabaseFile, platform: str, workspace: str, person: str) -> Forgot:
    """Take out all that a person of a workspace said, their name, and what quoted them: all, or nothing."""
    who = {"platform": stored(platform), "workspace": stored(workspace), "person": stored(person)}
    now = file.now()
    file.connection.execute("PRAGMA secure_delete = ON")
    with file.transaction() as tables, _unlocked(tables):
        threads = [row[0] for row in tables.execute(_THEIR_THREADS, who).fetchall()]
        decided = [row[0] for row in tables.execute(_THEIR_DECISIONS, who).fetchall()]
        told = [row[0] for row in tables.execute(_THEIR_OUTCOMES, who).fetchall()]
        forget_retold(tables, who)
        messages = sum(
            _forget_in(tables, {**who, "thread": thread}, now)
            for thread in dict.fromkeys((*threads, *decided, *told))
        )
        for sql in _ANYWHERE:
            tables.execute(sql, {**who, "nobody": NOBODY})
        insert(
            tables,
            "forgettings",
            platform=platform,
            workspace=workspace,
            messages=messages,
            decisions=len(decided),
            forgotten_at=now,
        )
        # Only a merged index has let go of the words that were taken out of it.
        tables.execute("INSERT INTO decision_words (decision_words) VALUES ('optimize')")
    file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Forgot(messages, len(decided))


def _forget_in(tables: "Tables", who: dict[str, Any], now: datetime) -> int:
    """Forget the person in one thread; how many of their messages there were."""
    words = [row[0] for row in tables.execute(_THEIR_WORDS, who).fetchall()]
    names = [row[0] for row in tables.execute(_THEIR_NAMES, who).fetchall()]
    counted = "SELECT count(*) FROM messages WHERE thread_id = :thread AND author = :person"
    messages = int(tables.execute(counted, who).fetchone()[0])
    numbers = "SELECT number, turn_id FROM decisions WHERE thread_id = ?"
    decisions = tables.execute(numbers, [who["thread"]]).fetchall()
    for number, turn in decisions:
        index(tables, who["thread"], number, turn, "delete")
    for sql in _IN_THREAD:
        tables.execute(sql, {**who, "nobody": NOBODY, "now": stored(now)})
    scrub = scrubber(words, names)
    _scrub(tables, who["thread"], scrub)
    for number, turn in decisions:
        index(tables, who["thread"], number, turn, "insert")
    return messages


def _scrub(tables: "Tables", thread: str, scrub: Callable[[Any], Any]) -> None:
    for table in ("outbox", "verdicts", "questions"):
        rows = tables.execute(f"SELECT id, body FROM {table} WHERE thread_id = ?", [thread]).fetchall()  # noqa: S608
        for number, body in rows:
            clean = json.dumps(scrub(json.loads(body)), ensure_ascii=False, separators=(",", ":"))
            tables.execute(f"UPDATE {table} SET body = ? WHERE id = ?", [clean, number])  # noqa: S608
    for table, key in (("threads", "id"), ("decisions", "thread_id")):
        rows = tables.execute(f"SELECT rowid, title FROM {table} WHERE {key} = ?", [thread]).fetchall()  # noqa: S608
        for number, title in rows:
            tables.execute(
                f"UPDATE {table} SET title = ? WHERE rowid = ?",  # noqa: S608
                [scrub({"title": title})["title"], number],
            )


@contextmanager
def _unlocked(tables: "Tables") -> Iterator[None]:
    """Let the log be changed within the caller's transaction, and lock it again."""
    for table in _LOCKED:
        tables.execute(f"DROP TRIGGER {table}_keeps_update")
    yield
    for table in _LOCKED:
        tables.execute(append_only(table)[0])
