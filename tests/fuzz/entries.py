"""What is fuzzed: each way in has inputs, and something that takes them and must not fail."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Feed = Callable[[Any], None]

EXPECTED = re.compile(
    r"slack_listener_failed kind=\S+ reference=\S+ error=(?:Later|NotReadyError)$"  # it comes again
    r"|slack_request_refused|slack_delivery_refused|event_unreadable|slack_look_refused|evidence_dropped"
    r"|model_trouble|slack_afterwards_failed error=(?:Later|ValueError|\w*Url\w*|Client\w*)$"
    r"|interaction_failed reference=\S+ error=(?:\w*Command\w+|NotFound)$"  # a command that is gone
    r"|not_acknowledged|reply_dropped|slack_rate_limited|request_refused|not_told|interaction_over"
)
UNHANDLED = re.compile(
    r"[a-z]+(?:_[a-z]+)* (?:.*\b)?error=\w+|Ignoring exception|Traceback|Task exception|unreachable"
)
"""What a log line says of an error that nobody expected."""


@dataclass(frozen=True)
class Entry:
    """One way in: `opened` gives what takes an input, and raises for what was not dealt with."""

    name: str
    inputs: st.SearchStrategy[Any]
    opened: Callable[[Path], AbstractContextManager[Feed]]
    share: float = 1.0
    """Of the inputs, beside the others: some take longer each."""


class UnhandledError(AssertionError):
    """Something went wrong that the code did not see coming."""


class _Ear(logging.Handler):
    """Hears errors that were logged instead of raised."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if (UNHANDLED.search(line) or record.exc_info) and not EXPECTED.search(line):
            self.heard.append(line)


@contextmanager
def listening() -> Iterator[Callable[[], None]]:
    """Gives what raises if an error was logged since it was last called."""
    ear, root = _Ear(), logging.getLogger()
    root.addHandler(ear)

    def quiet() -> None:
        heard, ear.heard = ear.heard, []
        if heard:
            raise UnhandledError("; ".join(heard))

    try:
        yield quiet
    finally:
        root.removeHandler(ear)


def fuzz(entry: Entry, folder: Path, inputs: int, number: int = 0) -> int:
    """Feed an entry; gives how many inputs it took. Raises for the first that is not dealt with."""
    took = 0
    with entry.opened(folder) as feed:

        @seed(number)
        @settings(
            max_examples=inputs,
            database=None,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        @given(entry.inputs)
        def once(one: Any) -> None:
            nonlocal took
            took += 1
            feed(one)

        once()
    return took
