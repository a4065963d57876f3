"""What is asked for at the same time, done in one go: one hop to a thread and one transaction serve many."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from storage.errors import StorageError

ROOM = 1000
"""So many may wait; whoever comes then waits outside, where the platform's patience is the limit."""

AT_ONCE = 100
"""So many are done in one go, so that the first of a crowd need not wait for the last."""

_Asked = TypeVar("_Asked")
_Found = TypeVar("_Found")


class Gathering(Generic[_Asked, _Found]):
    """Does for many at once what each of them asks for."""

    def __init__(self, work: Callable[[Sequence[_Asked]], Sequence[_Found]], room: int = ROOM) -> None:
        """`work` runs in a thread and gives for each what it found, in the same order."""
        self._work = work
        self._room = asyncio.Semaphore(room)
        self._waiting: deque[tuple[_Asked, asyncio.Future[_Found]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def ask(self, one: _Asked) -> _Found:
        """What was found for this one. Raises what `work` raises."""
        return await (await self.put(one))

    async def put(self, one: _Asked) -> "asyncio.Future[_Found]":
        """Stand in line, behind all that came before; the future gets what was found, or what was raised."""
        await self._room.acquire()
        found: asyncio.Future[_Found] = asyncio.get_running_loop().create_future()
        found.add_done_callback(self._leave)
        self._waiting.append((one, found))
        if self._working is None:
            self._working = asyncio.ensure_future(self._work_all())
        return found

    def _leave(self, found: "asyncio.Future[_Found]") -> None:
        self._room.release()

    async def _work_all(self) -> None:
        try:
            while self._waiting:
                several = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_ONCE))]
                await self._work_on([one for one in several if not one[1].done()])
        finally:
            self._working = None

    async def _work_on(self, several: list[tuple[_Asked, "asyncio.Future[_Found]"]]) -> None:
        if not several:
            return
        try:
            found = await asyncio.to_thread(self._work, [asked for asked, _ in several])
        except Exception as error:
            if len(several) == 1 or isinstance(error, StorageError):
                _settle(several, error)
                return
            for one in several:  # one of them is at fault, and the others must not suffer for it
                await self._work_on([one])
        else:
            for (_, waits), given in zip(several, found, strict=True):
                if not waits.done():
                    waits.set_result(given)


def _settle(several: list[tuple[_Asked, "asyncio.Future[_Found]"]], error: Exception) -> None:
    for _, waits in several:
        if not waits.done():
            waits.set_exception(error)
