"""`sextant serve`: everything that is configured, in one process, until it is told to stop."""

import asyncio
import logging
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bot.courier import Courier
from bot.lanes import Lanes
from bot.outgoing import Outbound
from bot.readiness import SAYS, Lack
from bot.turns import Turns
from storage.errors import StorageError

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.console.probes import Numbers, Troubles
    from bot.console.web import Asgi
    from bot.schedule import Schedule

logger = logging.getLogger(__name__)

DRAINS_FOR = 20.0
"""Seconds that work under way gets to end when the process is stopped."""


class Adapter(Protocol):
    """One platform: brings messages in, and has a courier that brings replies out."""

    @property
    def name(self) -> str:
        """The platform's name."""

    @property
    def courier(self) -> Courier:
        """Brings replies out; the same one as long as the adapter lives."""

    async def start(self, lanes: Lanes) -> None:
        """Connect, and go on connecting by itself; messages go to the lanes."""

    async def stop(self) -> None:
        """Take in nothing more; what waits may still be delivered."""

    async def close(self) -> None:
        """Let go of every connection; nothing is delivered any more."""

    def lacks(self) -> Lack:
        """What it lacks to be ready, as one word of a closed list: whoever asks may know no more."""

    def http(self) -> "Mapping[str, Asgi]":
        """The paths that it serves on the one HTTP server."""


class Service:
    """The adapters, their lanes and the HTTP server, started and stopped together."""

    def __init__(
        self,
        turns: Turns,
        outbound: Outbound,
        adapters: Sequence[Adapter],
        address: tuple[str, int],
        tick: Callable[[Collection[str]], object] | None = None,
        console: "Callable[[Troubles], BaseRoute] | None" = None,
        numbers: "Callable[[Troubles], Numbers] | None" = None,
    ) -> None:
        """`address` is where to listen; port 0 takes a free one. `tick` does what is due."""
        from bot.console.web import WebServer, website

        self._turns = turns
        self._adapters = adapters
        self._lanes = {one.name: Lanes(turns, outbound, one.courier) for one in adapters}
        paths = {path: app for one in adapters for path, app in one.http().items()}
        shown = console(self.troubles) if console is not None else None
        counted = numbers(self.troubles) if numbers is not None else None
        self.web = WebServer(website(self.troubles, paths, shown, counted), *address)
        self._schedule = _schedule(tick, [one.name for one in adapters])
        self._running: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen first, so that health can be asked, then connect.

        Raises:
            OSError: the address cannot be listened on.
        """
        await self.web.start()
        logger.info("listening port=%s", self.web.port)
        await asyncio.to_thread(self._take_back)
        self._running = [asyncio.ensure_future(lanes.run()) for lanes in self._lanes.values()]
        await asyncio.gather(*(one.start(self._lanes[one.name]) for one in self._adapters))
        if self._schedule is not None:
            await self._schedule.start()

    async def stop(self) -> None:
        """Take in nothing more, let what is under way end, and leave the rest to the next start."""
        if self._schedule is not None:
            await self._schedule.stop()
        await asyncio.gather(*(one.stop() for one in self._adapters), return_exceptions=True)
        await asyncio.gather(*(lanes.stop(DRAINS_FOR) for lanes in self._lanes.values()))
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*(one.close() for one in self._adapters), return_exceptions=True)
        await self.web.stop()

    def _take_back(self) -> None:
        """Go on at once with what a killed process had begun."""
        try:
            self._turns.take_back()
        except StorageError as error:  # its leases end by themselves
            logger.error("leases_not_taken_back says=%s", error)

    def troubles(self) -> dict[str, str]:
        """What is wrong with each part, in a sentence that names nothing; empty where nothing is."""
        lacks: dict[str, Lack] = {one.name: one.lacks() for one in self._adapters}
        try:
            self._turns.queries.reachable()
        except StorageError as error:
            logger.error("database_trouble says=%s", error)
            lacks["database"] = "database"
        else:
            lacks["database"] = ""
        return {name: SAYS[lack] for name, lack in lacks.items()}


def _schedule(tick: Callable[[Collection[str]], object] | None, platforms: list[str]) -> "Schedule | None":
    """The clock, if anything is to be done by it."""
    if tick is None:
        return None
    from bot.schedule import Schedule

    return Schedule(partial(tick, platforms))


async def until_stopped(service: Service, started: Callable[[Service], None]) -> None:
    """Run the service until the process is asked to end (SIGTERM, SIGINT)."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        await service.start()
        started(service)
        await stopped.wait()
    finally:
        await service.stop()
