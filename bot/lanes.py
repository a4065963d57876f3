"""Lanes: the messages of one thread in order, threads in parallel, and replies delivered until they stand.

Every lane claims its work by a lease in the database, so several processes may run lanes over one file, and a
killed one leaves nothing that another does not pick up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

from bot.outgoing import Edit, Outbound
from bot.posts import Parts
from bot.turns import Turns
from storage.errors import StorageError
from storage.records import Claimed, Incoming, Sending

logger = logging.getLogger(__name__)

LANES = 8
"""Threads that are handled at the same time, and deliveries that are under way at the same time."""

LOOKS_EVERY = 1.0
"""Seconds between looks for work that nobody announced: another process's, or what a lease gave back."""

THINKING_AFTER = 0.4
"""Seconds after which a turn shows that it is being thought about; a shorter one would only flicker."""

MOST_TRIES = 8
"""A delivery that failed so often for reasons of its own is given up, so that its thread goes on."""

LONGEST_WAIT = 300.0


class Later(Exception):
    """Not now: the platform asks to wait, or is out of reach. Tried again after `seconds`."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds = seconds
        self.why = why


class Gone(Exception):
    """Can never be delivered: the place is gone, or the bot may not speak there."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Courier(Protocol):
    """Brings replies to one platform."""

    @property
    def platform(self) -> str:
        """The platform's name, as places have it."""

    async def deliver(self, sending: Sending, parts: Parts, onto: str) -> str:
        """Post the parts, or edit the earlier post `onto` to show them; gives the platform's id of the post.

        Raises:
            Later: it may be tried again.
            Gone: it may not.
        """

    def working(self, claimed: Claimed) -> AbstractAsyncContextManager[None]:
        """Show that a message is being thought about, until the block ends however it ends."""


class Lanes:
    """Runs one platform: takes messages in, turns them into turns, and has the replies delivered."""

    def __init__(self, turns: Turns, outbound: Outbound, courier: Courier, lanes: int = LANES) -> None:
        self._turns = turns
        self._outbound = outbound
        self._courier = courier
        self._lanes = lanes
        # A turn may wait for a model; what is written down in the meantime must not wait for it.
        self._thinking = ThreadPoolExecutor(lanes, f"turns-{courier.platform}")
        self._stopping = asyncio.Event()
        self._to_handle = _Bell()
        self._to_deliver = _Bell()
        self._running: set[asyncio.Task[None]] = set()

    async def receive(self, incoming: Incoming) -> bool:
        """Keep a message; once this returns it cannot be lost. False: it came before."""
        fresh = await asyncio.to_thread(self._turns.receive, incoming)
        if fresh:
            await self._to_handle.ring()
        return fresh

    async def run(self) -> None:
        """Work until `stop` is called."""
        lanes = [self._lane(self._handle_one, self._to_handle) for _ in range(self._lanes)]
        deliveries = [self._lane(self._deliver_one, self._to_deliver) for _ in range(self._lanes)]
        self._running = {asyncio.ensure_future(lane) for lane in (*lanes, *deliveries)}
        try:
            await asyncio.gather(*self._running)
        finally:
            for task in self._running:
                task.cancel()

    async def stop(self, seconds: float = 20.0) -> None:
        """Take no new work and let what is under way end; what does not end in time is left to its lease."""
        self._stopping.set()
        await self._to_handle.ring(self._lanes)
        await self._to_deliver.ring(self._lanes)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
        with suppress(TimeoutError):  # what they use must not be closed under them
            await asyncio.wait_for(asyncio.to_thread(self._thinking.shutdown, cancel_futures=True), seconds)

    async def _lane(self, step: Callable[[], Awaitable[bool]], bell: "_Bell") -> None:
        """Do one piece of work after another; rest while there is none."""
        while not self._stopping.is_set():
            heard = bell.rung
            try:
                worked = await step()
            except StorageError as error:
                logger.error("storage_trouble platform=%s: %s", self._courier.platform, error)
                worked = False
            except Exception as error:  # one piece of work must never end a lane
                logger.error("lane_trouble platform=%s: %s", self._courier.platform, type(error).__name__)
                worked = False
            if not worked and not self._stopping.is_set():
                await bell.wait(heard, LOOKS_EVERY)

    async def _handle_one(self) -> bool:
        begun: list[Claimed] = []
        turn = asyncio.get_running_loop().run_in_executor(self._thinking, self._claim_and_handle, begun)
        await asyncio.wait({turn}, timeout=THINKING_AFTER)
        if not turn.done() and begun:
            async with self._courier.working(begun[0]):
                await asyncio.wait({turn})
        worked = await turn
        if worked:
            await self._to_deliver.ring()
        return worked

    def _claim_and_handle(self, begun: list[Claimed]) -> bool:
        """In a thread of its own; `begun` tells the loop at once what was claimed."""
        claimed = self._turns.claim(self._courier.platform)
        if claimed is None:
            return False
        begun.append(claimed)
        self._turns.handle(claimed)
        return True

    async def _deliver_one(self) -> bool:
        going = await asyncio.to_thread(self._outbound.claim, self._courier.platform)
        if going is None:
            return False
        sending = going.sending
        try:
            message = await self._courier.deliver(sending, going.parts, going.onto)
        except Gone as gone:
            await asyncio.to_thread(self._outbound.dead, sending, gone.why)
        except Later as later:
            await self._put_off(sending, later.why, later.seconds)
        except Exception as error:  # what it says may hold a person's words
            why = type(error).__name__
            logger.error("delivery_failed outbox=%s thread=%s error=%s", sending.id, sending.thread_id, why)
            if sending.attempt >= MOST_TRIES:
                await asyncio.to_thread(self._outbound.dead, sending, why)
            else:
                await self._put_off(sending, why, 2.0 ** (sending.attempt - 1))
        else:
            await self._close_questions(sending, await asyncio.to_thread(self._stood, sending, message))
        return True  # this lane looks again, so the thread's next reply may go now

    def _stood(self, sending: Sending, message: str) -> tuple[Edit, ...]:
        self._outbound.delivered(sending, message)
        return tuple(self._outbound.edits(sending))

    async def _close_questions(self, sending: Sending, edits: tuple[Edit, ...]) -> None:
        """Show in earlier posts what was answered. What they offer is over in any case."""
        for edit in edits:
            try:
                await self._courier.deliver(sending, edit.parts, edit.message)
            except Exception as error:
                logger.warning("edit_failed outbox=%s error=%s", sending.id, type(error).__name__)

    async def _put_off(self, sending: Sending, why: str, seconds: float) -> None:
        wait = min(max(seconds, 0.0), LONGEST_WAIT)
        await asyncio.to_thread(self._outbound.later, sending, why, wait)


class _Bell:
    """Wakes as many as there is work for: all of them looking for one piece would be in each other's way."""

    def __init__(self) -> None:
        self.rung = 0
        self._waiting = asyncio.Condition()

    async def ring(self, times: int = 1) -> None:
        async with self._waiting:
            self.rung += times
            self._waiting.notify(times)

    async def wait(self, heard: int, seconds: float) -> None:
        """Until it rings again after it was `heard` so often, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._waiting:
                await self._waiting.wait_for(lambda: self.rung != heard)
