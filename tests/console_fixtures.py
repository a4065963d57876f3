"""A team with decisions of every kind, and the console served over it on a port of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from bot.bootstrap import Application, application
from bot.console.app import console
from bot.console.site import site_of
from bot.serve import Service
from bot.settings import Settings
from storage.access import Guest
from storage.channels import Channels
from storage.records import Incoming, Place
from tests.bot_fixtures import database

LEAD = Guest("slack", "T1", "ULEAD", "Lea Winter")
MEMBER = Guest("slack", "T1", "UADA", "Ada Sommer")
OTHER = Guest("slack", "T1", "UBOB", "Bob Herbst")
SETTINGS = {"leads": ("slack:ULEAD",), "secret": "s" * 32, "reader": "offline"}

STORIES: tuple[tuple[Guest, str, str, bool], ...] = (
    (
        MEMBER,
        "CSUPPORT",
        "Our support bot gives outdated answers about our refund policy. The rules change every week, and "
        "when we paste the right page into the prompt the answer is right. About 40,000 requests a month.",
        False,
    ),
    (
        OTHER,
        "CFINANCE",
        "The invoice parser drops totals when an invoice has two pages. It has to add the lines up and look "
        "the order up in our database, and then the numbers are wrong.",
        False,
    ),
    (
        MEMBER,
        "CCONTENT",
        "Release notes come out in the wrong tone. We only wrote one sentence of instructions and gave no "
        "examples; a colleague gets it right as soon as she explains the style.",
        False,
    ),
    (
        OTHER,
        "CSUPPORT",
        "Ticket triage must pick one of twelve labels. Prompting, few-shot and retrieval are done, it still "
        "makes the same kind of mistake. We have 3,000 labelled tickets, two people agree on them, a "
        "test set of 300, and 15 million requests a month.",
        False,
    ),
    (
        MEMBER,
        "CSEARCH",
        "Nobody can say what a good summary is. Our product owner changes the goal every week and we have no "
        "test examples at all.",
        False,
    ),
    (
        OTHER,
        "DBOB",
        "A private worry about our salary assistant: it invents numbers that stand in no document, and with "
        "the right table pasted in it is always right.",
        True,
    ),
)


@dataclass
class Demo:
    """An application with the team's threads in it, on a clock that can be moved."""

    app: Application
    now: datetime

    def say(self, who: Guest, channel: str, key: str, text: str, private: bool = False) -> None:
        """Somebody writes in a thread, and the bot answers."""
        place = Place("slack", "T1", channel, key, private)
        incoming = Incoming(place, f"{key}:{self.now.isoformat()}", who.person, text, author_name=who.name)
        self.app.turns.receive(incoming)
        while self.app.turns.handle_next("slack"):
            pass
        self.now += timedelta(minutes=2)

    def decide(self, number: int) -> str:
        """One of the stories, from its first message to its decision; its id."""
        who, channel, text, private = STORIES[number % len(STORIES)]
        key = f"171{number:04}.0001"
        for said in (text, "decide now", "log this decision"):
            self.say(who, channel, key, said, private)
        thread = self.app.turns.queries.at(Place("slack", "T1", channel, key))
        assert thread is not None
        given = self.app.turns.queries.last_verdict(thread)
        assert given is not None
        assert given.decision is not None
        return given.decision


@contextmanager
def demo(folder: Path, weeks: int = 0, **settings: object) -> Iterator[Demo]:
    """The stories, told once; or, with `weeks`, over and over in each of the last weeks."""
    with application(Settings.model_validate({"db": database(folder), **SETTINGS, **settings})) as app:
        today = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
        made = Demo(app, today - timedelta(days=7 * max(weeks - 1, 0) + 1))
        app.file.now = lambda: made.now
        for channel in {channel for _, channel, _, private in STORIES if not private}:
            Channels(app.file).note(Place("slack", "T1", channel, ""), channel[1:].lower())
        for week in range(max(weeks, 1)):
            for number in range(len(STORIES)):
                if not weeks or (number * 5 + week * 3) % 4 < 2 + week % 2:
                    made.decide(week * len(STORIES) + number)
            made.now = max(made.now, today - timedelta(days=7 * (weeks - 2 - week) + 1))
        made.now = datetime.now(UTC)
        app.file.now = lambda: datetime.now(UTC)
        yield made


def decision_of(team: Demo, channel: str) -> str:
    """The newest decision of a channel."""
    return next(one.id for one in team.app.archive.decisions() if one.place.channel == channel)


@contextmanager
def served(app: Application) -> Iterator[str]:
    """The console's address while it is served from a thread of its own."""
    began, ended = threading.Event(), threading.Event()
    held: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []

    async def serve() -> None:
        service = Service(app.turns, app.outbound, [], ("127.0.0.1", 0), None, partial(console, site_of(app)))
        stop = asyncio.Event()
        await service.start()
        app.links.address = f"http://127.0.0.1:{service.web.port}"
        held.append((asyncio.get_running_loop(), stop.set))
        began.set()
        await stop.wait()
        await service.stop()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            began.set()
            ended.set()

    running = threading.Thread(target=run)
    running.start()
    began.wait(30)
    try:
        yield app.links.address
    finally:
        for loop, stop in held:
            loop.call_soon_threadsafe(stop)
        ended.wait(30)
        running.join(30)


def link(app: Application, guest: Guest) -> str:
    """A fresh link for somebody."""
    return app.links.link_for(guest.platform, guest.workspace, guest.person, guest.name)


@dataclass
class Answer:
    """What the console answered."""

    status: int
    headers: Message
    body: str


class Client:
    """A browser without a window, a style or a script: it keeps one cookie and says where it comes from."""

    def __init__(self, address: str) -> None:
        self.host = address.removeprefix("http://")
        self.cookie = ""

    def get(self, path: str, **headers: str) -> Answer:
        """A page."""
        return self._ask("GET", path, "", headers)

    def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> Answer:
        """A form, as a browser sends it from a page of the console."""
        own = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{self.host}"}
        return self._ask("POST", path, urlencode(form), own if headers is None else headers)

    def sign_in(self, address: str) -> Answer:
        """Open a link and press its button."""
        return self.post("/sign-in", link=address.rpartition("link=")[2])

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        line = HTTPConnection(self.host, timeout=20)
        sent = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        if self.cookie:
            sent["Cookie"] = self.cookie
        line.request(method, path, body if method == "POST" else None, {**sent, **headers})
        found = line.getresponse()
        answer = Answer(found.status, found.headers, found.read().decode("utf-8", "replace"))
        line.close()
        if given := found.headers.get("Set-Cookie"):
            self.cookie = given.partition(";")[0]
        return answer


@contextmanager
def visiting(app: Application, *guests: Guest) -> Iterator[list[Client]]:
    """The console served, and a client for each guest, signed in."""
    with served(app) as address:
        clients = [Client(address) for _ in guests]
        for client, guest in zip(clients, guests, strict=True):
            assert client.sign_in(link(app, guest)).status == 303
        yield clients
