"""What counted at a moment of a thread, as SQL: the one place that knows what "start over" does.

A reset leaves everything in the log; what was said in earlier turns just no longer counts.
"""

COUNTS_FROM = """coalesce((SELECT max(r.turn_id) FROM resets AS r
    WHERE r.thread_id = :thread AND r.turn_id <= :until), 0)"""
"""The turn number of thread `:thread` from which things count, as it stood at turn number `:until`."""

LATEST = 2**62
"""As `:until`, it means now."""


def newest(table: str) -> str:
    """SQL for the newest counting row of `questions` or `verdicts` at the turn with key `:turn`.

    A reply may put an old question again, so a turn's buttons may be about an earlier turn of its thread.
    """
    return f"""SELECT held.*, put.key AS turn FROM {table} AS held
        JOIN turns AS put ON put.id = held.turn_id
        JOIN turns AS at ON at.key = :turn AND at.thread_id = held.thread_id
        WHERE held.turn_id <= at.id AND held.turn_id >= coalesce((SELECT max(r.turn_id) FROM resets AS r
            WHERE r.thread_id = at.thread_id AND r.turn_id <= at.id), 0)
        ORDER BY held.turn_id DESC LIMIT 1"""  # noqa: S608  # one of our own two tables
