"""Lanes: the messages of one thread in order, threads in parallel, and replies delivered until they stand.

Every lane claims its work by a lease in the database, so several processes may run lanes over one file, and a
killed one leaves nothing that another does not pick up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from typing import Any, Protocol

from bot.draft import Draft
from bot.metrics import Why
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

GIVES_UP_AFTER = timedelta(minutes=5)
"""Before this nothing is given up: tries made while the platform was away prove nothing."""

LONGEST_WAIT = 300.0
SLOWEST = 30.0
"""Seconds between looks at a platform that is away."""


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

        Where a draft of the reply may stand, the reply takes its place.

        Raises:
            Later: it may be tried again.
            Gone: it may not.
        """

    def working(self, claimed: Claimed, draft: Draft) -> AbstractAsyncContextManager[None]:
        """Show that a message is being thought about, until the block ends however it ends. Where there is
        a way to, show also what comes into the draft, and note where that stands.
        """


class Lanes:
    """Runs one platform: takes messages in, turns them into turns, and has the replies delivered."""

    def __init__(self, turns: Turns, outbound: Outbound, courier: Courier, lanes: int = LANES) -> None:
        self._turns = turns
        self._outbound = outbound
        self._courier = courier
        self._lanes = lanes
        # A turn may wait for a model; what is written down in the meantime must not wait for it.
        self._thinking = ThreadPoolExecutor(lanes, f"turns-{courier.platform}")
        self._closing = asyncio.Event()  # no new turns are begun
        self._drained = asyncio.Event()  # none is under way any more, so what is to be said is all there
        self._to_handle = _Bell()
        self._to_deliver = _Bell()
        self._handling: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._editing: set[asyncio.Task[None]] = set()

    async def receive(self, incoming: Incoming) -> bool:
        """Keep a message; once this returns it cannot be lost. False: it came before."""
        fresh = await asyncio.to_thread(self._turns.receive, incoming)
        if fresh:
            await self._to_handle.ring()
        return fresh

    async def run(self) -> None:
        """Work until `stop` is called."""
        handling = [self._lane(self._handle_one, self._to_handle, self._closing) for _ in range(self._lanes)]
        delivering = [
            self._lane(self._deliver_one, self._to_deliver, self._drained, drains=True)
            for _ in range(self._lanes)
        ]
        self._handling = {asyncio.ensure_future(lane) for lane in handling}
        self._running = self._handling | {asyncio.ensure_future(lane) for lane in delivering}
        try:
            await asyncio.gather(*self._running)
        finally:
            for task in self._running:
                task.cancel()

    async def stop(self, seconds: float = 20.0) -> None:
        """Begin no new turn; let those under way end and what they say be delivered. The rest is left to its
        lease, for the next start.
        """
        end = asyncio.get_running_loop().time() + seconds
        self._closing.set()
        await self._to_handle.ring(self._lanes)
        await self._ended(self._handling, end)
        self._drained.set()
        await self._to_deliver.ring(self._lanes)
        await self._ended(self._running, end)
        for edit in self._editing:
            edit.cancel()
        with suppress(TimeoutError):  # what they use must not be closed under them
            await asyncio.wait_for(asyncio.to_thread(self._thinking.shutdown, cancel_futures=True), seconds)

    async def _ended(self, tasks: set[asyncio.Task[None]], end: float) -> None:
        """Wait for the tasks until a moment of the loop's clock, and cancel those that are late."""
        if tasks:
            left = max(end - asyncio.get_running_loop().time(), 0.0)
            _, late = await asyncio.wait(tasks, timeout=left)
            for task in late:
                task.cancel()

    async def _lane(
        self, step: Callable[[], Awaitable[bool]], bell: "_Bell", over: asyncio.Event, drains: bool = False
    ) -> None:
        """Do one piece of work after another; rest while there is none. Once it is `over` begin none, or with
        `drains` go on until there is none.
        """
        while drains or not over.is_set():
            heard = bell.rung
            if await self._tried(step):
                continue
            if over.is_set():
                return
            await bell.wait(heard, LOOKS_EVERY)

    async def _tried(self, step: Callable[[], Awaitable[bool]]) -> bool:
        """One piece of work, which must never end a lane. False: there was none, or it went wrong."""
        try:
            return await step()
        except StorageError as error:
            logger.error("storage_trouble platform=%s says=%s", self._courier.platform, error)
        except Exception as error:
            logger.error("lane_trouble platform=%s error=%s", self._courier.platform, type(error).__name__)
        return False

    async def _handle_one(self) -> bool:
        loop = asyncio.get_running_loop()
        begun: asyncio.Future[Claimed] = loop.create_future()
        draft = Draft()
        turn = loop.run_in_executor(self._thinking, self._claim_and_handle, begun, draft)
        either: set[asyncio.Future[Any]] = {turn, begun}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({turn}, timeout=THINKING_AFTER)
        if not turn.done():
            async with self._courier.working(begun.result(), draft):
                await asyncio.wait({turn})
        worked = await turn
        if worked:
            await self._to_deliver.ring()
        return worked

    def _claim_and_handle(self, begun: asyncio.Future[Claimed], draft: Draft) -> bool:
        """In a thread of its own; `begun` tells the loop at once what was claimed."""
        claimed = self._turns.claim(self._courier.platform)
        if claimed is None:
            return False
        begun.get_loop().call_soon_threadsafe(begun.set_result, claimed)
        self._turns.handle(claimed, draft)
        return True

    async def _deliver_one(self) -> bool:
        going = await asyncio.to_thread(self._outbound.claim, self._courier.platform)
        if going is None:
            return False
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
            await self._close_questions(sending, await asyncio.to_thread(self._stood, sending, message))
        return True  # this lane looks again, so the thread's next reply may go now

    def _stood(self, sending: Sending, message: str) -> tuple[Edit, ...]:
        self._outbound.delivered(sending, message)
        return tuple(self._outbound.edits(sending, message))

    async def _close_questions(self, sending: Sending, edits: tuple[Edit, ...]) -> None:
        """Show in earlier posts what was answered. What they offer is over in any case."""
        for edit in edits:
            try:
                await self._courier.deliver(sending, edit.parts, edit.message)
            except Later as later:  # the lane goes on; what an edit takes away is refused when it is tapped
                again = asyncio.ensure_future(self._edit_later(sending, edit, later.seconds))
                self._editing.add(again)
                again.add_done_callback(self._editing.discard)
            except Exception as error:
                logger.warning("edit_failed outbox=%s error=%s", sending.id, type(error).__name__)

    async def _edit_later(self, sending: Sending, edit: Edit, seconds: float) -> None:
        for _ in range(MOST_TRIES):
            await asyncio.sleep(min(max(seconds, 0.0), LONGEST_WAIT))
            try:
                await self._courier.deliver(sending, edit.parts, edit.message)
            except Later as later:
                seconds = later.seconds
            except Exception as error:
                logger.warning("edit_failed outbox=%s error=%s", sending.id, type(error).__name__)
                return
            else:
                return
        logger.warning("edit_given_up outbox=%s", sending.id)

    async def _put_off(self, sending: Sending, why: str, seconds: float, kind: Why = "asked_to_wait") -> None:
        wait = min(max(seconds, 0.0), LONGEST_WAIT)
        await asyncio.to_thread(self._outbound.later, sending, why, wait, kind)


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
