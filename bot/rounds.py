"""Rounds: all that the lanes of a platform have to write down and to claim, in one go again and again.

One hop to a thread, one transaction and one wait for the disk serve many turns and deliveries, however many
there are at the moment: what comes while a round is under way has its place in the next one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.outgoing import Edits, Outbound, Outgoing
from bot.turns import Turns
from storage.errors import StorageError
from storage.records import Claimed, Sending, Turn

MOST = 50
"""So many turns and deliveries are written down in one round."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Found:
    """What was claimed in a round: messages to be handled, and replies to be delivered."""

    claims: Sequence[Claimed] = ()
    going: Sequence[Outgoing] = ()


@dataclass(frozen=True, slots=True)
class _Noted:
    """Something to be written down, and who waits for it."""

    what: Any
    done: "asyncio.Future[Any]"


class Rounds:
    """The rounds of one platform."""

    def __init__(self, turns: Turns, outbound: Outbound, platform: str) -> None:
        self._turns = turns
        self._outbound = outbound
        self._platform = platform
        self._worked_out: deque[_Noted] = deque()
        self._delivered: deque[_Noted] = deque()

    @property
    def waiting(self) -> bool:
        """Whether something waits to be written down."""
        return bool(self._worked_out or self._delivered)

    def keep(self, turn: Turn) -> "asyncio.Future[bool]":
        """Have a plain turn written down; its replies are claimed only then. False: its lease was lost."""
        return _note(self._worked_out, turn)

    def stand(self, sending: Sending, message: str) -> "asyncio.Future[Edits]":
        """Have it written down that a reply stands on the platform under this id."""
        return _note(self._delivered, (sending, message))

    async def go(self, handle: int, deliver: int) -> Found:
        """Write down what waits, and claim so many messages and replies at most.

        Raises:
            StorageError: nothing was written, and nothing claimed.
        """
        turns, stood = _taken(self._worked_out), _taken(self._delivered)
        try:
            return await asyncio.to_thread(self._go, turns, stood, handle, deliver)
        except StorageError as error:
            for one in (*turns, *stood):
                _settle(one, error)
            raise

    def _go(self, turns: list[_Noted], stood: list[_Noted], handle: int, deliver: int) -> Found:
        if not turns and not stood:  # to look takes no lock
            return self._claimed(handle, deliver)
        try:
            with self._turns.log.at_once(durable=bool(turns)):
                kept = self._turns.keep_many([one.what for one in turns])
                standing = self._outbound.stand([one.what for one in stood])
                found = self._claimed(handle, deliver)
        except StorageError:
            raise
        except Exception:  # something is wrong with one of them, and the others must not suffer for it
            _each(turns, self._turns.keep_many)
            _each(stood, self._outbound.stand)
            return Found()
        _tell(turns, kept)
        _tell(stood, standing)
        return found

    def _claimed(self, handle: int, deliver: int) -> Found:
        return Found(
            self._turns.claim_many(self._platform, handle) if handle > 0 else (),
            self._outbound.claim_many(self._platform, deliver) if deliver > 0 else (),
        )


def _note(line: deque[_Noted], what: Any) -> "asyncio.Future[Any]":
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    line.append(_Noted(what, done))
    return done


def _taken(line: deque[_Noted]) -> list[_Noted]:
    return [line.popleft() for _ in range(min(len(line), MOST))]


def _each(several: list[_Noted], work: Callable[[list[Any]], Sequence[Any]]) -> None:
    for one in several:
        try:
            found = work([one.what])[0]
        except Exception as error:
            one.done.get_loop().call_soon_threadsafe(_settle, one, error)
        else:
            _tell([one], [found])


def _tell(several: list[_Noted], found: Sequence[Any]) -> None:
    if several:
        several[0].done.get_loop().call_soon_threadsafe(_all_done, several, found)


def _all_done(several: list[_Noted], found: Sequence[Any]) -> None:
    for one, given in zip(several, found, strict=True):
        if not one.done.done():
            one.done.set_result(given)


def _settle(one: _Noted, error: Exception) -> None:
    if not one.done.done():
        one.done.set_exception(error)
