"""The clock of `serve`: looks every minute for what is due. The only home of APScheduler.

It only wakes us. What is due is worked out from the log each time, so a tick that is late, doubled or missed
does no harm, and nothing has to be remembered between two starts.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from storage.errors import StorageError

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60


class Schedule:
    """Calls a function again and again, off the event loop, never twice at once."""

    def __init__(self, tick: Callable[[], object], seconds: float = EVERY_SECONDS) -> None:
        self._tick = tick
        self._seconds = seconds
        self._idle = asyncio.Event()
        self._idle.set()
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    async def start(self) -> None:
        """Tick now, and then again and again. Needs a running loop."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler.add_job(
            self._look,
            IntervalTrigger(seconds=self._seconds, timezone=UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Tick no more, and let a tick that is under way end."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        await self._idle.wait()
        self._scheduler.shutdown(wait=False)

    async def _look(self) -> None:
        self._idle.clear()
        try:
            await asyncio.to_thread(self._tick)
        except StorageError as error:
            logger.error("schedule_trouble says=%s", error)
        except Exception as error:  # one bad tick must not end them all
            logger.error("schedule_trouble error=%s", type(error).__name__)
        finally:
            self._idle.set()
