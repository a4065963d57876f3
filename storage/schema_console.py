"""The tables of the fourth migration: how decisions stand, who may sign in, and days set for another look.

`standings` says of each decision what a list filters by. It follows from the log and is kept by triggers: to
ask the log itself, a list would read the reviews and outcomes of every decision before it shows fifty.
It holds nobody's name and words, so that forgetting a person need not know of it.
"""

_STANDING = """INSERT INTO standings (number, decision_id, thread_id, platform, workspace, channel, hidden,
        lever, failure, confidence, state, outcome, decided_at)
    SELECT l.number, l.id, l.thread_id, l.platform, l.workspace, l.channel,
        l.private = 1 AND NOT EXISTS (SELECT 1 FROM shared_verdicts AS v WHERE v.verdict_id = l.verdict_id),
        l.lever, coalesce(v.failure, ''), coalesce(v.confidence, 0.0), l.state, l.outcome, l.decided_at
    FROM decision_list AS l LEFT JOIN verdicts AS v ON v.id = l.verdict_id"""

_SHARED = """INSERT OR IGNORE INTO shared_verdicts (verdict_id, shared_at)
    SELECT (SELECT v.id FROM verdicts AS v WHERE v.thread_id = u.thread_id AND v.turn_id <= u.id
            ORDER BY v.turn_id DESC LIMIT 1), o.queued_at
    FROM outbox AS o JOIN turns AS u ON u.id = o.turn_id
    WHERE o.thread_id <> u.thread_id AND instr(o.body, '"kind":"shared_verdict"')
        AND EXISTS (SELECT 1 FROM verdicts AS v WHERE v.thread_id = u.thread_id AND v.turn_id <= u.id)"""

CONSOLE = [
    """CREATE TABLE shared_verdicts (
        verdict_id INTEGER PRIMARY KEY REFERENCES verdicts(id),
        shared_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE standings (
        number INTEGER PRIMARY KEY REFERENCES decisions(number),
        decision_id TEXT NOT NULL UNIQUE,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
        lever TEXT NOT NULL,
        failure TEXT NOT NULL,
        confidence REAL NOT NULL,
        state TEXT NOT NULL,
        outcome TEXT NOT NULL,
        decided_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE sign_in_links (
        digest TEXT PRIMARY KEY,
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        person TEXT NOT NULL,
        name TEXT NOT NULL,
        ends_at TEXT NOT NULL,
        used_at TEXT
    ) STRICT""",
    """CREATE TABLE sign_ins (
        digest TEXT PRIMARY KEY,
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        person TEXT NOT NULL,
        name TEXT NOT NULL,
        started_at TEXT NOT NULL,
        ends_at TEXT NOT NULL,
        ended_at TEXT
    ) STRICT""",
    "CREATE INDEX sign_ins_of_person ON sign_ins(person)",
    """CREATE TABLE looks_again (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        decision_id TEXT NOT NULL REFERENCES decisions(id),
        day TEXT NOT NULL,
        note TEXT NOT NULL,
        by TEXT NOT NULL,
        by_name TEXT NOT NULL,
        set_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX looks_again_of_decision ON looks_again(decision_id, id)",
    _SHARED,
    _STANDING,
    "CREATE INDEX standings_by_lever ON standings(lever)",
    "CREATE INDEX standings_by_failure ON standings(failure)",
    "CREATE INDEX standings_by_state ON standings(state)",
    "CREATE INDEX standings_by_outcome ON standings(outcome)",
    "CREATE INDEX standings_by_platform ON standings(platform)",
    "CREATE INDEX standings_by_channel ON standings(channel)",
    "CREATE INDEX standings_by_confidence ON standings(confidence)",
    "CREATE INDEX standings_of_thread ON standings(thread_id)",
    "CREATE INDEX standings_by_time ON standings(decided_at, lever, hidden, thread_id, platform)",
    "CREATE INDEX decisions_by_name ON decisions(by_name)",
    "CREATE INDEX threads_by_time ON threads(opened_at)",
    f"""CREATE TRIGGER decisions_take_standing AFTER INSERT ON decisions
        BEGIN {_STANDING} WHERE l.number = NEW.number; END""",
    """CREATE TRIGGER reviews_move_standing AFTER INSERT ON reviews WHEN NEW.what <> 'commented'
        BEGIN UPDATE standings SET state = NEW.what, lever = coalesce(NEW.lever, lever)
            WHERE decision_id = NEW.decision_id; END""",
    """CREATE TRIGGER outcomes_move_standing AFTER INSERT ON outcomes
        BEGIN UPDATE standings SET outcome = NEW.result WHERE decision_id = NEW.decision_id; END""",
    f"""CREATE TRIGGER outbox_shares_verdict AFTER INSERT ON outbox
        WHEN NEW.turn_id IS NOT NULL AND instr(NEW.body, '"kind":"shared_verdict"')
        BEGIN {_SHARED} AND o.id = NEW.id; END""",
    """CREATE TRIGGER shared_verdicts_show_standing AFTER INSERT ON shared_verdicts
        BEGIN UPDATE standings SET hidden = 0
            WHERE number = (SELECT number FROM decisions WHERE verdict_id = NEW.verdict_id); END""",
]

SHARED_OPENLY = [
    "DROP TRIGGER outbox_shares_verdict",
    f"""CREATE TRIGGER outbox_shares_verdict AFTER INSERT ON outbox
        WHEN NEW.turn_id IS NOT NULL AND instr(NEW.body, '"kind":"shared_verdict"')
            AND EXISTS (SELECT 1 FROM threads AS t WHERE t.id = NEW.thread_id AND t.private = 0)
        BEGIN {_SHARED} AND o.id = NEW.id; END""",  # noqa: S608  # our own words only
]
"""A verdict shared in a private channel is for those who read that channel, and for no list."""

KEPT_HERE = ("looks_again", "shared_verdicts")
"""Those of the tables that are append-only."""
