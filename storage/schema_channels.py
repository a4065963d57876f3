"""The tables of the eighth migration: what channels are called, and a mend of what is shown to leads.

Before the fifth migration a verdict that was shared in any channel was shown to every lead, also where that
channel is private. Those are hidden again; whoever wants them seen shares them anew in an open channel.
"""

_OPENLY = """SELECT (SELECT v.id FROM verdicts AS v WHERE v.thread_id = u.thread_id AND v.turn_id <= u.id
        ORDER BY v.turn_id DESC LIMIT 1)
    FROM outbox AS o JOIN turns AS u ON u.id = o.turn_id JOIN threads AS p ON p.id = o.thread_id
    WHERE o.thread_id <> u.thread_id AND p.private = 0 AND instr(o.body, '"kind":"shared_verdict"')"""
_ALONE = """NOT EXISTS (SELECT 1 FROM decisions AS d JOIN shared_verdicts AS v ON v.verdict_id = d.verdict_id
    WHERE d.number = standings.number)"""

CHANNELS = [
    """CREATE TABLE channels (
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        name TEXT NOT NULL,
        private INTEGER NOT NULL CHECK (private IN (0, 1)),
        named_at TEXT NOT NULL,
        PRIMARY KEY (platform, workspace, channel)
    ) STRICT""",
    # Where a person has one id in all workspaces, their threads are looked for without one.
    "CREATE INDEX threads_of_person ON threads(opened_by)",
    "DROP TRIGGER shared_verdicts_keeps_delete",
    f"""DELETE FROM shared_verdicts WHERE verdict_id NOT IN (
        SELECT v.id FROM verdicts AS v JOIN threads AS t ON t.id = v.thread_id WHERE t.private = 0
        UNION {_OPENLY})""",  # noqa: S608  # our own words only
    "CREATE TRIGGER shared_verdicts_keeps_delete BEFORE DELETE ON shared_verdicts "
    "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    f"""UPDATE standings SET hidden = 1 WHERE hidden = 0 AND {_ALONE}
        AND (SELECT t.private FROM threads AS t WHERE t.id = standings.thread_id) = 1""",  # noqa: S608
    f"""CREATE TRIGGER threads_hide_standings AFTER UPDATE OF private ON threads
        WHEN NEW.private = 1 AND OLD.private = 0
        BEGIN UPDATE standings SET hidden = 1 WHERE thread_id = NEW.id AND {_ALONE}; END""",  # noqa: S608
]
