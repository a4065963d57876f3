"""How long a whole offline turn takes: from the inbox to a reply that is delivered, in a file on this disk.

With the handbook alone and beside many team passages, each with a log that is short and one that is long.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.bootstrap import Application, application
from bot.settings import Settings
from knowledge.encoder import load
from storage.records import Incoming, Kind, Place, random_letters
from tests.bench.figures import Line, spread
from tests.bench.filling import documents, fill_log
from tests.bench.search_quality import asked
from tests.bench.talk import script

PLATFORM = "slack"
WARM_CONVERSATIONS = 25
"""Enough for the reader's patterns to be compiled, as in a process that has served for an hour."""

SMALL = (10.0, 50.0)
LARGE = (60.0, 150.0)
"""Limits in milliseconds, median and 99th percentile."""

FROM_LARGE = 1_000
"""Passages of the team from which the second limits hold."""

Took = dict[str, list[float]]


class Talk:
    """People who talk to one application; every turn is timed."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._next = 0
        self.took: Took = {}
        self.busy: list[float] = []
        self.encoded: dict[str, int] = {}
        self._encodings = 0
        self._count_encodings()

    def warm_up(self) -> None:
        """Talk for a while; `measure` forgets these times."""
        for _ in range(WARM_CONVERSATIONS):
            self._conversation()

    def measure(self, turns: int) -> Took:
        """The milliseconds of at least so many turns, by kind of turn."""
        self.took, self.busy, self.encoded = {}, [], {}
        while sum(map(len, self.took.values())) < turns:
            self._conversation()
        return self.took

    def _conversation(self) -> None:
        self._next += 1
        place = Place(PLATFORM, "T1", f"C{self._next % 7}", f"talk-{self._next}")
        chance = random.Random(self._next)
        thread = ""
        for kind, text in script(self._next):
            put = self._app.turns.queries.open_question(thread) if thread else None
            if kind in ("tap", "typed answer") and put is None:
                continue
            incoming = Incoming(place, random_letters(16), "U1", text, author_name="Ada")
            if put is not None and kind in ("tap", "typed answer"):
                option = chance.choice(put.question.options)
                tapped = kind == "tap"
                way: Kind = "tap" if tapped else "message"
                body = {"turn": put.turn, "values": [option.value]} if tapped else {}
                incoming = Incoming(place, random_letters(16), "U1", option.label, way, "Ada", body=body)
            self._turn(kind, incoming)
            thread = thread or self._app.turns.log.thread(place, "U1")

    def _turn(self, kind: str, incoming: Incoming) -> None:
        turns, before = self._app.turns, self._encodings
        busy, start = time.process_time(), time.perf_counter()
        turns.receive(incoming)
        while turns.handle_next(PLATFORM):
            pass
        while self._app.outbound.deliver_next(PLATFORM, lambda parts: "shown"):
            pass
        self.took.setdefault(kind, []).append((time.perf_counter() - start) * 1000)
        self.busy.append((time.process_time() - busy) * 1000)
        self.encoded[kind] = self.encoded.get(kind, 0) + self._encodings - before

    def _count_encodings(self) -> None:
        encoder = load()
        if encoder is None:
            return
        run = type(encoder).encode.__get__(encoder)

        def counting(text: str) -> object:
            self._encodings += 1
            return run(text)

        vars(encoder)["encode"] = counting


def every(took: Took) -> list[float]:
    """All of them, whatever their kind."""
    return [one for kind in took.values() for one in kind]


def commits(app: Application, count: int = 100) -> list[float]:
    """How long the smallest durable write takes here; a turn with one reply makes five."""
    took = []
    for _ in range(count):
        start = time.perf_counter()
        app.turns.log.thread(Place(PLATFORM, "T1", "C1", random_letters(12)), "U1")
        took.append((time.perf_counter() - start) * 1000)
    return took


def searches(app: Application, count: int) -> list[float]:
    """How long searches with questions of people take, each asked once."""
    took = []
    for question in asked()[:count]:
        start = time.perf_counter()
        app.library.search(question["query"])
        took.append((time.perf_counter() - start) * 1000)
    return took


def measure(passages: int, decisions: int, turns: int) -> tuple[str, list[Line]]:
    """The table of a whole application."""
    with _opened() as app:
        talk = Talk(app)
        lines = _import(app, passages)
        limits = SMALL if passages < FROM_LARGE else LARGE
        talk.warm_up()
        lines += spread("one durable write (a turn makes about five)", commits(app))
        lines += spread("search", searches(app, turns))
        lines += _turns("turn, short log", talk, turns, limits)
        start = time.perf_counter()
        fill_log(app, decisions)
        filled = time.perf_counter() - start
        lines += [Line(f"{decisions:,} decisions, {4 * decisions:,} turns filled in", filled, "s")]
        lines += _turns("turn, long log", talk, turns, limits)
        return (f"Turns and search, handbook and {passages:,} team passages", lines)


def _turns(what: str, talk: Talk, turns: int, limits: tuple[float, float]) -> list[Line]:
    took = talk.measure(turns)
    lines = spread(what, every(took), limits)
    lines += spread(f"{what}, processor time alone", talk.busy)
    for kind, times in took.items():
        texts = talk.encoded[kind] / len(times)
        median, top = spread(f"  {kind}", times)
        lines.append(
            Line(median.what, median.value, "ms", note=f"p99 {top.value:.1f}, encoded {texts:.2f} texts")
        )
    return lines


def _import(app: Application, passages: int) -> list[Line]:
    """Ten passages go in as one document, more as many."""
    with tempfile.TemporaryDirectory() as folder:
        documents(Path(folder) / "team", passages)
        start = time.perf_counter()
        reports = app.library.add(Path(folder) / "team")
        took = time.perf_counter() - start
    kept = sum(report.passages for report in reports)
    start = time.perf_counter()
    app.library.search("can fine-tuning replace retrieval?")
    opened = (time.perf_counter() - start) * 1000
    return [
        Line(f"import of {kept:,} passages in {len(reports)} documents", took, "s"),
        Line("first search after it", opened, "ms"),
    ]


@contextmanager
def _opened() -> Iterator[Application]:
    with (
        tempfile.TemporaryDirectory() as folder,
        application(Settings(db=Path(folder) / "sextant.db")) as app,
    ):
        yield app
