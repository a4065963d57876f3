"""What a turn's calls to the model were: how many, and how much of what went in the server had kept.

Turns before this migration count none; what they cost is known all the same.
"""

CALLS = [
    "ALTER TABLE turns ADD COLUMN calls INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE turns ADD COLUMN tokens_cached INTEGER NOT NULL DEFAULT 0",
]
