"""What an answer changes in earlier posts: the question that it closed is shown as closed."""

import asyncio
import logging
from collections.abc import Iterable

from bot.courier import LONGEST_WAIT, MOST_TRIES, Courier, Later
from bot.outgoing import Edit
from storage.records import Sending

logger = logging.getLogger(__name__)


class Closing:
    """Makes edits, and again those that the platform puts off. What they take away is over in any case."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._later: set[asyncio.Task[None]] = set()

    async def show(self, sending: Sending, edits: Iterable[Edit]) -> None:
        """Show in earlier posts what the reply answered."""
        for edit in edits:
            try:
                await self._courier.deliver(sending, edit.parts, edit.message)
            except Later as later:  # nobody waits for it: what it takes away is refused when it is tapped
                again = asyncio.ensure_future(self._again(sending, edit, later.seconds))
                self._later.add(again)
                again.add_done_callback(self._later.discard)
            except Exception as error:
                logger.warning("edit_failed outbox=%s error=%s", sending.id, type(error).__name__)

    def cancel(self) -> None:
        """Make no more of them."""
        for task in self._later:
            task.cancel()

    async def _again(self, sending: Sending, edit: Edit, seconds: float) -> None:
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
