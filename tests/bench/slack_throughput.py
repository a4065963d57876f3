"""How many events a second come in from Slack over HTTP and are answered, beside a bare Bolt app that echoes.

Both run behind the same HTTP server, serve the same stand-in for Slack in a process of its own, and post one
answer to each event. Sextant writes down each event, its turn and its reply; the bare app remembers nothing.

    python -m tests.bench.slack_throughput
"""

import asyncio
import multiprocessing
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.console.web import WebServer
from tests.bench.figures import Line, table
from tests.slack_loopback import LoopbackSlack
from tests.slack_serving import COMPLAINT, MENTION, SECRET, serving, signed

MOST = 2.0
"""Sextant may take so many times as long as the bare app: half of its events a second."""
TIMES = 4
AT_ONCE = 20
WARM = 50
LIGHT = "help"


def measure(events: int, rounds: int = 3) -> list[Line]:
    """Milliseconds an event of both, each the best of so many rounds taken in turn, and their ratios."""
    best = {"bare": NEVER, "light": NEVER, "triage": NEVER}
    with _slack() as slack:
        for _ in range(rounds):
            best["bare"] = best["bare"].best(asyncio.run(_measure_bare(slack, events)))
            best["light"] = best["light"].best(asyncio.run(_measure_sextant(slack, events, LIGHT)))
            best["triage"] = best["triage"].best(asyncio.run(_measure_sextant(slack, events, COMPLAINT)))
    bare, light, triage = best["bare"], best["light"], best["triage"]
    return [
        _line("a bare Bolt app that echoes", bare.answered),
        _line("Sextant, an event that needs no thinking, all logged", light.answered),
        Line("  times as long as the bare app", light.answered / bare.answered, "", MOST),
        _line("Sextant, acknowledged once it is written down", light.acknowledged),
        Line("  times as long as the bare app's answer", light.acknowledged / bare.answered, "", MOST),
        _line("Sextant, a first message with its whole triage turn", triage.answered),
        Line("  times as long as the bare app", triage.answered / bare.answered, ""),
    ]


def _line(what: str, took: float) -> Line:
    return Line(what, took, "ms", note=f"{1000 / took:,.0f} a second")


@dataclass(frozen=True, slots=True)
class Away:
    """The stand-in in its own process."""

    url: str
    line: Connection

    async def drive(self, address: str, events: int, text: str) -> "Took":
        """Milliseconds an event, from the first one sent until the last one is acknowledged and answered."""
        self.line.send((address, events, text))
        acknowledged, answered = await asyncio.to_thread(self.line.recv)
        return Took(acknowledged * 1000 / events, answered * 1000 / events)


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds an event."""

    acknowledged: float
    answered: float

    def best(self, other: "Took") -> "Took":
        return Took(min(self.acknowledged, other.acknowledged), min(self.answered, other.answered))


NEVER = Took(float("inf"), float("inf"))


@contextmanager
def _slack() -> Iterator[Away]:
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
            while (asked := await asyncio.to_thread(line.recv)) is not None:
                line.send(await _drive(slack, *asked))

    asyncio.run(main())


async def _drive(slack: LoopbackSlack, address: str, events: int, text: str) -> tuple[float, float]:
    slack.channels["C1"].messages.clear()
    requests = [
        signed(slack.envelope({**slack.say("C1", "UADA", MENTION + text), "type": "app_mention"}))
        for _ in range(events)
    ]
    bound = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as client:

        async def send(raw: bytes, headers: dict[str, str]) -> None:
            """Like Slack, deliver again what was not acknowledged, three times at most."""
            for _ in range(TIMES):
                async with bound, client.post(address, data=raw, headers=headers) as found:
                    if found.status == 200:
                        return
            raise AssertionError("an event was never acknowledged")

        started = perf_counter()
        await asyncio.gather(*(send(*request) for request in requests))
        acknowledged = perf_counter() - started
        async with asyncio.timeout(120):
            await slack.until(lambda: len(slack.channels["C1"].messages) == 2 * events, 120)
        return acknowledged, perf_counter() - started


async def _measure_bare(slack: Away, events: int) -> Took:
    async with _bare(slack.url) as address:
        await slack.drive(address, WARM, LIGHT)
        return await slack.drive(address, events, LIGHT)


async def _measure_sextant(slack: Away, events: int, text: str) -> Took:
    class Somewhere:
        url = slack.url

    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder), Somewhere(), http=True) as served:  # type: ignore[arg-type]
            address = f"{served.url}/slack/events"
            await slack.drive(address, WARM, text)
            took = await slack.drive(address, events, text)
            assert served.app.turns.queries.counts().turns == WARM + events
            return took


@asynccontextmanager
async def _bare(url: str) -> AsyncIterator[str]:
    app = AsyncApp(signing_secret=SECRET, client=AsyncWebClient(token="xoxb-1", base_url=url))

    async def echo(event: dict[str, Any], say: Any) -> None:
        await say(text=event["text"], thread_ts=event["ts"])

    app.event("app_mention")(echo)
    server = WebServer(AsyncSlackRequestHandler(app, path="/slack/events"), "127.0.0.1", 0)  # type: ignore[arg-type]
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/slack/events"
    finally:
        await server.stop()


if __name__ == "__main__":
    print(table("Slack over HTTP", measure(500)))
