"""The gate of the HTTP way in: only what Slack signed, lately and whole, is read at all."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.shape import well_built

logger = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
"""More than any delivery of Slack; a view of 100 full blocks stays under it."""
MOST_HELD = 32_000_000
"""Bytes of all requests that are under way: what comes beyond that is put off before it is read."""
LEAST_BYTES = 16_000
"""What a request is taken to hold at least, with all that is made of it."""
READS_FOR = 10.0
"""Seconds in which a request must be here: who sends no more must not keep others out."""
OLDEST = 300.0
"""Seconds after which a signed request may be somebody else's recording."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Refused(Exception):
    """The request is not let in; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Guard:
    """Serves `/slack/events` for Bolt."""

    def __init__(
        self,
        app: AsyncApp,
        secret: str,
        now: Callable[[], float] = time.time,
        acknowledged: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`acknowledged` is told how many seconds each answer took."""
        self._app = app
        self._acknowledged = acknowledged
        self._secret = secret.encode()
        self._now = now
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: 200 with what Bolt says, or the reason for its refusal as a status alone."""
        came = time.perf_counter()
        headers = headers_of(scope)
        size = max(size_of(headers), LEAST_BYTES)
        self._held += size
        try:
            request = await self._read(scope, headers, receive)
            found: BoltResponse = await self._app.async_dispatch(request)
        except Refused as refused:
            logger.info("slack_request_refused status=%s", refused.status)
            await answer(send, refused.status, {}, b"")
            return
        finally:
            self._held -= size
        await answer(send, found.status, found.headers, found.body.encode())
        self._acknowledged(time.perf_counter() - came)

    async def _read(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> AsyncBoltRequest:
        if self._held > MOST_HELD:
            raise Refused(503)  # Slack brings it again
        try:
            async with asyncio.timeout(READS_FOR):
                body = await whole(scope, headers, receive)
        except TimeoutError:
            raise Refused(408) from None
        self._check(headers, body)
        return as_bolt(parsed(headers.get("content-type", ""), body), headers)

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        asked, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 12):
            raise Refused(401)
        if abs(self._now() - int(asked)) > OLDEST:
            raise Refused(401)
        signed = hmac.new(self._secret, b"v0:" + asked.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={signed}".encode(), signature.encode("utf-8", "replace")):
            raise Refused(401)


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def size_of(headers: Mapping[str, str]) -> int:
    """Bytes that a request announces; one that does not say may hold as many as are taken."""
    announced = headers.get("content-length", "")
    return min(int(announced), MOST_BYTES) if announced.isascii() and announced.isdigit() else MOST_BYTES


async def whole(scope: Scope, headers: Mapping[str, str], receive: Receive) -> bytes:
    """The body of a POST. Raises Refused when it is none, or larger than anything that Slack sends."""
    if scope.get("method") != "POST":
        raise Refused(405)
    announced = headers.get("content-length", "0")
    if not (announced.isascii() and announced.isdigit() and len(announced) <= 12):
        raise Refused(400)
    if int(announced) > MOST_BYTES:
        raise Refused(413)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400)
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise Refused(413)
        if not message.get("more_body", False):
            return bytes(body)


def parsed(content_type: str, body: bytes) -> dict[str, Any]:
    """What Slack sent: JSON, or a form that may hold JSON. Raises Refused when it is neither."""
    try:
        text = body.decode()
        if content_type.startswith("application/json"):
            held = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
            held = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        raise Refused(400) from None
    if not isinstance(held, dict) or not held:
        raise Refused(400)
    return held


def as_bolt(held: dict[str, Any], headers: Mapping[str, str]) -> AsyncBoltRequest:
    """What was sent as Socket Mode hands it to Bolt, whose own reading drops a form that says "payload".

    Raises Refused when it is not built as what Slack sends.
    """
    if not well_built(held):
        raise Refused(400)
    kept: dict[str, str | Sequence[str]] = {
        name: value for name, value in headers.items() if name.startswith("x-slack-retry")
    }
    try:
        return AsyncBoltRequest(mode="socket_mode", body=held, headers=kept)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise Refused(400) from None


async def answer(send: Send, status: int, headers: Mapping[str, Any], body: bytes) -> None:
    """Send a response."""
    lines = [
        (name.lower().encode("latin-1"), str(value).encode("latin-1"))
        for name, values in headers.items()
        for value in (values if isinstance(values, list | tuple) else [values])
    ]
    lines.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
