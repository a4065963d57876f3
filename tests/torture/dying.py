"""`sextant serve` as it is, in a process that kills itself at a chosen point.

It loads everything first and waits on its input for the point, so that one process can be made ready while
another runs: `statement:40`, say, dies before its fortieth statement in SQL. The points are put around what
is there; nothing in the product knows of them.
"""

import functools
import importlib
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

LOADED = (
    "bot.slack.adapter",
    "bot.discord.adapter",
    "bot.console.app",
    "bot.serve",
    "bot.schedule",
    "bot.turns",
)


def die() -> None:
    """End as a power cut would, without a last word."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies_after(owner: Any, name: str, times: int) -> None:
    """Let the process die when a method has come back so many times."""
    method, calls = getattr(owner, name), count(1)

    @functools.wraps(method)
    def doing(*args: Any, **more: Any) -> Any:
        found = method(*args, **more)
        if next(calls) >= times:
            die()
        return found

    setattr(owner, name, doing)


def dies_at_statement(times: int) -> None:
    """Let the process die before so many statements on any connection were run."""
    from storage import database, opening

    connect, seen = opening.connect, count(1)

    def look(statement: str) -> None:
        if next(seen) >= times:
            die()

    def connecting(*args: Any, **more: Any) -> sqlite3.Connection:
        made = connect(*args, **more)
        made.set_trace_callback(look)
        return made

    opening.connect = database.connect = connecting


def dies_when_kept(times: int) -> None:
    """After a message is in the inbox, and before it is acknowledged."""
    from storage.inbox import Inbox

    dies_after(Inbox, "receive_many", times)


def dies_when_turned(times: int) -> None:
    """After a turn is in the log with its replies, and before any of them is delivered."""
    from storage.log import Log

    dies_after(Log, "record_turns", times)


POINTS: dict[str, Callable[[int], None]] = {
    "statement": dies_at_statement,
    "inbox": dies_when_kept,
    "turn": dies_when_turned,
}


def main() -> None:
    """Load, wait for the point, and serve."""
    for name in LOADED:
        importlib.import_module(name)
    from bot.cli import sextant

    point, _, times = sys.stdin.readline().strip().partition(":")
    if not point:
        return  # nobody wants it any more
    if point in POINTS:
        POINTS[point](int(times))
    sextant(["serve"], prog_name="sextant")


if __name__ == "__main__":
    main()
