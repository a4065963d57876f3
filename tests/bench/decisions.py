"""How long it takes to log decisions, all at once and one by one, and to list a page of them."""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.bootstrap import Application, application, now
from bot.settings import Settings
from decision.assess import assess
from decision.evidence import Case, Evidence
from decision.verdict import Verdict
from storage.archive import DecisionFilter
from storage.records import Message, NewDecision, Place, Provenance, Turn
from storage.threads import find_or_open
from storage.turns import write_turn
from tests.bench.figures import Line, spread
from tests.bench.talk import passage_of_talk

PAGE = 50
ALONE = 500
"""How many are logged one by one; the rest is extrapolated."""


def turn(app: Application, thread: str, number: int, verdict: Verdict) -> Turn:
    """A turn that logs a decision, with its verdict and what it rests on."""
    chance = random.Random(number)
    title, quote = passage_of_talk(chance, 10), passage_of_talk(chance, 20)
    return Turn(
        thread,
        "U1",
        Provenance("offline", app.policy.version),
        message=Message("U1", quote, author_name="Ada"),
        evidence=(Evidence("human_fix", "document", quote),),
        verdict=verdict,
        decision=NewDecision(f"d-{number:06}", verdict.lever, "U1", "Ada", title=title),
    )


def measure(decisions: int) -> list[Line]:
    """Log them, then read them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        application(Settings(db=Path(folder) / "sextant.db")) as app,
    ):
        verdict = assess(app.policy, Case(), app.passage, decide_now=True).verdict
        alone = min(ALONE, decisions)
        bulk, single = _in_bulk(app, decisions, verdict), _one_by_one(app, decisions, alone, verdict)
        whole = single * decisions / alone
        return [
            Line(f"{decisions:,} decisions in one transaction", bulk, "s"),
            Line(
                f"{decisions:,} one by one, from {alone}", whole, "s", note=f"{whole / bulk:.1f} times bulk"
            ),
            *_pages(app, decisions),
        ]


def _in_bulk(app: Application, decisions: int, verdict: Verdict) -> float:
    start = time.perf_counter()
    with app.file.transaction() as tables:
        for number in range(decisions):
            thread = find_or_open(tables, _place(number), "U1", "", now())
            write_turn(tables, turn(app, thread, number, verdict), now())
    return time.perf_counter() - start


def _one_by_one(app: Application, first: int, count: int, verdict: Verdict) -> float:
    start = time.perf_counter()
    for number in range(first, first + count):
        thread = app.turns.log.thread(_place(number), "U1")
        app.turns.log.record_turn(turn(app, thread, number, verdict))
    return time.perf_counter() - start


def _pages(app: Application, decisions: int) -> list[Line]:
    chance = random.Random(3)
    archive = app.archive
    return [
        *_timed("first page", lambda: archive.decisions(limit=PAGE)),
        *_timed("last page", lambda: archive.decisions(limit=PAGE, offset=decisions - PAGE)),
        *_timed("page by lever", lambda: archive.decisions(DecisionFilter(lever="rag"), PAGE)),
        *_timed(
            "page by words",
            lambda: archive.decisions(DecisionFilter(text=passage_of_talk(chance, 1)), PAGE),
        ),
    ]


def _timed(what: str, call: Callable[[], object], repeat: int = 20) -> list[Line]:
    took = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        took.append((time.perf_counter() - start) * 1000)
    return spread(f"{what} of {PAGE}", took)


def _place(number: int) -> Place:
    return Place("slack", "T1", f"C{number % 40}", f"decided-{number}")
