"""Fairness between threads: who waits longest comes first, and each thread stands in line with one row.

A row behind another of its thread has no moment yet from which it may be claimed. It gets one when the row
before it is done, or taken out, and then stands behind whatever came before that moment.
"""

LAST = "9999-12-31T23:59:59.999999Z"
"""The `free_at` of a row behind another."""


def _fair(queue: str) -> list[str]:
    next_one = (
        f"UPDATE {queue} SET free_at = {{moment}} WHERE free_at = '{LAST}' AND id = (SELECT id FROM {queue} "  # noqa: S608  # our own words
        "WHERE thread_id = {row}.thread_id AND done_at IS NULL ORDER BY id LIMIT 1);"
    )
    moves_on = next_one.format(moment="NEW.done_at", row="NEW")
    is_gone = next_one.format(moment="OLD.free_at", row="OLD")
    return [
        f"CREATE INDEX {queue}_in_line ON {queue}(free_at) WHERE done_at IS NULL",
        f"DROP INDEX {queue}_waiting_in_order",
        f"""CREATE TRIGGER {queue}_stands_behind AFTER INSERT ON {queue}
            WHEN NEW.done_at IS NULL AND EXISTS (SELECT 1 FROM {queue}
                WHERE thread_id = NEW.thread_id AND done_at IS NULL AND id < NEW.id)
            BEGIN UPDATE {queue} SET free_at = '{LAST}' WHERE id = NEW.id; END""",  # noqa: S608
        f"""CREATE TRIGGER {queue}_lets_next AFTER UPDATE OF done_at ON {queue}
            WHEN NEW.done_at IS NOT NULL BEGIN {moves_on} END""",
        f"""CREATE TRIGGER {queue}_gone_lets_next AFTER DELETE ON {queue}
            WHEN OLD.done_at IS NULL BEGIN {is_gone} END""",
    ]


FAIR = [*_fair("inbox"), *_fair("outbox")]
