"""Decided threads with a clock that stands still, and digests composed over them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.news import (
    CameIn,
    Failing,
    LeverWeeks,
    Made,
    Needs,
    News,
    Overruled,
    Revisit,
    Unanswered,
    Waiting,
    Where,
)
from bot.weekly import Weekly
from decision.evidence import Evidence
from decision.verdict import Verdict
from storage.archive import Archive
from storage.database import DatabaseFile
from storage.digests import Digests
from storage.log import Log
from storage.outcomes import Outcomes
from storage.records import Message, NewDecision, Place, Provenance, Turn
from storage.subscriptions import Channel, Subscriptions
from storage.week import Weeks

HERE = Channel("slack", "T1", "C1")
MADE = Provenance("offline", "test")
AT = Where("slack", "C1", "1")
NEWS = News(
    week="2026-W48",
    since="2026-11-16",
    until="2026-11-23",
    decisions=5,
    made=(
        Made(
            "d-7f3k",
            "Support bot invents refund rules",
            "rag",
            "Ada",
            "search over the help centre first",
            AT,
        ),
        Made("d-8g4m", "Invoice parser drops totals", "workflow", "Bob", "add a check on the sum", AT),
        Made("d-9h5n", "Release notes in the wrong tone", "prompt", "Cy", "Say it in the prompt first.", AT),
    ),
    waiting=(Waiting("Ticket triage sends everything to billing", "prompt", 9, AT),),
    all_waiting=2,
    oldest_waiting=9,
    overruled=(Overruled("d-6d2j", "Churn letters", "fine_tune", "rag", "Lea", "labels first", AT),),
    all_overruled=1,
    outcomes=(
        CameIn("d-5c1h", "FAQ bot", "rag", "worked", "Ada", "", "solved tickets", "61 %", "83 %", AT),
        CameIn("d-4b9g", "Summaries", "prompt", "did_not_work", "Bob", "nobody read them", "", "", "", AT),
    ),
    all_outcomes=2,
    failing=(Failing("knowledge", 3, 5, 0.25),),
    gaps=(Unanswered("Which vector database should we buy?", 2),),
    all_gaps=1,
    revisits=(
        Revisit("d-3a8f", "Tag suggestions", "prompt", "If volume is over 10 million.", "Tag service", AT),
    ),
    all_revisits=1,
    needs=(Needs("answer", "Meeting notes", "Is it right with the right facts?", 4, AT),),
    levers=LeverWeeks(
        ("2026-11-02", "2026-11-09", "2026-11-16"),
        (("prompt", (2, 1, 1)), ("rag", (3, 4, 2)), ("workflow", (0, 1, 2))),
    ),
    decided=(("workflow", 2), ("rag", 2), ("prompt", 1)),
)
"""A week in which everything happened."""


class Team:
    """A database with a clock that is moved by hand, and all that reads and writes digests in it."""

    def __init__(self, file: DatabaseFile, verdict: Verdict | None = None) -> None:
        self.file = file
        self.log = Log(file)
        self.archive = Archive(file)
        self.subscriptions = Subscriptions(file)
        self.digests = Digests(file)
        self.outcomes = Outcomes(file)
        self.now = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
        self.weekly = Weekly(
            Weeks(file), self.subscriptions, self.digests, self.outcomes, self.log, "w", lambda: self.now
        )
        self.verdict = verdict

    def later(self, **more: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**more)
        return self.now

    def say(
        self, key: str, text: str, *evidence: Evidence, place: Place | None = None, who: str = "U1"
    ) -> str:
        """Somebody says something in a thread; its id."""
        thread = self.log.thread(place or Place("slack", "T1", "C1", key), who)
        self.log.record_turn(
            Turn(
                thread,
                who,
                MADE,
                message=Message(who, text, author_name="Ada"),
                evidence=evidence,
                title=text,
            )
        )
        return thread

    def advise(self, thread: str) -> str:
        """A verdict in a thread; the key of its turn."""
        turn = Turn(thread, "U1", MADE, verdict=self.verdict)
        self.log.record_turn(turn)
        return turn.key

    def decide(
        self, key: str, title: str, place: Place | None = None, lever: str = "", **more: object
    ) -> str:
        """A thread with a decision; the decision's id."""
        thread = self.log.thread(place or Place("slack", "T1", "C1", key), "U1", title)
        decision = NewDecision(
            self.log.fresh_decision_id(),
            lever or (self.verdict.lever if self.verdict else "rag"),
            "U1",
            "Ada",
            own=bool(lever),
            title=title,
            **more,  # type: ignore[arg-type]
        )
        self.log.record_turn(Turn(thread, "U1", MADE, verdict=self.verdict, decision=decision))
        return decision.id


@contextmanager
def team(folder: Path, verdict: Verdict | None = None) -> Iterator[Team]:
    """A team in a folder."""
    holder: list[Team] = []

    def now() -> datetime:
        return holder[0].now if holder else datetime(2026, 11, 18, tzinfo=UTC)

    with DatabaseFile(folder / "team.db", now) as file:
        holder.append(Team(file, verdict))
        yield holder[0]
