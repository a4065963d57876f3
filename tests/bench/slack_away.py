"""The stand-in for Slack in a process of its own, which sends events over HTTP and times them."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter

import aiohttp

from tests.slack_loopback import LoopbackSlack
from tests.slack_serving import MENTION, signed

AT_ONCE = 20
"""Requests under way at the same time, where no rate is asked for."""

TIMES = 4
"""How often Slack delivers an event that is not acknowledged, the first time included."""

ANSWERED_IN = 300.0
"""Seconds after which a missing answer is a failure."""


@dataclass(frozen=True, slots=True)
class Drive:
    """Events to send: how many, what they say, and how many a second; 0 for as quickly as they are taken."""

    address: str
    events: int
    text: str
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Driven:
    """Seconds until all events were acknowledged, and until all were answered; milliseconds until each was
    acknowledged; and how many had to be delivered again.
    """

    acknowledged: float
    answered: float
    waits: tuple[float, ...]
    again: int


@dataclass(frozen=True, slots=True)
class Away:
    """The stand-in, as seen from the process that is measured."""

    url: str
    line: Connection

    async def drive(self, wanted: Drive) -> Driven:
        """Send the events, each a mention that opens a thread of its own, and wait for all answers."""
        self.line.send(wanted)
        found: Driven | Exception = await asyncio.to_thread(self.line.recv)
        if isinstance(found, Exception):
            raise found
        return found


@contextmanager
def slack_away() -> Iterator[Away]:
    """Run it until the block ends."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield Away(here.recv(), here)
    finally:
        here.send(None)
        process.join(10)


def _serve(line: Connection) -> None:
    async def main() -> None:
        async with LoopbackSlack() as slack:
            slack.checks = False
            line.send(slack.url)
            while (wanted := await asyncio.to_thread(line.recv)) is not None:
                try:
                    line.send(await _drive(slack, wanted))
                except Exception as error:
                    line.send(error)

    asyncio.run(main())


async def _drive(slack: LoopbackSlack, wanted: Drive) -> Driven:
    slack.channels["C1"].messages.clear()
    slack.calls.clear()
    requests = [
        signed(slack.envelope({**slack.say("C1", "UADA", MENTION + wanted.text), "type": "app_mention"}))
        for _ in range(wanted.events)
    ]
    crowd = _Crowd(wanted.address)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        started = perf_counter()
        sending = []
        for number, request in enumerate(requests):
            if wanted.rate:
                await asyncio.sleep(max(started + number / wanted.rate - perf_counter(), 0))
            else:
                await crowd.room.acquire()
            sending.append(asyncio.ensure_future(crowd.send(client, *request)))
        await asyncio.gather(*sending)
        acknowledged = perf_counter() - started
        await slack.until(
            lambda: len(slack.channels["C1"].messages) >= 2 * wanted.events, wanted.events + ANSWERED_IN
        )
    posted = {one["thread_ts"] for one in slack.posts("C1")}
    if len(posted) != wanted.events or len(slack.posts("C1")) != wanted.events:
        raise AssertionError("a message was answered twice")
    return Driven(acknowledged, perf_counter() - started, tuple(crowd.waits), crowd.again)


class _Crowd:
    def __init__(self, address: str) -> None:
        self._address = address
        self.room = asyncio.Semaphore(AT_ONCE)
        self.waits: list[float] = []
        self.again = 0

    async def send(self, client: aiohttp.ClientSession, raw: bytes, headers: dict[str, str]) -> None:
        """Like Slack, deliver again what was not acknowledged, three times at most."""
        try:
            for _ in range(TIMES):
                began = perf_counter()
                async with client.post(self._address, data=raw, headers=headers) as found:
                    if found.status == 200:
                        self.waits.append((perf_counter() - began) * 1000)
                        return
                self.again += 1
            raise AssertionError("an event was never acknowledged")
        finally:
            self.room.release()
