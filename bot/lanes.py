"""Lanes: the messages of one thread in order, threads in parallel, and replies delivered until they stand.

Every lane claims its work by a lease in the database, so several processes may run lanes over one file, and a
killed one leaves nothing that another does not pick up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable
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
from bot.rounds import Rounds
from bot.turns import Turns
from storage.errors import StorageError
from storage.records import Claimed, Incoming, Sending, Turn

logger = logging.getLogger(__name__)

LANES = 8
"""Threads that are handled at the same time, and deliveries that are under way at the same time."""

LOOKS_EVERY = 1.0
"""Seconds between looks for work that nobody announced: another process's, or what a lease gave back."""

TELLS_EVERY = 2.0
"""Seconds between looks at the line."""

TAKEN_FOR_GRANTED = 10.0
"""Seconds after which a claim that nobody began is looked at again: its lease may have run out."""

TRIES_AFTER = (1.0, 3.0, 9.0)
"""Seconds between tries to write down a turn, while its lease lasts."""

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
        self._rounds = Rounds(turns, outbound, courier.platform)
        # A turn may wait for a model; what is written down in the meantime must not wait for it.
        self._thinking = Hands(lanes, f"turns-{courier.platform}")
        self._closing = asyncio.Event()  # no new turns are begun
        self._bell = asyncio.Event()  # there may be something to do
        self._more = False  # there may have been more than there was room for
        self._going: set[asyncio.Task[None]] = set()
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
            self._bell.set()

    @property
    def busy(self) -> bool:
        """Whether something is being handled or delivered."""
        return bool(self._handling or self._delivering)

    async def run(self) -> None:
        """Work until `stop` is called."""
        going, telling = asyncio.ensure_future(self._go()), asyncio.ensure_future(self._tell_line())
        self._going.add(going)
        try:
            await going
        finally:
            for task in (going, telling, *self._handling, *self._delivering):
                task.cancel()

    async def stop(self, seconds: float = 20.0) -> None:
        """Begin no new turn; let those under way end and what they say be delivered. The rest is left to its
        lease, for the next start.
        """
        end = asyncio.get_running_loop().time() + seconds
        self._closing.set()
        self._bell.set()
        self._thinking.drop()
        await _ended(self._going, end)
        await _ended((*self._handling, *self._delivering), end)
        self._edits.cancel()
        with suppress(TimeoutError):  # what they use must not be closed under them
            await asyncio.wait_for(asyncio.to_thread(self._thinking.shutdown), seconds)

    async def _go(self) -> None:
        """One round after another, until the lanes are closing and nothing is under way any more."""
        while True:
            self._bell.clear()
            more = await self._tried(self._round())
            if self._closing.is_set() and not (more or self.busy or self._rounds.waiting):
                return
            if not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOKS_EVERY):
                        await self._bell.wait()

    async def _round(self) -> bool:
        """Write down what is done, claim what there is room for, and begin it. True: there may be more."""
        handle, deliver = self._lanes - len(self._handling), self._lanes - len(self._delivering)
        if self._closing.is_set() or handle < self._several:
            handle = 0  # several at a time, once there is room for several
        found = await self._rounds.go(handle, deliver)
        for claimed in found.claims:
            self._lane(self._handle_one(claimed), self._handling)
        for going in found.going:
            self._lane(self._deliver_one(going), self._delivering)
        self._more = handle == len(found.claims) or deliver == len(found.going)
        return 0 < handle == len(found.claims) or 0 < deliver == len(found.going)

    async def _tell_line(self) -> None:
        """Tell those who wait how far back they are, while there is more than can be begun."""
        while not self._closing.is_set():
            await asyncio.sleep(TELLS_EVERY)
            if len(self._handling) > self._lanes - self._several:  # no more is claimed
                await self._tried(self._line.tell())

    async def _tried(self, step: Awaitable[bool]) -> bool:
        """One piece of work, which must never end a lane. False: there was none, or it went wrong."""
        try:
            return await step
        except StorageError as error:
            logger.error("storage_trouble platform=%s says=%s", self._courier.platform, error)
        except Exception as error:
            logger.error("lane_trouble platform=%s error=%s", self._courier.platform, type(error).__name__)
        return False

    def _lane(self, step: Awaitable[bool], under_way: set[asyncio.Task[bool]]) -> None:
        """Go on with one piece of work beside the others. It gives whether something may wait for its end."""

        def over(task: asyncio.Task[bool]) -> None:
            under_way.discard(task)
            if self._more or self._closing.is_set() or task.cancelled() or task.result():
                self._bell.set()

        task = asyncio.ensure_future(self._tried(step))
        under_way.add(task)
        task.add_done_callback(over)

    async def _handle_one(self, claimed: Claimed) -> bool:
        draft = Draft()
        turn = self._thinking.do(partial(self._work_out, claimed, draft, monotonic()))
        if self._closing.is_set():
            self._thinking.drop()
        await asyncio.wait({turn}, timeout=THINKING_AFTER)
        if not turn.done():
            async with self._courier.working(claimed, draft):
                await asyncio.wait({turn})
        if turn.cancelled():  # the lanes are closing, and nobody began it
            await asyncio.to_thread(self._turns.put_back, claimed)
            return False
        await self._keep(claimed, turn)
        await self._line.leave(claimed)
        return False

    def _work_out(self, claimed: Claimed, draft: Draft, since: float) -> Turn | None:
        """In a thread; a claim that waited long for it may have been taken over."""
        if monotonic() - since > TAKEN_FOR_GRANTED and not self._turns.still_ours(claimed):
            return None
        return self._turns.work_out(claimed, draft)

    async def _keep(self, claimed: Claimed, turn: "asyncio.Future[Turn | None]") -> None:
        """Have it written down, and again if that goes wrong. In the end the message is put back: what the
        database does proves nothing against it.
        """
        try:
            worked_out = turn.result()
            for seconds in (*TRIES_AFTER, None):
                try:
                    if worked_out is not None:
                        self._bell.set()
                        await self._rounds.keep(worked_out)
                    return
                except StorageError:
                    if seconds is None or self._closing.is_set():
                        raise
                    await asyncio.sleep(seconds)
        except StorageError:
            await asyncio.to_thread(self._turns.put_back, claimed, TRIES_AGAIN)
            raise

    async def _deliver_one(self, going: Outgoing) -> bool:
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
            self._bell.set()
            await self._edits.show(sending, await self._rounds.stand(sending, message))
            return False
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
