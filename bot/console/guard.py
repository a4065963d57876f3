"""What stands before every page of the console, as plain ASGI: known host, same origin, small, sealed.

No page has a script, and none may have one: the policy names no source for scripts at all.
"""

import logging
from collections.abc import Callable, Collection, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from bot.console.web import Asgi, Receive, Send

logger = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
"""More than any form of the console can hold."""

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex, nofollow",
}
_READS = ("GET", "HEAD")


class Guard:
    """Wraps an application; what it refuses never reaches it."""

    def __init__(
        self,
        app: Asgi,
        hosts: Collection[str],
        address: str,
        counted: Callable[[str], None] = lambda why: None,
    ) -> None:
        """`hosts` are the names under which the console may be asked for; none of them means any.

        A page of somebody else's whose name is made to lead here is refused by its name. `address` is where
        people reach it; a proxy before it may ask for it under another name. `counted` is told why each
        request was refused.
        """
        self._app = app
        self._counted = counted
        self._hosts = frozenset(hosts)
        self._headers = dict(_HEADERS)
        self._own = _where(address)
        if address.startswith("https://"):
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        refused = self._refused(scope["method"], headers)
        sealed = _sealing(send, self._headers)
        if refused:
            logger.warning("request_refused why=%s", refused[1])
            self._counted(refused[1])
            await PlainTextResponse(f"{refused[2]}\n", refused[0])(scope, receive, sealed)
            return
        await self._app(scope, _counting(receive), sealed)

    def _refused(self, method: str, headers: Headers) -> tuple[int, str, str] | None:
        """The status, a word for the log and a sentence; None to go on."""
        if self._hosts and _name(headers.get("host", "")) not in self._hosts:
            return 421, "host", "This address does not belong to the console; see SEXTANT_PUBLIC_URL."
        if method in _READS:
            return None
        if method != "POST":
            return 405, "method", "The console knows no such request."
        if not _same_origin(headers, self._own):
            return 403, "origin", "This form was not sent from the console. Open it there and try again."
        # Beside a transfer encoding the length says nothing about how much comes.
        if "transfer-encoding" in headers or not headers.get("content-length", "").isdigit():
            return 411, "length", "The request does not say how long it is."
        if int(headers["content-length"]) > MOST_BYTES:
            return 413, "size", "That is more text than the console takes."
        return None


def _same_origin(headers: Headers, own: str) -> bool:
    """Whether a browser says that the request comes from a page of ours; whoever says nothing is refused."""
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin") or headers.get("referer")
    if origin is None:
        return site is not None
    where = _where(origin)
    return bool(where) and where in (headers.get("host"), own)


def _name(host: str) -> str:
    """A host without its port; empty for what is no host."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _where(address: str) -> str:
    """The host and port of an address; empty for what is no address."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def _counting(receive: Receive) -> Receive:
    """Reads on until more comes than the console takes; then it is as if the other side had gone."""
    came = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        return message if came <= MOST_BYTES else {"type": "http.disconnect"}

    return counted


def _sealing(send: Send, headers: dict[str, str]) -> Send:
    extra: Iterable[tuple[bytes, bytes]] = [(name.encode(), said.encode()) for name, said in headers.items()]

    async def sealed(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            held = list(message.get("headers", []))
            if not any(name == b"cache-control" for name, _ in held):
                held.append((b"cache-control", b"no-store"))
            message["headers"] = [*held, *extra]
        await send(message)

    return sealed
