"""What the read side gives back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from decision.evidence import Evidence
from decision.verdict import Question, Verdict
from storage.records import Kind, Place, Result, ReviewKind, State


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation, and who opened it."""

    id: str
    place: Place
    title: str
    opened_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class PutQuestion:
    """A question as it was put, and the key of the turn that put it."""

    turn: str
    thread_id: str
    question: Question


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered to a question: their name and the values."""

    by: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClosedQuestion:
    """A question that a turn closed, the number of the turn that put it, and what was chosen, if anything."""

    question: Question
    put_at: int
    chosen: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Post:
    """A reply that stands on its platform: its id there, and its body as it was queued.

    `logged`: the verdict that it gives was logged.
    """

    message: str
    body: str
    logged: bool = False


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """A verdict as it was given, the key of its turn, and the id of the decision on it, if any.

    `evidence_removed` is when evidence that it rested on was deleted: it cannot be replayed any more.
    """

    turn: str
    thread_id: str
    verdict: Verdict
    decision: str | None
    evidence_removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript. For the bot, `text` is the reply's JSON and `author` is empty."""

    who: Literal["person", "bot"]
    kind: Kind | Literal["reply"]
    author: str
    author_name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it stands: `lever` is what holds after reviews, `first_lever` what was logged."""

    id: str
    thread_id: str
    place: Place
    title: str
    lever: str
    first_lever: str
    own: bool
    note: str
    by: str
    by_name: str
    state: State
    outcome: Result | Literal[""]
    at: datetime


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A lead's word on a decision."""

    what: ReviewKind
    lever: str | None
    by: str
    by_name: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """How a decision turned out, as somebody saw it, and what they measured."""

    result: Result
    note: str
    by: str
    by_name: str
    at: datetime
    measure: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision with all that led to it and followed it; `evidence` is what counted when it was made.

    `evidence_removed` is when evidence of the verdict was deleted, so that what stands here is not all of it.
    """

    decided: Decided
    verdict: Verdict | None
    evidence: tuple[Evidence, ...]
    reviews: tuple[Reviewed, ...]
    outcomes: tuple[Seen, ...]
    evidence_removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the guidance could not answer."""

    thread_id: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is, and what waits or failed; `waiting_since` is the oldest row that waits."""

    threads: int
    turns: int
    decisions: int
    gaps: int
    inbox_waiting: int
    inbox_given_up: int
    outbox_waiting: int
    outbox_dead: int
    waiting_since: datetime | None
