"""The tables of the third migration: weekly digests, outcomes that are asked for, and revisits.

`open_threads` says which threads wait for somebody. It follows from the log and is kept by triggers, because
what is *not* answered or logged would otherwise be looked for among everything that is.
"""

_FAILURE = """CASE
    max(json_extract(body, '$.diagnosis.knowledge'), json_extract(body, '$.diagnosis.workflow'),
        json_extract(body, '$.diagnosis.behavior'), json_extract(body, '$.diagnosis.undefined'))
    WHEN json_extract(body, '$.diagnosis.knowledge') THEN 'knowledge'
    WHEN json_extract(body, '$.diagnosis.workflow') THEN 'workflow'
    WHEN json_extract(body, '$.diagnosis.behavior') THEN 'behavior'
    WHEN json_extract(body, '$.diagnosis.undefined') THEN 'undefined' ELSE '' END"""
"""Where it fails most likely, from a verdict's body; empty when a body does not say."""

FOUND_OPEN = """SELECT u.thread_id, CASE WHEN v.id IS NULL THEN 'answer' ELSE 'logging' END, u.id,
        u.recorded_at
    FROM turns AS u
    LEFT JOIN verdicts AS v ON v.turn_id = u.id AND v.final = 1
    LEFT JOIN questions AS q ON q.turn_id = u.id
    WHERE (v.id IS NOT NULL OR q.id IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM verdicts AS n WHERE n.thread_id = u.thread_id AND n.turn_id > u.id
            AND n.final = 1)
        AND NOT EXISTS (SELECT 1 FROM questions AS n WHERE n.thread_id = u.thread_id AND n.turn_id > u.id)
        AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.thread_id = u.thread_id AND d.turn_id >= u.id)
        AND NOT EXISTS (SELECT 1 FROM resets AS r WHERE r.thread_id = u.thread_id AND r.turn_id > u.id)"""
"""What waits, found in the log as it stands: what the triggers keep from then on."""
_OPENS = """INSERT INTO open_threads (thread_id, waits_for, turn_id, since_at)
    SELECT NEW.thread_id, '{what}', NEW.turn_id, recorded_at FROM turns WHERE id = NEW.turn_id
    ON CONFLICT (thread_id) DO UPDATE
    SET waits_for = excluded.waits_for, turn_id = excluded.turn_id, since_at = excluded.since_at"""
_CLOSES = "DELETE FROM open_threads WHERE thread_id = NEW.thread_id"


def _after(table: str, does: str, when: str = "") -> str:
    return f"CREATE TRIGGER {table}_moves_thread AFTER INSERT ON {table} {when} BEGIN {does}; END"


WEEKLY = [
    """CREATE TABLE subscriptions (
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        private INTEGER NOT NULL CHECK (private IN (0, 1)),
        weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
        hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
        minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 59),
        zone TEXT NOT NULL,
        only_here INTEGER NOT NULL CHECK (only_here IN (0, 1)),
        says_empty INTEGER NOT NULL CHECK (says_empty IN (0, 1)),
        state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
        by TEXT NOT NULL,
        active_since_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (platform, workspace, channel)
    ) STRICT""",
    """CREATE TABLE digest_weeks (
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        week TEXT NOT NULL,
        worker TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        free_at TEXT NOT NULL,
        until_at TEXT,
        how TEXT NOT NULL DEFAULT '' CHECK (how IN ('', 'queued', 'silent')),
        done_at TEXT,
        PRIMARY KEY (platform, workspace, channel, week)
    ) STRICT""",
    """CREATE TABLE open_threads (
        thread_id TEXT PRIMARY KEY REFERENCES threads(id),
        waits_for TEXT NOT NULL CHECK (waits_for IN ('answer', 'logging')),
        turn_id INTEGER NOT NULL REFERENCES turns(id),
        since_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX open_threads_by_time ON open_threads(since_at)",
    f"INSERT INTO open_threads (thread_id, waits_for, turn_id, since_at) {FOUND_OPEN}",
    _after("questions", _OPENS.format(what="answer")),
    _after("verdicts", _OPENS.format(what="logging"), "WHEN NEW.final = 1"),
    _after("decisions", _CLOSES),
    _after("resets", _CLOSES),
    """CREATE TABLE outcome_waits (
        decision_id TEXT PRIMARY KEY REFERENCES decisions(id),
        days INTEGER NOT NULL CHECK (days >= 0)
    ) STRICT""",
    """CREATE TABLE outcome_asks (
        turn_id INTEGER PRIMARY KEY REFERENCES turns(id),
        decision_id TEXT NOT NULL REFERENCES decisions(id),
        number INTEGER CHECK (number IN (1, 2)),
        asked_at TEXT NOT NULL,
        UNIQUE (decision_id, number)
    ) STRICT""",
    "ALTER TABLE outcomes ADD COLUMN measure TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outcomes ADD COLUMN measured_before TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outcomes ADD COLUMN measured_after TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE revisits (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        decision_id TEXT NOT NULL REFERENCES decisions(id),
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        lever TEXT NOT NULL,
        text TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE revisit_changes (
        revisit_id INTEGER NOT NULL REFERENCES revisits(id),
        factor TEXT NOT NULL,
        value TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        PRIMARY KEY (revisit_id, factor)
    ) STRICT""",
    "CREATE INDEX revisit_changes_here ON revisit_changes(workspace, channel, factor, value, revisit_id)",
    """CREATE TABLE revisits_met (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        revisit_id INTEGER NOT NULL REFERENCES revisits(id),
        thread_id TEXT NOT NULL REFERENCES threads(id),
        turn_id INTEGER NOT NULL REFERENCES turns(id),
        met_at TEXT NOT NULL,
        UNIQUE (revisit_id, thread_id)
    ) STRICT""",
    "CREATE INDEX revisits_met_by_time ON revisits_met(met_at)",
    f"ALTER TABLE verdicts ADD COLUMN failure TEXT GENERATED ALWAYS AS ({_FAILURE}) VIRTUAL",
    "CREATE INDEX verdicts_by_failure ON verdicts(id, failure)",
    "CREATE INDEX decisions_of_week ON decisions(decided_at, thread_id, verdict_id, lever, id)",
    "CREATE INDEX threads_seen_by ON threads(id, platform, workspace, private, channel)",
    "CREATE INDEX reviews_by_time ON reviews(reviewed_at)",
    "CREATE INDEX outcomes_by_time ON outcomes(seen_at)",
]

ANY_CHANNEL = [
    "CREATE INDEX revisit_changes_anywhere ON revisit_changes(workspace, factor, value, revisit_id, channel)",
]
"""A trigger may be met in any channel of the workspace."""

KEPT = ("outcome_waits", "outcome_asks", "revisits", "revisit_changes", "revisits_met")
"""Those of the tables that are append-only."""
