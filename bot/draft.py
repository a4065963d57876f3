"""A reply while it is being written: its checked sentences on their way from a turn, which is worked out in a
thread of its own, to a courier on the event loop, which shows them.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from decision.citation import Citation

SETTLES_IN = 10.0
"""Seconds that a turn waits to know whether its draft stands; a courier must know it sooner."""


class Draft:
    """The turn fills it and ends it before it is recorded; the courier takes what is new until it is over."""

    def __init__(self) -> None:
        """It belongs to the event loop that is running."""
        self.headline = ""
        """What the sentences are about; set before the first of them."""
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._sentences: list[str] = []
        self._over = False
        self._news = asyncio.Event()
        self._settled = threading.Event()
        self._settled.set()

    def hear(self, sentence: str, proof: Citation) -> None:
        """Take a sentence whose proof was checked. Never waits."""
        with self._lock:
            self._sentences.append(sentence)
        self._tell()

    def end(self) -> None:
        """Nothing is shown any more. Waits until it is known whether a draft stands: the reply that is
        recorded next would not know of one that appears later.
        """
        with self._lock:
            self._over = True
        self._tell()
        self._settled.wait(SETTLES_IN)

    async def news(self) -> tuple[str, ...]:
        """The sentences since the last time, once there are some; none when it is over."""
        while True:
            self._news.clear()
            with self._lock:
                if self._over:
                    return ()
                if self._sentences:
                    said = tuple(self._sentences)
                    self._sentences.clear()
                    return said
            await self._news.wait()

    @contextmanager
    def beginning(self) -> Iterator[bool]:
        """Within, `end` waits. False: it is over, and nothing may be begun."""
        with self._lock:
            may = not self._over
            if may:
                self._settled.clear()
        try:
            yield may
        finally:
            self._settled.set()

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop is closed, so nobody shows anything
            self._loop.call_soon_threadsafe(self._news.set)
