"""Take a person's words and name out of the log: what was decided stays, without them.

A team's record keeps its shape: levers, factors and times remain, and nobody's words or name. The words also
leave the replies and verdicts that quoted them, the index of precedents, and others' words that mention the
person. What the file still holds of them on pages that are no longer in use is overwritten by `clearing`.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage import audit
from storage.audit import Actor
from storage.database import DatabaseFile, stored
from storage.decisions import index
from storage.duties import CLEARING, owe
from storage.mentions import forget_mentions
from storage.records import ALONE
from storage.retold import NOBODY, TITLED_BY, forget_retold, names_of, rewrite, scrubber
from storage.unlocked import unlocked

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

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
_THEIR_WORDS = f"""
    SELECT text AS words FROM messages WHERE thread_id = :thread AND author = :person AND text <> ''
    UNION SELECT quote FROM evidence WHERE thread_id = :thread AND by = :person AND quote <> ''
    UNION SELECT text FROM gaps WHERE thread_id = :thread AND by = :person
    UNION SELECT t.title FROM threads AS t
        WHERE t.id = :thread AND t.title <> '' AND {TITLED_BY} = :person
    UNION SELECT d.title FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id
        WHERE t.id = :thread AND d.title <> '' AND {TITLED_BY} = :person"""  # noqa: S608  # our own words only
_THEIR_NAMES = """
    SELECT author_name FROM messages WHERE thread_id = :thread AND author = :person AND author_name <> ''
    UNION SELECT by_name FROM decisions WHERE thread_id = :thread AND by = :person AND by_name <> ''"""
_IN_THREAD = {
    "messages": "UPDATE messages SET author = :nobody, author_name = '', text = '' "
    "WHERE thread_id = :thread AND author = :person",
    "evidence": "UPDATE evidence SET quote = '', by = :nobody WHERE thread_id = :thread AND by = :person",
    "questions": "UPDATE gaps SET text = '', by = :nobody WHERE thread_id = :thread AND by = :person",
    "resets": "UPDATE resets SET by = :nobody WHERE thread_id = :thread AND by = :person",
    "turns": "UPDATE turns SET by = :nobody WHERE thread_id = :thread AND by = :person",
    "threads": "UPDATE threads SET opened_by = :nobody WHERE id = :thread AND opened_by = :person",
    "inbox": "UPDATE inbox SET author = :nobody, author_name = '', text = '', body = '{}', "
    "done_at = coalesce(done_at, :now) WHERE thread_id = :thread AND author = :person",
    "decisions": "UPDATE decisions SET by = :nobody, by_name = '', note = '' "
    "WHERE thread_id = :thread AND by = :person",
    "outcomes": "UPDATE outcomes SET by = :nobody, by_name = '', note = '', measure = '', "
    "measured_before = '', measured_after = '' WHERE by = :person AND decision_id IN "
    "(SELECT id FROM decisions WHERE thread_id = :thread)",
}
_HERE = "platform = :platform AND workspace = :workspace"
_DECISIONS_HERE = f"""(SELECT d.id FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id
    WHERE t.{_HERE.replace("AND ", "AND t.")})"""  # noqa: S608  # here and below: our own words only
_TURNS_HERE = f"""(SELECT u.id FROM turns AS u JOIN threads AS t ON t.id = u.thread_id
    WHERE t.{_HERE.replace("AND ", "AND t.")})"""  # noqa: S608
_EVERYWHERE = {
    "voices": "DELETE FROM voices WHERE author = :person "
    "AND thread_id IN (SELECT id FROM threads WHERE {here})",
    "reviews": "UPDATE reviews SET by = :nobody, by_name = '', reason = '' WHERE by = :person "
    "AND decision_id IN {decisions}",
    "feedback": "UPDATE feedback SET by = :nobody, note = '' WHERE by = :person AND turn_id IN {turns}",
    "looks_again": "UPDATE looks_again SET by = :nobody, by_name = '', note = '' WHERE by = :person "
    "AND decision_id IN {decisions}",
    "sign_ins": "DELETE FROM sign_ins WHERE person = :person AND {here}",
    "sign_in_links": "DELETE FROM sign_in_links WHERE person = :person AND {here}",
    "subscriptions": "UPDATE subscriptions SET by = :nobody WHERE by = :person AND {here}",
    "installations": "UPDATE installations SET installed_by = :nobody "
    "WHERE installed_by = :person AND {here}",
    "audit": "UPDATE audit SET by = :nobody WHERE by = :person AND {here}",
    # A platform's id of a tap or a shortcut names who chose it.
    "inbox": "UPDATE inbox SET platform_id = 'forgotten:' || id "
    "WHERE {here} AND instr(platform_id, ':' || :person || ':')",
}
_ANYWHERE = {
    table: sql.format(here=_HERE, decisions=_DECISIONS_HERE, turns=_TURNS_HERE)
    for table, sql in _EVERYWHERE.items()
}
_CHANNELS = tuple(
    f"UPDATE {table} SET channel = replace(channel, :person, :nobody) "  # noqa: S608
    f"WHERE channel IN (:person, '{ALONE}' || :person) AND workspace = :workspace"
    for table in ("threads", "standings", "revisits", "revisit_changes")
)
"""A terminal's channel is called after the person, and so is one that stands for them alone."""
_LOGGED_FOR_THEM = f"""SELECT d.turn_id FROM decisions AS d WHERE d.by <> :person AND d.by_name = :name
    AND d.id IN {_DECISIONS_HERE} AND NOT EXISTS (SELECT 1 FROM messages AS m
        WHERE m.author = d.by AND m.author_name = d.by_name)"""  # noqa: S608
"""Turns in which somebody else logged in their name; somebody else of the same name keeps theirs."""
_NAMED = (
    f"""UPDATE inbox SET text = replace(text, :name, 'somebody')
        WHERE id IN (SELECT inbox_id FROM turns WHERE id IN ({_LOGGED_FOR_THEM}))""",  # noqa: S608
    f"""UPDATE messages SET text = replace(text, :name, 'somebody')
        WHERE turn_id IN ({_LOGGED_FOR_THEM})""",  # noqa: S608
    f"UPDATE decisions SET by_name = '' WHERE turn_id IN ({_LOGGED_FOR_THEM})",  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Forgot:
    """How much was forgotten: rows by table, and posts that told of it (`replies`)."""

    counts: Mapping[str, int]

    @property
    def messages(self) -> int:
        """How many messages and taps."""
        return self.counts.get("messages", 0)

    @property
    def decisions(self) -> int:
        """How many decisions were theirs."""
        return self.counts.get("decisions", 0)


def forget(file: DatabaseFile, platform: str, workspace: str, person: str, actor: Actor = "person") -> Forgot:
    """Take out all that a person of a workspace said, their name, and what quoted them: all, or nothing.

    It is noted in the audit that `actor` had somebody forgotten, and not whom.
    """
    who = {"platform": stored(platform), "workspace": stored(workspace), "person": stored(person)}
    now = file.now()
    counts: Counter[str] = Counter()
    with file.transaction() as tables, unlocked(tables):
        threads = [
            row[0]
            for sql in (_THEIR_THREADS, _THEIR_DECISIONS, _THEIR_OUTCOMES)
            for row in tables.execute(sql, who).fetchall()
        ]
        names = names_of(tables, who)
        counts["replies"] = forget_retold(tables, who, names)
        for thread in dict.fromkeys(threads):
            counts += _forget_in(tables, {**who, "thread": thread}, now)
        for table, sql in _ANYWHERE.items():
            counts[table] += tables.execute(sql, {**who, "nobody": NOBODY}).rowcount
        for name in names:
            for sql in _NAMED:
                tables.execute(sql, {**who, "name": name})
        for sql in _CHANNELS:
            tables.execute(sql, {**who, "nobody": NOBODY})
        counts["mentions"] = forget_mentions(tables, who, names)
        counts = Counter({name: count for name, count in counts.items() if count > 0})
        audit.note(tables, "forgotten", actor, now, platform, workspace, counts)
        # Only a merged index has let go of the words that were taken out of it.
        tables.execute("INSERT INTO decision_words (decision_words) VALUES ('optimize')")
        owe(tables, CLEARING, now)
    file.empty_log()
    return Forgot(counts)


def _forget_in(tables: "Tables", who: dict[str, Any], now: datetime) -> Counter[str]:
    """Forget the person in one thread; how many rows of each table were theirs."""
    words = [row[0] for row in tables.execute(_THEIR_WORDS, who).fetchall()]
    names = [row[0] for row in tables.execute(_THEIR_NAMES, who).fetchall()]
    numbers = "SELECT number, turn_id FROM decisions WHERE thread_id = ?"
    decisions = tables.execute(numbers, [who["thread"]]).fetchall()
    for number, turn in decisions:
        index(tables, who["thread"], number, turn, "delete")
    counts = Counter(
        {
            table: tables.execute(sql, {**who, "nobody": NOBODY, "now": stored(now)}).rowcount
            for table, sql in _IN_THREAD.items()
        }
    )
    scrub = scrubber(words, names)
    counts["replies"] = _scrub(tables, who["thread"], scrub)
    for number, turn in decisions:
        index(tables, who["thread"], number, turn, "insert")
    return counts


def _scrub(tables: "Tables", thread: str, scrub: Callable[[Any], Any]) -> int:
    """Take words out of what was said and titled in a thread; how many posts were changed."""
    changed = 0
    for table in ("outbox", "verdicts", "questions"):
        rows = tables.execute(f"SELECT id, body FROM {table} WHERE thread_id = ?", [thread]).fetchall()  # noqa: S608
        done = [rewrite(tables, table, number, body, scrub) for number, body in rows]
        changed += sum(done) if table == "outbox" else 0
    for table, key in (("threads", "id"), ("decisions", "thread_id")):
        rows = tables.execute(f"SELECT rowid, title FROM {table} WHERE {key} = ?", [thread]).fetchall()  # noqa: S608
        for number, title in rows:
            tables.execute(
                f"UPDATE {table} SET title = ? WHERE rowid = ?",  # noqa: S608
                [scrub({"title": title})["title"], number],
            )
    return changed
