"""The tables of the sixth migration: who reviewed and deleted what, and what is to be done by itself.

`audit` holds who did what, when, and counts; never anybody's words or name. It outlives what it tells of.
The partial indexes hold only what still has words in it, so that to look for what is due costs nothing once
that is done.
"""

_REVIEWED = """INSERT INTO audit (what, actor, platform, workspace, by, about, counts, done_at)
    SELECT {row}.what, 'person', t.platform, t.workspace, {row}.by, {row}.decision_id, '{{}}',
        {row}.reviewed_at
    FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id"""

IN_MESSAGES = "text <> '' OR author_name <> ''"
IN_INBOX = "text <> '' OR author_name <> '' OR (kind = 'tap' AND body <> '{}')"
IN_OUTBOX = "body <> '[]'"
"""Which rows of these tables still hold anybody's words; an index is used by those who say it so."""

DUTIES = [
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        what TEXT NOT NULL CHECK (what IN ('approved', 'overridden', 'commented', 'forgotten', 'exported',
            'expired', 'uninstalled')),
        actor TEXT NOT NULL CHECK (actor IN ('person', 'operator', 'setting')),
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        by TEXT NOT NULL,
        about TEXT NOT NULL,
        counts TEXT NOT NULL CHECK (json_valid(counts)),
        done_at TEXT NOT NULL
    ) STRICT""",
    f"{_REVIEWED.format(row='r')} JOIN reviews AS r ON r.decision_id = d.id ORDER BY r.id",
    """INSERT INTO audit (what, actor, platform, workspace, by, about, counts, done_at)
        SELECT 'forgotten', 'person', platform, workspace, '', '',
            json_object('messages', messages, 'decisions', decisions), forgotten_at
        FROM forgettings ORDER BY id""",
    "DROP TABLE forgettings",
    f"""CREATE TRIGGER reviews_are_audited AFTER INSERT ON reviews
        BEGIN {_REVIEWED.format(row="NEW")} WHERE d.id = NEW.decision_id; END""",
    """CREATE TABLE duties (
        name TEXT PRIMARY KEY,
        owed_at TEXT,
        worker TEXT NOT NULL DEFAULT '',
        free_at TEXT NOT NULL DEFAULT '',
        done_at TEXT
    ) STRICT""",
    "ALTER TABLE verdicts ADD COLUMN evidence_removed_at TEXT",
    f"CREATE INDEX messages_with_words ON messages(sent_at) WHERE {IN_MESSAGES}",
    f"CREATE INDEX inbox_with_words ON inbox(received_at) WHERE {IN_INBOX}",
    f"CREATE INDEX outbox_with_words ON outbox(queued_at) WHERE {IN_OUTBOX}",
    "CREATE INDEX outbox_of_turn ON outbox(turn_id)",
    "CREATE INDEX inbox_of_thread ON inbox(thread_id, id)",
]

AUDITED = ("audit",)
"""Those of the tables that are append-only."""
