"""Everything the bot can mean to say: a closed union of values.

A reply carries meaning and never widgets: how it looks is for each platform's `render`. Replies are kept in
the outbox as JSON until they are delivered.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from decision.citation import Citation, Reason
from decision.economics import Bill
from decision.verdict import Flip, Question, Verdict


@dataclass(frozen=True, slots=True)
class Told:
    """One thing the bot takes to be so, in words, with the person's own words where there are some."""

    says: str
    quote: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A person corrected themselves; the newest counts."""

    now: str
    before: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the bot took from the last message, so that a person can object."""

    told: tuple[Told, ...] = ()
    changed: tuple[Changed, ...] = ()
    language: str = "en"
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Precedent:
    """A past decision of the same team that resembles the case."""

    decision: str
    title: str
    lever: str
    state: str
    outcome: str
    at: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The next question, with what was heard before it."""

    question: Question
    number: int
    heard: Heard
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class GiveVerdict:
    """The verdict, with what was heard before it, what the levers cost, and the closest past decisions."""

    verdict: Verdict
    heard: Heard
    precedents: tuple[Precedent, ...] = ()
    bills: tuple[Bill, ...] = ()
    kind: Literal["give_verdict"] = "give_verdict"


@dataclass(frozen=True, slots=True)
class ExplainQuestion:
    """Why the open question is asked."""

    question: Question
    why: Reason
    kind: Literal["explain_question"] = "explain_question"


@dataclass(frozen=True, slots=True)
class ShowFlips:
    """What would change the verdict as it stands."""

    lever: str
    flips: tuple[Flip, ...]
    kind: Literal["show_flips"] = "show_flips"


@dataclass(frozen=True, slots=True)
class ShowHeard:
    """Everything that counts in the case, so that a person can say what is wrong."""

    told: tuple[Told, ...]
    kind: Literal["show_heard"] = "show_heard"


@dataclass(frozen=True, slots=True)
class AnswerFromGuidance:
    """A question about the guidance, answered in its words; no quotes means that it does not say."""

    quotes: tuple[Citation, ...]
    kind: Literal["answer_from_guidance"] = "answer_from_guidance"


@dataclass(frozen=True, slots=True)
class Decline:
    """The message is not about a feature built on a language model."""

    kind: Literal["decline"] = "decline"


@dataclass(frozen=True, slots=True)
class Puzzled:
    """Nothing was understood; `language` is what the message seems to be written in."""

    language: str
    asking: bool = False
    """Whether a question is open, which the message did not answer."""
    kind: Literal["puzzled"] = "puzzled"


@dataclass(frozen=True, slots=True)
class Logged:
    """A person logged the verdict, or their own choice instead."""

    decision: str
    lever: str
    by: str
    instead_of: str | None
    kind: Literal["logged"] = "logged"


@dataclass(frozen=True, slots=True)
class AlreadyLogged:
    """The verdict was logged before."""

    decision: str
    kind: Literal["already_logged"] = "already_logged"


@dataclass(frozen=True, slots=True)
class NothingToLog:
    """There is no verdict yet that could be logged."""

    kind: Literal["nothing_to_log"] = "nothing_to_log"


@dataclass(frozen=True, slots=True)
class UnknownLever:
    """A person wanted to log a lever that does not exist."""

    named: str
    kind: Literal["unknown_lever"] = "unknown_lever"


@dataclass(frozen=True, slots=True)
class StartedOver:
    """What was said so far no longer counts."""

    kind: Literal["started_over"] = "started_over"


@dataclass(frozen=True, slots=True)
class Greet:
    """What the bot does and how to talk to it."""

    kind: Literal["greet"] = "greet"


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong that the person did not cause; `reference` finds it in the operator's log."""

    reference: str
    kind: Literal["failed"] = "failed"


Reply = (
    Ask
    | GiveVerdict
    | ExplainQuestion
    | ShowFlips
    | ShowHeard
    | AnswerFromGuidance
    | Decline
    | Puzzled
    | Logged
    | AlreadyLogged
    | NothingToLog
    | UnknownLever
    | StartedOver
    | Greet
    | Failed
)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Reply]:
    # Building it takes as long as reading a message, and `ask` keeps no reply.
    return TypeAdapter(Annotated[Reply, Field(discriminator="kind")])


def to_json(reply: Reply) -> str:
    """The reply as it is kept in the outbox."""
    return _adapter().dump_json(reply).decode()


def from_json(text: str) -> Reply:
    """The reply that was kept. Raises ValueError when a quote in it no longer stands in its passage."""
    return _adapter().validate_json(text)
