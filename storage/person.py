"""All that the log holds of one person, for them to have: what they said and did, and nothing of others."""

import json
from typing import Any

from storage import audit
from storage.audit import Actor
from storage.database import DatabaseFile, Row, stored

_HERE = "t.platform = :platform AND t.workspace = :workspace"
_OF_DECISION = f"""JOIN decisions AS d ON d.id = x.decision_id JOIN threads AS t ON t.id = d.thread_id
    WHERE x.by = :person AND {_HERE}"""
_OF_TURN = f"JOIN turns AS u ON u.id = x.turn_id JOIN threads AS t ON t.id = u.thread_id WHERE {_HERE}"
_HERS = "x.platform = :platform AND x.workspace = :workspace"

_SQL = {
    "threads": """SELECT t.id AS thread, t.channel, t.key, t.title, t.private, t.opened_at AS at
        FROM threads AS t WHERE t.opened_by = :person AND {here} ORDER BY t.opened_at, t.id""",
    "messages": """SELECT x.thread_id AS thread, x.kind, x.text, x.author_name AS name, x.sent_at AS at
        FROM messages AS x {of_turn} AND x.author = :person ORDER BY x.id""",
    "received": """SELECT x.thread_id AS thread, x.kind, x.text, x.body AS carries, x.author_name AS name,
            x.platform_id AS message, x.received_at AS at
        FROM inbox AS x JOIN threads AS t ON t.id = x.thread_id
        WHERE x.author = :person AND {here} ORDER BY x.id""",
    "evidence": """SELECT x.thread_id AS thread, x.factor, x.value, x.quote, x.source, x.certainty,
            u.recorded_at AS at
        FROM evidence AS x {of_turn} AND x.by = :person ORDER BY x.id""",
    "answers": """SELECT u.thread_id AS thread, q.factor, q.text AS question,
            (SELECT json_group_array(e.value) FROM evidence AS e
                WHERE e.turn_id = x.turn_id AND e.factor = q.factor) AS chosen, u.recorded_at AS at
        FROM answers AS x JOIN questions AS q ON q.id = x.question_id
        JOIN turns AS u ON u.id = x.turn_id JOIN threads AS t ON t.id = u.thread_id
        WHERE u.by = :person AND {here} ORDER BY x.turn_id""",
    "verdicts": """SELECT x.thread_id AS thread, x.lever, x.confidence, x.final, u.recorded_at AS at
        FROM verdicts AS x {of_turn} AND u.by = :person ORDER BY x.id""",
    "starts_over": """SELECT x.thread_id AS thread, u.recorded_at AS at
        FROM resets AS x {of_turn} AND x.by = :person ORDER BY x.turn_id""",
    "questions": """SELECT x.thread_id AS thread, x.text, u.recorded_at AS at
        FROM gaps AS x {of_turn} AND x.by = :person ORDER BY x.turn_id""",
    "feedback": """SELECT u.thread_id AS thread, x.value, x.note, x.given_at AS at
        FROM feedback AS x {of_turn} AND x.by = :person ORDER BY x.id""",
    "decisions": """SELECT x.id AS decision, x.thread_id AS thread, x.lever, x.own, x.by_name AS name,
            x.title, x.note, x.decided_at AS at
        FROM decisions AS x {of_turn} AND x.by = :person ORDER BY x.number""",
    "reviews": """SELECT x.decision_id AS decision, x.what, x.lever, x.by_name AS name, x.reason,
            x.reviewed_at AS at
        FROM reviews AS x {of_decision} ORDER BY x.id""",
    "outcomes": """SELECT x.decision_id AS decision, x.result, x.note, x.measure,
            x.measured_before AS before, x.measured_after AS after, x.by_name AS name, x.seen_at AS at
        FROM outcomes AS x {of_decision} ORDER BY x.id""",
    "looks_again": """SELECT x.decision_id AS decision, x.day, x.note, x.by_name AS name, x.set_at AS at
        FROM looks_again AS x {of_decision} ORDER BY x.id""",
    "subscriptions": """SELECT x.channel, x.private, x.weekday, x.hour, x.minute, x.zone, x.only_here,
            x.says_empty, x.state, x.changed_at AS at
        FROM subscriptions AS x WHERE x.by = :person AND {hers} ORDER BY x.channel""",
    "spoke_in": """SELECT x.thread_id AS thread, x.heard_at AS at
        FROM voices AS x JOIN threads AS t ON t.id = x.thread_id
        WHERE x.author = :person AND {here} ORDER BY x.heard_at""",
    "sign_ins": """SELECT x.name, x.started_at AS at, x.ends_at, x.ended_at
        FROM sign_ins AS x WHERE x.person = :person AND {hers} ORDER BY x.started_at""",
    "sign_in_links": """SELECT x.name, x.ends_at, x.used_at
        FROM sign_in_links AS x WHERE x.person = :person AND {hers} ORDER BY x.ends_at""",
    "installations": """SELECT x.name, x.installed_at AS at
        FROM installations AS x WHERE x.installed_by = :person AND {hers}""",
    "audit": """SELECT x.what, x.about AS decision, x.done_at AS at
        FROM audit AS x WHERE x.by = :person AND {hers} ORDER BY x.id""",
}
"""Each names its table as x, but for threads."""
SECTIONS = {
    name: sql.format(here=_HERE, hers=_HERS, of_turn=_OF_TURN, of_decision=_OF_DECISION)
    for name, sql in _SQL.items()
}
"""What is given out, each with the rows that hold it."""

_YES_OR_NO = frozenset({"private", "own", "final", "only_here", "says_empty"})
_JSON = frozenset({"chosen", "carries"})
_WORKSPACES = """SELECT workspace FROM threads WHERE platform = :platform AND opened_by = :person
    UNION SELECT t.workspace FROM messages AS m JOIN threads AS t ON t.id = m.thread_id
        WHERE m.author = :person AND t.platform = :platform
    UNION SELECT workspace FROM inbox WHERE platform = :platform AND author = :person
    UNION SELECT workspace FROM subscriptions WHERE platform = :platform AND by = :person
    UNION SELECT workspace FROM sign_ins WHERE platform = :platform AND person = :person
    UNION SELECT workspace FROM sign_in_links WHERE platform = :platform AND person = :person
    UNION SELECT workspace FROM audit WHERE platform = :platform AND by = :person
    ORDER BY 1"""


def export(
    file: DatabaseFile, platform: str, workspace: str, person: str, actor: Actor = "operator"
) -> dict[str, Any]:
    """All that a workspace's log holds of a person, fit for JSON; that it was given out is noted.

    What others wrote is left out, also where it is about the person.
    """
    who = {"platform": stored(platform), "workspace": stored(workspace), "person": stored(person)}
    found = {name: [_plain(row) for row in file.rows(sql, who)] for name, sql in SECTIONS.items()}
    now = file.now()
    counts = {name: len(rows) for name, rows in found.items() if rows}
    with file.transaction() as tables:
        audit.note(tables, "exported", actor, now, platform, workspace, counts)
    return {**who, **found}


def workspaces_of(file: DatabaseFile, platform: str, person: str) -> list[str]:
    """The workspaces of a platform in which a person said or did anything."""
    rows = file.rows(_WORKSPACES, {"platform": stored(platform), "person": stored(person)})
    return [str(row["workspace"]) for row in rows]


def _plain(row: Row) -> dict[str, Any]:
    return {name: _value(name, row[name]) for name in row.keys()}  # noqa: SIM118  # a row's values are not its names


def _value(name: str, value: Any) -> Any:
    if name in _YES_OR_NO:
        return bool(value)
    return json.loads(value) if name in _JSON else value
