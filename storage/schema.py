"""The tables of the log, as numbered migrations. A migration that was released is never edited: add another.

What happened is append-only, and the database itself sees to it: a trigger refuses to change or delete. Only
the two queues (`inbox`, `outbox`), a thread's title and place, and where the bot is installed change. To
forget a person is the one way to take words out again; see `forgetting`.
"""

from storage.schema_calls import CALLS
from storage.schema_channels import CHANNELS
from storage.schema_console import CONSOLE, KEPT_HERE, SHARED_OPENLY
from storage.schema_drafts import DRAFTS
from storage.schema_duties import AUDITED, DUTIES
from storage.schema_fair import FAIR
from storage.schema_servers import SERVERS
from storage.schema_weekly import ANY_CHANNEL, KEPT, WEEKLY

APPEND_ONLY = (
    "turns",
    "messages",
    "evidence",
    "questions",
    "answers",
    "verdicts",
    "resets",
    "decisions",
    "reviews",
    "outcomes",
    "feedback",
    "gaps",
    "digests",
)


def append_only(table: str) -> list[str]:
    """The triggers that refuse to change and to delete a row of the table, in this order."""
    return [
        f"CREATE TRIGGER {table}_keeps_{word.lower()} BEFORE {word} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        for word in ("UPDATE", "DELETE")
    ]


_QUEUES = [
    """CREATE TABLE threads (
        id TEXT PRIMARY KEY,
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        key TEXT NOT NULL,
        title TEXT NOT NULL,
        private INTEGER NOT NULL CHECK (private IN (0, 1)),
        opened_by TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        UNIQUE (platform, workspace, channel, key)
    ) STRICT""",
    """CREATE TABLE inbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        platform_id TEXT NOT NULL,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        kind TEXT NOT NULL CHECK (kind IN ('message', 'tap')),
        author TEXT NOT NULL,
        author_name TEXT NOT NULL,
        text TEXT NOT NULL,
        body TEXT NOT NULL CHECK (json_valid(body)),
        received_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        worker TEXT NOT NULL DEFAULT '',
        free_at TEXT NOT NULL,
        error TEXT NOT NULL DEFAULT '',
        done_at TEXT,
        UNIQUE (platform, workspace, platform_id)
    ) STRICT""",
    "CREATE INDEX inbox_waiting ON inbox(thread_id, id) WHERE done_at IS NULL",
    "CREATE INDEX inbox_waiting_in_order ON inbox(id) WHERE done_at IS NULL",
    """CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        inbox_id INTEGER UNIQUE REFERENCES inbox(id),
        by TEXT NOT NULL,
        reader TEXT NOT NULL,
        model TEXT NOT NULL,
        policy TEXT NOT NULL,
        prompt TEXT NOT NULL,
        tokens_in INTEGER NOT NULL,
        tokens_out INTEGER NOT NULL,
        cost_usd REAL NOT NULL,
        elapsed_ms REAL NOT NULL,
        recorded_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX turns_of_thread ON turns(thread_id, id)",
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        turn_id INTEGER REFERENCES turns(id),
        body TEXT NOT NULL CHECK (json_valid(body)),
        queued_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        worker TEXT NOT NULL DEFAULT '',
        free_at TEXT NOT NULL,
        error TEXT NOT NULL DEFAULT '',
        platform_message_id TEXT NOT NULL DEFAULT '',
        dead INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
        done_at TEXT
    ) STRICT""",
    "CREATE INDEX outbox_waiting ON outbox(thread_id, id) WHERE done_at IS NULL",
    "CREATE INDEX outbox_waiting_in_order ON outbox(id) WHERE done_at IS NULL",
    "CREATE INDEX outbox_of_thread ON outbox(thread_id, id)",
]

_LOG = [
    """CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        turn_id INTEGER NOT NULL UNIQUE REFERENCES turns(id),
        kind TEXT NOT NULL CHECK (kind IN ('message', 'tap')),
        author TEXT NOT NULL,
        author_name TEXT NOT NULL,
        text TEXT NOT NULL,
        sent_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX messages_of_thread ON messages(thread_id, turn_id)",
    """CREATE TABLE evidence (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        turn_id INTEGER NOT NULL REFERENCES turns(id),
        factor TEXT NOT NULL,
        value TEXT NOT NULL,
        quote TEXT NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('quote', 'tap', 'trial')),
        certainty REAL NOT NULL,
        alternatives TEXT NOT NULL CHECK (json_valid(alternatives)),
        by TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX evidence_of_thread ON evidence(thread_id, turn_id)",
    """CREATE TABLE questions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        turn_id INTEGER NOT NULL UNIQUE REFERENCES turns(id),
        factor TEXT NOT NULL,
        text TEXT NOT NULL,
        body TEXT NOT NULL CHECK (json_valid(body))
    ) STRICT""",
    "CREATE INDEX questions_of_thread ON questions(thread_id, turn_id)",
    """CREATE TABLE answers (
        turn_id INTEGER PRIMARY KEY REFERENCES turns(id),
        question_id INTEGER NOT NULL REFERENCES questions(id)
    ) STRICT""",
    "CREATE INDEX answers_to_question ON answers(question_id)",
    """CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        turn_id INTEGER NOT NULL UNIQUE REFERENCES turns(id),
        lever TEXT NOT NULL,
        confidence REAL NOT NULL,
        final INTEGER NOT NULL CHECK (final IN (0, 1)),
        policy TEXT NOT NULL,
        body TEXT NOT NULL CHECK (json_valid(body))
    ) STRICT""",
    "CREATE INDEX verdicts_of_thread ON verdicts(thread_id, turn_id)",
    """CREATE TABLE resets (
        turn_id INTEGER PRIMARY KEY REFERENCES turns(id),
        thread_id TEXT NOT NULL REFERENCES threads(id),
        by TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX resets_of_thread ON resets(thread_id, turn_id)",
    """CREATE TABLE gaps (
        turn_id INTEGER PRIMARY KEY REFERENCES turns(id),
        thread_id TEXT NOT NULL REFERENCES threads(id),
        text TEXT NOT NULL,
        by TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE feedback (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        turn_id INTEGER NOT NULL REFERENCES turns(id),
        value TEXT NOT NULL,
        note TEXT NOT NULL,
        by TEXT NOT NULL,
        given_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX feedback_on_turn ON feedback(turn_id)",
]

_DECISIONS = [
    """CREATE TABLE decisions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        thread_id TEXT NOT NULL REFERENCES threads(id),
        turn_id INTEGER NOT NULL UNIQUE REFERENCES turns(id),
        verdict_id INTEGER UNIQUE REFERENCES verdicts(id),
        lever TEXT NOT NULL,
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        by TEXT NOT NULL,
        by_name TEXT NOT NULL,
        title TEXT NOT NULL,
        note TEXT NOT NULL,
        decided_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX decisions_of_thread ON decisions(thread_id)",
    "CREATE INDEX decisions_by_time ON decisions(decided_at)",
    """CREATE TABLE reviews (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        decision_id TEXT NOT NULL REFERENCES decisions(id),
        what TEXT NOT NULL CHECK (what IN ('approved', 'overridden', 'commented')),
        lever TEXT CHECK (lever IS NULL OR what = 'overridden'),
        by TEXT NOT NULL,
        by_name TEXT NOT NULL,
        reason TEXT NOT NULL,
        reviewed_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX reviews_of_decision ON reviews(decision_id, id)",
    """CREATE TABLE outcomes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        decision_id TEXT NOT NULL REFERENCES decisions(id),
        result TEXT NOT NULL,
        note TEXT NOT NULL,
        by TEXT NOT NULL,
        by_name TEXT NOT NULL,
        seen_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX outcomes_of_decision ON outcomes(decision_id, id)",
    """CREATE TABLE digests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channel TEXT NOT NULL,
        week TEXT NOT NULL,
        outbox_id INTEGER NOT NULL REFERENCES outbox(id),
        queued_at TEXT NOT NULL,
        UNIQUE (platform, workspace, channel, week)
    ) STRICT""",
    "CREATE VIRTUAL TABLE decision_words USING fts5("
    "title, note, quotes, content='', tokenize='porter unicode61 remove_diacritics 2')",
    """CREATE VIEW decision_list AS
        SELECT d.number, d.id, d.thread_id, d.turn_id, d.verdict_id, d.own, d.by, d.by_name, d.title, d.note,
            d.decided_at, d.lever AS first_lever,
            coalesce((SELECT r.lever FROM reviews AS r WHERE r.decision_id = d.id AND r.lever IS NOT NULL
                ORDER BY r.id DESC LIMIT 1), d.lever) AS lever,
            coalesce((SELECT r.what FROM reviews AS r WHERE r.decision_id = d.id AND r.what <> 'commented'
                ORDER BY r.id DESC LIMIT 1), 'logged') AS state,
            coalesce((SELECT o.result FROM outcomes AS o WHERE o.decision_id = d.id
                ORDER BY o.id DESC LIMIT 1), '') AS outcome,
            t.platform, t.workspace, t.channel, t.key, t.private
        FROM decisions AS d JOIN threads AS t ON t.id = d.thread_id""",
]

_PLATFORMS = [
    """CREATE TABLE voices (
        thread_id TEXT NOT NULL REFERENCES threads(id),
        author TEXT NOT NULL,
        heard_at TEXT NOT NULL,
        PRIMARY KEY (thread_id, author)
    ) STRICT""",
    """CREATE TABLE installations (
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        name TEXT NOT NULL,
        sealed BLOB NOT NULL,
        installed_by TEXT NOT NULL,
        installed_at TEXT NOT NULL,
        PRIMARY KEY (platform, workspace)
    ) STRICT""",
    """CREATE TABLE forgettings (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        messages INTEGER NOT NULL,
        decisions INTEGER NOT NULL,
        forgotten_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX threads_opened_by ON threads(platform, workspace, opened_by)",
    "CREATE INDEX decisions_by_person ON decisions(by)",
    "CREATE INDEX messages_by_author ON messages(author)",
    "CREATE INDEX turns_by_time ON turns(recorded_at)",
]

MIGRATIONS: list[tuple[str, list[str]]] = [
    (
        "the log, its queues and the decisions",
        [*_QUEUES, *_LOG, *_DECISIONS, *(line for table in APPEND_ONLY for line in append_only(table))],
    ),
    ("who speaks in a thread, where the bot is installed, what was forgotten", _PLATFORMS),
    (
        "weekly digests, outcomes that are asked for, and what makes a decision worth another look",
        [*WEEKLY, *(line for table in KEPT for line in append_only(table))],
    ),
    (
        "how decisions stand, who may sign in to the console, and days set for another look",
        [*CONSOLE, *(line for table in KEPT_HERE for line in append_only(table))],
    ),
    ("what is shared in a private channel is shown to nobody else", SHARED_OPENLY),
    (
        "who reviewed and deleted what, and what is kept for how long",
        [*DUTIES, *(line for table in AUDITED for line in append_only(table))],
    ),
    ("what would change a decision is looked for in every channel", ANY_CHANNEL),
    ("what channels are called, and what was shared in private ones before is hidden again", CHANNELS),
    ("how many calls a turn took, and how many of its tokens were cached", CALLS),
    ("where a reply is shown before it is recorded", DRAFTS),
    ("how the bot behaves on a server, and until when a platform was heard", SERVERS),
    ("threads take turns", FAIR),
]
"""Each with what it brings; its number is its place in the list, from 1."""
