"""Hands: few threads that work while work is quick, and more where they are held up.

Work that computes gains nothing from many threads, which only take the interpreter from each other and from
whoever writes down what comes in. Work that waits for a model does.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

PATIENCE = 0.05
"""Seconds in which nothing gets done, before more hands join in."""

_T = TypeVar("_T")


@dataclass(eq=False, slots=True)
class _Job:
    work: Callable[[], Any]
    outcome: "asyncio.Future[Any]"
    found: Any = None
    error: BaseException | None = None


class Hands:
    """Does one thing after another, `most` at the same time. It belongs to one event loop."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._threads = ThreadPoolExecutor(most, name)
        self._lock = threading.Lock()
        self._working = 0
        self._waiting: deque[_Job] = deque()
        self._ended: list[_Job] = []
        self._all_ended = 0
        self._watching = False

    @property
    def waiting(self) -> int:
        """How much nobody has begun yet."""
        return len(self._waiting)

    def do(self, work: Callable[[], _T]) -> "asyncio.Future[_T]":
        """Begin it as soon as a hand is free, in the order of coming."""
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future())
        with self._lock:
            self._waiting.append(job)
            idle = not self._working
            self._working += idle
        if idle:
            self._threads.submit(self._work, loop)
        if not self._watching:
            self._watch(loop)
        return job.outcome

    def drop(self) -> None:
        """Cancel what nobody has begun yet."""
        with self._lock:
            dropped = list(self._waiting)
            self._waiting.clear()
        for job in dropped:
            job.outcome.cancel()

    def shutdown(self, wait: bool = True) -> None:
        """Begin nothing more, and wait until what was begun has ended."""
        self._threads.shutdown(wait, cancel_futures=True)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working -= 1
                    return
                job = self._waiting.popleft()
            try:
                job.found = job.work()
            except BaseException as error:
                job.error = error
            self._end(job, loop)

    def _end(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            self._ended.append(job)
            told = len(self._ended) > 1
        if not told:
            with suppress(RuntimeError):  # the loop is closed, so nobody waits any more
                loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        with self._lock:
            ended, self._ended = self._ended, []
        self._all_ended += len(ended)
        for job in ended:
            if job.outcome.done():
                continue
            if job.error is not None:
                job.outcome.set_exception(job.error)
            else:
                job.outcome.set_result(job.found)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watching = True
        loop.call_later(PATIENCE, self._look, loop, self._all_ended)

    def _look(self, loop: asyncio.AbstractEventLoop, before: int) -> None:
        """Let more hands join in where nothing got done for a while: twice as many each time."""
        self._watching = False
        if not self._waiting:
            return
        if self._all_ended == before:
            with self._lock:
                more = min(max(self._working, 1), self._most - self._working, len(self._waiting))
                self._working += more
            for _ in range(more):
                self._threads.submit(self._work, loop)
        self._watch(loop)
