"""The console as one application: its pages under their paths, behind the guard."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.console.guard import Guard
from bot.console.pages import (
    audit,
    decision,
    decisions,
    digests,
    exports,
    guidance,
    overview,
    saying,
    signing,
    threads,
)
from bot.console.site import Site, Troubles
from bot.console.visit import NOT_HERE, Page, Visit, endpoint

_DECISION = "/decisions/{id:str}"


def console(site: Site, troubles: Troubles) -> BaseRoute:
    """Everything of the console, at `/`."""
    pages = [
        _open("/sign-in", signing.ask, site),
        Route("/sign-in", endpoint(site, signing.sign_in, signed_in=False), methods=["POST"]),
        _post("/sign-out", signing.sign_out, site),
        _open("/sign-out", signing.to_start, site),
        _get("/", overview.home, site),
        _get("/decisions", decisions.index, site),
        _get("/decisions/export", exports.export, site),
        _get(_DECISION, decision.show, site),
        _post(f"{_DECISION}/review", saying.review, site),
        _post(f"{_DECISION}/outcome", saying.outcome, site),
        _post(f"{_DECISION}/look", saying.look_again, site),
        *(_get(f"{_DECISION}/{form}", decision.back, site) for form in ("review", "outcome", "look")),
        _get("/threads", threads.index, site),
        _get("/threads/{id:str}", threads.show, site),
        _get("/guidance", guidance.index, site),
        _get("/guidance/{name:str}", guidance.document, site),
        _get("/digests", digests.index, site, leads=True),
        _get("/digests/preview", digests.preview, site, leads=True),
        _get("/calibration", overview.calibration, site, leads=True),
        _get("/health", overview.health(troubles), site, leads=True),
        _get("/health/audit", audit.index, site, leads=True),
    ]
    static = Mount("/static", _Static(directory=Path(__file__).parent / "static"))
    nowhere = endpoint(site, _nowhere)

    async def missing(request: Request, error: Exception) -> Response:
        return await nowhere(request)

    app = Starlette(routes=[*pages, static], exception_handlers={404: missing})
    app.router.redirect_slashes = False
    return Mount("/", Guard(app, site.hosts, site.links.address, site.metrics.refused))


def _get(path: str, page: Page, site: Site, leads: bool = False) -> Route:
    return Route(path, endpoint(site, page, leads), methods=["GET"])


def _open(path: str, page: Page, site: Site) -> Route:
    return Route(path, endpoint(site, page, signed_in=False), methods=["GET"])


def _post(path: str, page: Page, site: Site) -> Route:
    return Route(path, endpoint(site, page), methods=["POST"])


def _nowhere(visit: Visit) -> Response:
    raise NOT_HERE


class _Static(StaticFiles):
    """Style sheet and icons; a browser asks again each time, which is cheap and never shows an old one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer
