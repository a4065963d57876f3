"""One request to the console: who asks, for what, with which words, and how it is answered."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.access import Viewer, viewer
from bot.console.places import Places
from bot.console.showing import TEMPLATES
from bot.console.site import Site
from bot.reviewing import ReviewError
from storage.errors import StorageError

logger = logging.getLogger(__name__)

MOST_FIELDS = 50
MOST_CHARACTERS = 300
"""A filter with more was not typed by a person; what is over is left out."""

TYPED = ("reason", "note", "look_for")
"""The fields of forms in which people write at length."""


class Sorry(Exception):
    """The page cannot be shown; `said` tells whoever asked why, and what to do."""

    def __init__(self, status: int, title: str, said: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.said = said


NOT_HERE = Sorry(
    404, "Nothing is here", "It does not exist, or it is not for you to see. Look for it in the lists."
)
NOT_YOURS = Sorry(403, "This is for leads", "An operator names leads in SEXTANT_LEADS.")
SIGN_IN = Sorry(
    401,
    "Sign in with a link",
    "Ask the bot for one: the button on its Home tab in Slack, or /review in Discord. Without a chat "
    "platform, “sextant serve” prints one when it starts. A link works once, for ten minutes.",
)


@dataclass(frozen=True)
class Visit:
    """A request as pages see it. `viewer` is who is signed in; `form` is what a POST says."""

    site: Site
    request: Request
    viewer: Viewer | None
    known: str
    """What the browser says it is known by."""
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def me(self) -> Viewer:
        """Who asks; pages that are not open are only reached signed in."""
        assert self.viewer is not None
        return self.viewer

    @property
    def places(self) -> Places:
        """What channels are called, for who asks."""
        return Places(self.site.channels, self.site.listing, self.me)

    def asked(self, name: str) -> str:
        """What the query says under a name, shortened to what a person would type."""
        return self.request.query_params.get(name, "").strip()[:MOST_CHARACTERS]

    @property
    def page(self) -> int:
        """Which page of a list is asked for, from 1."""
        said = self.asked("page")
        return min(max(int(said), 1), 100_000) if said.isascii() and said.isdigit() else 1

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page from a template."""
        text = TEMPLATES.get_template(template).render(
            viewer=self.viewer,
            path=self.request.url.path,
            waits=self._waits(),
            where=self.places if self.viewer is not None else None,
            **values,
        )
        return HTMLResponse(text, status)

    def sorry(self, status: int, title: str, said: str) -> Response:
        """The page that says why something is not shown or kept, with what was typed, to be copied."""
        typed = [self.form[name] for name in TYPED if self.form.get(name, "").strip()]
        return self.show("sorry.html", status, title=title, said=said, typed=typed)

    def _waits(self) -> int:
        return self.site.waiting(self.viewer) if self.viewer is not None and self.viewer.lead else 0


Page = Callable[[Visit], Response]


def endpoint(
    site: Site, page: Page, leads: bool = False, signed_in: bool = True
) -> Callable[[Request], Awaitable[Response]]:
    """A page as Starlette calls it. `leads`: for leads only; not `signed_in`: for everybody."""

    async def answer(request: Request) -> Response:
        came = perf_counter()
        form = _form(await request.body()) if request.method == "POST" else {}
        answered = await run_in_threadpool(_answered, site, page, request, form, leads, signed_in)
        site.metrics.page(_name(page), answered.status_code, perf_counter() - came)
        return answered

    return answer


def _name(page: Page) -> str:
    """A page by its module and function, of which there are few; its address may hold an id."""
    return f"{page.__module__.rpartition('.')[2]}.{page.__name__}"


def see(address: str) -> Response:
    """After something was done, the page that shows it."""
    return RedirectResponse(address, 303)


def _answered(
    site: Site, page: Page, request: Request, form: Mapping[str, str], leads: bool, signed_in: bool
) -> Response:
    visit = Visit(site, request, None, request.cookies.get(site.cookie, ""), form)
    try:
        guest = site.links.signed_in(visit.known)
        visit = Visit(site, request, viewer(guest, site.leads) if guest else None, visit.known, form)
        if signed_in and visit.viewer is None:
            raise SIGN_IN
        if leads and not visit.me.lead:
            raise NOT_YOURS
        return page(visit)
    except Sorry as sorry:
        return visit.sorry(sorry.status, sorry.title, sorry.said)
    except ReviewError as error:
        return visit.sorry(422, "This cannot be kept", str(error))
    except StorageError as error:
        logger.error("page_failed page=%s error=%s", _name(page), type(error).__name__)
        # Without whoever is signed in: for them the page would count what waits.
        return replace(visit, viewer=None).sorry(
            503, "Try again soon", "The database cannot be used just now."
        )
    except Exception as error:
        reference = secrets.token_hex(3)
        logger.error(
            "page_failed page=%s reference=%s error=%s", _name(page), reference, type(error).__name__
        )
        said = f"Something went wrong on our side. Reference for your operator: {reference}"
        return HTMLResponse(_PLAIN.format(said=said), 500)


_PLAIN = '<!doctype html><html lang="en"><title>Sextant</title><h1>Sextant</h1><p>{said}</p></html>'


def _form(body: bytes) -> dict[str, str]:
    """The fields of a form as browsers send it; the first of each name."""
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    for name, said in pairs:
        found.setdefault(name, said.replace("\r\n", "\n"))
    return found
