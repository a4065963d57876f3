"""How many events a second come in from Slack over HTTP and are answered, beside a bare Bolt app that echoes.

Both run behind the same HTTP server, serve the same stand-in for Slack in a process of its own, and post one
answer to each event. Sextant writes down each event, its turn and its reply; the bare app remembers nothing.

    python -m tests.bench.slack_throughput
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.console.web import WebServer
from tests.bench.figures import Line, table
from tests.bench.slack_away import Away, Drive, slack_away
from tests.slack_serving import COMPLAINT, SECRET, serving

MOST = 2.0
"""Sextant may take so many times as long as the bare app: half of its events a second."""
WARM = 50
LIGHT = "help"


def measure(events: int, rounds: int = 3) -> list[Line]:
    """Milliseconds an event of both, each the best of so many rounds taken in turn, and their ratios."""
    best = {"bare": NEVER, "light": NEVER, "triage": NEVER}
    with slack_away() as slack:
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
class Took:
    """Milliseconds an event."""

    acknowledged: float
    answered: float

    def best(self, other: "Took") -> "Took":
        return Took(min(self.acknowledged, other.acknowledged), min(self.answered, other.answered))


NEVER = Took(float("inf"), float("inf"))


async def _measure_bare(slack: Away, events: int) -> Took:
    async with _bare(slack.url) as address:
        return await _measure(slack, address, events, LIGHT)


async def _measure_sextant(slack: Away, events: int, text: str) -> Took:
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder), slack, http=True) as served:
            took = await _measure(slack, f"{served.url}/slack/events", events, text)
            assert served.app.turns.queries.counts().turns == WARM + events
            return took


async def _measure(slack: Away, address: str, events: int, text: str) -> Took:
    await slack.drive(Drive(address, WARM, text))
    took = await slack.drive(Drive(address, events, text))
    return Took(took.acknowledged * 1000 / events, took.answered * 1000 / events)


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
