"""What machines ask: whether it lives, whether it is ready, and its numbers. Nothing of what people wrote."""

import asyncio
import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.metrics_text import CONTENT_TYPE

logger = logging.getLogger(__name__)

Troubles = Callable[[], Mapping[str, str]]
"""What is wrong with each part that must work, in a sentence; an empty text where nothing is."""

CLOSED = "The numbers need a token once others can reach this address; set SEXTANT_METRICS_TOKEN.\n"
WRONG = "The numbers need the token of SEXTANT_METRICS_TOKEN, as “Authorization: Bearer …”.\n"

_SEALED = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers, and who may read them: whoever knows the token; without one anybody, if it is `open`."""

    text: Callable[[], str]
    token: str = ""
    open: bool = False


def probes(troubles: Troubles, numbers: Numbers | None = None) -> list[BaseRoute]:
    """The routes. `troubles` are told to everybody, so they hold no path, id or token."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_SEALED)

    async def readyz(request: Request) -> Response:
        found = await asyncio.to_thread(troubles)
        ready = not any(found.values())
        parts = {name: trouble or "ok" for name, trouble in found.items()}
        return JSONResponse({"ready": ready, "parts": parts}, 200 if ready else 503, _SEALED)

    async def metrics(request: Request) -> Response:
        assert numbers is not None
        if not numbers.token and not numbers.open:
            return PlainTextResponse(CLOSED, 403, _SEALED)
        if numbers.token and not _knows(request.headers.get("authorization", ""), numbers.token):
            logger.warning("metrics_refused")
            return PlainTextResponse(WRONG, 401, {**_SEALED, "www-authenticate": "Bearer"})
        text = await asyncio.to_thread(numbers.text)
        return Response(text, headers={**_SEALED, "content-type": CONTENT_TYPE})

    routes: list[BaseRoute] = [Route("/healthz", healthz), Route("/readyz", readyz)]
    return [*routes, Route("/metrics", metrics)] if numbers is not None else routes


def _knows(said: str, token: str) -> bool:
    kind, _, given = said.partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode())
    return kind.lower() == "bearer" and same
