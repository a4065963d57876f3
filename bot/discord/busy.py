"""Counts what is being taken in, so that a stop can wait for it: the library does not."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Busy:
    """How much is under way."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __enter__(self) -> None:
        self._count += 1
        self._idle.clear()

    def __exit__(self, *error: object) -> None:
        self._count -= 1
        if self._count == 0:
            self._idle.set()

    async def over(self, seconds: float) -> bool:
        """Wait until nothing is under way. False: something still is."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


class _Counting(Protocol):
    busy: Busy


Self = TypeVar("Self", bound=_Counting)


def counted(
    method: Callable[Concatenate[Self, Given], Awaitable[Result]],
) -> Callable[Concatenate[Self, Given], Awaitable[Result]]:
    """A method that counts as busy while it runs."""

    @wraps(method)
    async def counting(self: Self, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        with self.busy:
            return await method(self, *args, **kwargs)

    return counting
