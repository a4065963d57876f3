"""A circuit breaker: after some failures in a row nobody is called for a while, then one call tries again."""

from collections.abc import Callable
from threading import Lock

FAILURES = 3
DOUBTS = 8
"""So many answers of no use in a row are no accident of one message any more."""
REST = 30.0
LONG_REST = 300.0
"""Seconds: after repeated failures, and after one that only a person can mend."""


class Breaker:
    """Safe for several threads. `clock` gives seconds that only grow."""

    def __init__(
        self,
        clock: Callable[[], float],
        failures: int = FAILURES,
        rest: float = REST,
        long: float = LONG_REST,
    ) -> None:
        self._clock = clock
        self._most = failures
        self._rest = rest
        self._long = long
        self._failed = 0
        self._doubted = 0
        self._until = 0.0
        self._trying = False
        self._lock = Lock()

    def admits(self) -> bool:
        """Whether a call may be made now. After a rest only one may, until it is known how it went."""
        with self._lock:
            if self._clock() < self._until:
                return False
            if self._failed < self._most:
                return True
            if self._trying:
                return False
            self._trying = True
            return True

    def worked(self) -> None:
        """A call was answered."""
        with self._lock:
            self._failed, self._doubted, self._until, self._trying = 0, 0, 0.0, False

    def neither(self) -> None:
        """A call ended in a way that says nothing about the server, for instance with a refusal."""
        with self._lock:
            self._trying = False

    def doubted(self) -> None:
        """A call came to nothing by its message or by the server's habit: only many in a row say which."""
        with self._lock:
            self._trying = False
            self._doubted += 1
            if self._doubted >= DOUBTS:
                self._failed = self._most
                self._until = max(self._until, self._clock() + self._rest)

    def failed(self, lasting: bool = False, wait: float = 0.0) -> None:
        """A call failed. `lasting`: so will the next. `wait`: the server asked for so many seconds."""
        with self._lock:
            self._failed = self._most if lasting else self._failed + 1
            self._trying = False
            rest = self._long if lasting else self._rest if self._failed >= self._most else 0.0
            rest = max(rest, min(wait, self._long))
            self._until = max(self._until, self._clock() + rest) if rest else self._until
