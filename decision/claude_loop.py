"""An event loop in a thread of its own, so that code without one can wait for the network, not for ever."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")

GRACE = 0.4
"""Seconds after which even a loop that no longer reacts is not waited for."""


class LoopThread:
    """Started by its first use; close it when done. Safe for several threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """The result of `work`, which gets so many seconds for everything.

        Raises:
            TimeoutError: it took longer, and was cancelled.
        """
        future = asyncio.run_coroutine_threadsafe(_within(work, seconds), self._running())
        try:
            return future.result(seconds + GRACE)
        except CancelledError as error:  # the loop was closed meanwhile
            raise TimeoutError from error
        finally:
            future.cancel()

    def start(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Begin `work` without waiting for it; how it ends is nobody's concern."""
        asyncio.run_coroutine_threadsafe(work(), self._running())

    def close(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Cancel what still runs, do what is to be done last, and end the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_ended(last), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name=self._name, daemon=True)
                self._thread.start()
            return self._loop


async def _within(work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await work()


async def _ended(last: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    if last is not None:
        await last()
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
