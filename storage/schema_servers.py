"""How the bot behaves on a server, and until when a platform was heard, as tables.

Both only change; they hold nobody's name and words.
"""

SERVERS = [
    """CREATE TABLE servers (
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        channels TEXT NOT NULL CHECK (json_valid(channels)),
        threads TEXT NOT NULL CHECK (threads IN ('public', 'private')),
        triage TEXT NOT NULL CHECK (triage IN ('public', 'private')),
        plain INTEGER NOT NULL CHECK (plain IN (0, 1)),
        lead_roles TEXT NOT NULL CHECK (json_valid(lead_roles)),
        changed_at TEXT NOT NULL,
        PRIMARY KEY (platform, workspace)
    ) STRICT""",
    """CREATE TABLE heard_until (
        platform TEXT PRIMARY KEY,
        until_at TEXT NOT NULL
    ) STRICT""",
]
