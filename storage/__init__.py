"""What happened, kept: one SQLite file with an append-only log, an inbox and an outbox."""
