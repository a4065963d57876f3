"""Lanes: the messages of one thread in order, threads in parallel, and replies delivered until they stand.

Every lane claims its work by a lease in the database, so several processes may run lanes over one file, and a
killed one leaves nothing that another does not pick up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

from bot.closing import Closing
from bot.courier import LONGEST_WAIT, MOST_TRIES, SLOWEST, Courier, Gone, Later
from bot.draft import Draft
from bot.gathering import Gathering
from bot.hands import Hands
from bot.line import Line
from bot.metrics import Why
from bot.outgoing import Outbound, Outgoing
from bot.turns import Turns
from storage.errors import StorageError
from storage.records import Claimed, Incoming, Sending

logger = logging.getLogger(__name__)

LANES = 8
"""Threads that are handled at the same time, and deliveries that are under way at the same time."""

LOOKS_EVERY = 1.0
"""Seconds between looks for work that nobody announced: another process's, or what a lease gave back."""

TELLS_EVERY = 2.0
"""Seconds between looks at the line."""

TAKEN_FOR_GRANTED = 10.0
"""Seconds after which a claim that nobody began is looked at again: its lease may have run out."""

TRIES_AGAIN = 5.0
"""Seconds until a turn that could not be written down is worked out again."""

THINKING_AFTER = 0.4
"""Seconds after which a turn shows that it is being thought about; a shorter one would only flicker."""

GIVES_UP_AFTER = timedelta(minutes=5)
"""Before this nothing is given up: tries made while the platform was away prove nothing."""


class Lanes:
    """Runs one platform: takes messages in, turns them into turns, and has the replies delivered."""

    def __init__(self, turns: Turns, outbound: Outbound, courier: Courier, lanes: int = LANES) -> None:
        self._turns = turns
        self._outbound = outbound
        self._courier = courier
        self._lanes = lanes
        self._several = max(lanes // 2, 1)
        self._coming = Gathering(turns.receive_many)
        self._standing = Gathering(outbound.stand)
        # A turn may wait for a model; what is written down in the meantime must not wait for it.
        self._thinking = Hands(lanes, f"turns-{courier.platform}")
        self._closing = asyncio.Event()  # no new turns are begun
        self._drained = asyncio.Event()  # none is under way any more, so what is to be said is all there
        self._to_handle = asyncio.Event()
        self._to_deliver = asyncio.Event()
        self._crowded = False  # more waits to be delivered than may be under way
        self._begins: set[asyncio.Task[None]] = set()
        self._brings: set[asyncio.Task[None]] = set()
        self._handling: set[asyncio.Task[bool]] = set()
        self._delivering: set[asyncio.Task[bool]] = set()
        self._edits = Closing(courier)
        self._line = Line(turns, courier)

    async def receive(self, incoming: Incoming) -> bool:
        """Keep a message; once this returns it cannot be lost. False: it came before."""
        return await (await self.take(incoming))

    async def take(self, incoming: Incoming) -> "asyncio.Future[bool]":
        """Put a message in line to be kept, behind those that came before; see `receive` for its future."""
        kept = await self._coming.put(incoming)
        kept.add_done_callback(self._came)
        return kept

    def _came(self, kept: "asyncio.Future[bool]") -> None:
        if kept.cancelled() or (kept.exception() is None and kept.result()):
            self._to_handle.set()

    @property
    def busy(self) -> bool:
        """Whether something is being handled or delivered."""
        return bool(self._handling or self._delivering)

    async def run(self) -> None:
        """Work until `stop` is called."""
        self._begins.add(asyncio.ensure_future(self._begin_turns()))
        telling = asyncio.ensure_future(self._tell_line())
        self._brings.add(asyncio.ensure_future(self._begin_deliveries()))
        try:
            await asyncio.gather(*self._begins, *self._brings)
        finally:
            for task in (telling, *self._begins, *self._brings, *self._handling, *self._delivering):
                task.cancel()

    async def stop(self, seconds: float = 20.0) -> None:
        """Begin no new turn; let those under way end and what they say be delivered. The rest is left to its
        lease, for the next start.
        """
        end = asyncio.get_running_loop().time() + seconds
        self._closing.set()
        self._to_handle.set()
        self._thinking.drop()
        await _ended(self._begins, end)
        await _ended(self._handling, end)
        self._drained.set()
        self._to_deliver.set()
        await _ended(self._brings, end)
        await _ended(self._delivering, end)
        self._edits.cancel()
        with suppress(TimeoutError):  # what they use must not be closed under them
            await asyncio.wait_for(asyncio.to_thread(self._thinking.shutdown), seconds)

    async def _begin_turns(self) -> None:
        while not self._closing.is_set():
            self._to_handle.clear()
            if not await self._tried(self._handle_some()):
                await self._rest(self._to_handle)

    async def _tell_line(self) -> None:
        """Tell those who wait how far back they are, while there is more than can be begun."""
        while not self._closing.is_set():
            await asyncio.sleep(TELLS_EVERY)
            if len(self._handling) > self._lanes - self._several:  # no more is claimed
                await self._tried(self._line.tell())

    async def _begin_deliveries(self) -> None:
        """Until nothing is left to be said, once no turn is under way any more."""
        while True:
            self._to_deliver.clear()
            if not await self._tried(self._deliver_some()):
                if self._drained.is_set() and not self._delivering:
                    return
                await self._rest(self._to_deliver)

    async def _rest(self, bell: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOKS_EVERY):
                await bell.wait()

    async def _tried(self, step: Awaitable[bool]) -> bool:
        """One piece of work, which must never end a lane. False: there was none, or it went wrong."""
        try:
            return await step
        except StorageError as error:
            logger.error("storage_trouble platform=%s says=%s", self._courier.platform, error)
        except Exception as error:
            logger.error("lane_trouble platform=%s error=%s", self._courier.platform, type(error).__name__)
        return False

    def _lane(
        self,
        step: Awaitable[bool],
        under_way: set[asyncio.Task[bool]],
        over: Callable[[asyncio.Task[bool]], object],
    ) -> None:
        """Go on with one piece of work beside the others."""
        task = asyncio.ensure_future(self._tried(step))
        under_way.add(task)
        task.add_done_callback(over)

    async def _handle_some(self) -> bool:
        """Claim several at a time, once there is room for several."""
        room = self._lanes - len(self._handling)
        if room < self._several:
            return False
        claims = await asyncio.to_thread(self._turns.claim_many, self._courier.platform, room)
        for claimed in claims:
            self._lane(self._handle_one(claimed), self._handling, self._handled)
        return bool(claims)

    def _handled(self, task: asyncio.Task[bool]) -> None:
        self._handling.discard(task)
        if len(self._handling) <= self._lanes - self._several:
            self._to_handle.set()

    async def _handle_one(self, claimed: Claimed) -> bool:
        draft = Draft()
        turn = self._thinking.do(partial(self._handle, claimed, draft, monotonic()))
        if self._closing.is_set():
            self._thinking.drop()
        await asyncio.wait({turn}, timeout=THINKING_AFTER)
        if not turn.done():
            async with self._courier.working(claimed, draft):
                await asyncio.wait({turn})
        if turn.cancelled():  # the lanes are closing, and nobody began it
            await asyncio.to_thread(self._turns.put_back, claimed)
            return False
        if isinstance(turn.exception(), StorageError):  # which proves nothing against the message
            await asyncio.to_thread(self._turns.put_back, claimed, TRIES_AGAIN)
        turn.result()
        self._to_deliver.set()
        await self._line.leave(claimed)
        return True

    def _handle(self, claimed: Claimed, draft: Draft, since: float) -> None:
        """In a thread, which goes on to the next turn while the disk is still busy with this one."""
        if monotonic() - since > TAKEN_FOR_GRANTED and not self._turns.still_ours(claimed):
            return
        with self._turns.log.settling_later():
            self._turns.handle(claimed, draft)

    async def _deliver_some(self) -> bool:
        room = self._lanes - len(self._delivering)
        self._crowded = room < 1
        if self._crowded:
            return False
        several = await asyncio.to_thread(self._outbound.claim_many, self._courier.platform, room)
        for going in several:
            self._lane(self._deliver_one(going), self._delivering, self._delivered)
        return bool(several)

    def _delivered(self, task: asyncio.Task[bool]) -> None:
        self._delivering.discard(task)
        if self._crowded or self._drained.is_set() or task.cancelled() or task.result():
            self._to_deliver.set()

    async def _deliver_one(self, going: Outgoing) -> bool:
        """Whether there may be more to deliver now."""
        sending = going.sending
        try:
            with self._outbound.watch.delivery(sending):
                message = await self._courier.deliver(sending, going.parts, going.onto)
        except Gone as gone:
            await asyncio.to_thread(self._outbound.gone, sending, gone.why)
        except Later as later:
            # The platform's own wait is kept; one that only is not there yet is asked less and less often.
            await self._put_off(sending, later.why, max(later.seconds, min(sending.attempt / 2, SLOWEST)))
        except Exception as error:  # what it says may hold a person's words
            why = type(error).__name__
            logger.error("delivery_failed outbox=%s thread=%s error=%s", sending.id, sending.thread_id, why)
            if sending.attempt >= MOST_TRIES and self._outbound.waited(sending) > GIVES_UP_AFTER:
                await asyncio.to_thread(self._outbound.dead, sending, why)
            else:
                await self._put_off(sending, why, 2.0 ** (sending.attempt - 1), "failed")
        else:
            stands = await self._standing.ask((sending, message))
            await self._edits.show(sending, stands.edits)
            return stands.more
        return True

    async def _put_off(self, sending: Sending, why: str, seconds: float, kind: Why = "asked_to_wait") -> None:
        wait = min(max(seconds, 0.0), LONGEST_WAIT)
        await asyncio.to_thread(self._outbound.later, sending, why, wait, kind)


async def _ended(tasks: Iterable[asyncio.Task[Any]], end: float) -> None:
    """Wait for tasks until a moment of the loop's clock, and cancel those that are late."""
    left = max(end - asyncio.get_running_loop().time(), 0.0)
    waiting = set(tasks)
    if waiting:
        _, late = await asyncio.wait(waiting, timeout=left)
        for task in late:
            task.cancel()
