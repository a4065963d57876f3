"""Sextant itself, serving the Slack of `slack_loopback` over Socket Mode or HTTP."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.bootstrap import Application, application
from bot.serve import Service
from bot.settings import Settings
from bot.slack.adapter import SlackAdapter
from tests.bot_fixtures import database
from tests.slack_loopback import BOT, Fault, LoopbackSlack

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
MENTION = f"<@{BOT}> "
COMPLAINT = (
    "Our support bot gives old refund rules. They change weekly. A colleague looks them up in the handbook."
)


@dataclass
class Served:
    """A running Sextant with the Slack that it serves."""

    slack: LoopbackSlack
    app: Application
    adapter: SlackAdapter
    service: Service
    client: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.service.web.port}"

    async def idle(self) -> None:
        """Wait until everything that came is answered."""
        await self.slack.until(lambda: self.app.turns.queries.counts().waiting_since is None)

    async def says(self, channel: str, author: str, text: str, thread: str = "", **more: Any) -> str:
        """Let somebody write, have it answered, and give the message's id."""
        event = self.slack.say(channel, author, text, thread, **more)
        await self.slack.push(self.slack.envelope(event))
        await self.idle()
        return str(event["ts"])

    async def taps(self, channel: str, message: dict[str, Any], label: str, by: str = "UADA") -> None:
        """Let somebody tap what is labelled so, and have it answered."""
        await self.slack.push(self.slack.click(channel, message, element(message, label), by), "interactive")
        await self.idle()

    async def brings(self, body: Any) -> int:
        """Deliver over HTTP as Slack does: again while it is not acknowledged, three times at most."""
        for _ in range(4):
            status = (await self.post(body)).status
            if status == 200:
                break
        return status

    async def post(self, body: Any, **more: Any) -> aiohttp.ClientResponse:
        """Deliver over HTTP, signed; what is given besides replaces parts of the request."""
        raw, headers = signed(body, **more)
        async with self.client.post(f"{self.url}/slack/events", data=raw, headers=headers) as found:
            await found.read()
            return found


def signed(
    body: Any, secret: str = SECRET, at: str = "", form: bool = False, **headers: str
) -> tuple[bytes, dict[str, str]]:
    """A request as Slack signs it."""
    if isinstance(body, bytes):
        raw = body
    elif form:
        raw = urlencode(body).encode()
    else:
        raw = json.dumps(body).encode()
    stamp = at or str(int(time.time()))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    made = {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}
    return raw, made | headers


def element(message: dict[str, Any], label: str) -> dict[str, Any]:
    """What is labelled so among what can be tapped in a message, as Slack sends it when it is tapped."""
    for block in message["blocks"]:
        for one in block.get("elements", ()) if block["type"] == "actions" else ():
            if one.get("text", {}).get("text") == label:
                return {"block_id": block.get("block_id", "b"), **one}
            for option in one.get("options", ()):
                if option["text"]["text"] == label:
                    return {"block_id": "b", **one, "selected_option": option}
    raise LookupError(label)


@asynccontextmanager
async def serving(
    folder: Path, slack: LoopbackSlack, http: bool = False, **more: Any
) -> AsyncIterator[Served]:
    """Sextant over the folder's database, until the block ends."""
    ways: dict[str, Any] = {"slack_signing_secret": SECRET} if http else {"slack_app_token": "xapp-1"}
    asked = {"slack_bot_token": "xoxb-1", **ways, "slack_api_url": slack.url, "reader": "offline", **more}
    settings = Settings(db=database(folder), **asked)
    with application(settings) as built:
        adapter = SlackAdapter(settings, built, ping=0.5)
        service = Service(built.turns, built.outbound, [adapter], ("127.0.0.1", 0))
        await service.start()
        try:
            async with aiohttp.ClientSession() as client:
                yield Served(slack, built, adapter, service, client)
        finally:
            await service.stop()


def played(
    folder: Path, play: Callable[[Served], Awaitable[None]], http: bool = False, **more: Any
) -> LoopbackSlack:
    """Run Sextant against a fresh Slack while `play` uses both; all requests must fit Slack's shapes."""

    async def main() -> LoopbackSlack:
        async with LoopbackSlack() as slack, serving(folder, slack, http, **more) as served:
            await play(served)
        return slack

    slack = asyncio.run(main())
    assert slack.invalid == []
    return slack


__all__ = [
    "BOT",
    "COMPLAINT",
    "MENTION",
    "SECRET",
    "Fault",
    "Served",
    "element",
    "played",
    "serving",
    "signed",
]
