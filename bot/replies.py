"""Everything the bot can mean to say: a closed union of values.

A reply carries meaning and never widgets: how it looks is for each platform's `render`. The replies of a turn
are kept together in the outbox as JSON until they are delivered as one post.
"""

from dataclasses import dataclass
from typing import Literal

from bot import weekly_replies
from bot.told import Explained, Heard, OpenThread, Precedent, Told
from decision.citation import Citation, Reason
from decision.economics import Bill
from decision.verdict import Flip, Question, Verdict


@dataclass(frozen=True, slots=True)
class Ask:
    """The next question, with what was heard before it."""

    question: Question
    number: int
    heard: Heard
    crowded: bool = False
    """Several people write in the thread, so that plain words there are not taken as said to the bot."""
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that is no longer open, in the place where it was asked: who chose what.

    Nothing chosen means that it was closed by a verdict or a new start.
    """

    question: Question
    chose: tuple[str, ...]
    by: str
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class GiveVerdict:
    """The verdict, with what was heard before it, what the levers cost, and the closest past decisions."""

    verdict: Verdict
    heard: Heard
    precedents: tuple[Precedent, ...] = ()
    bills: tuple[Bill, ...] = ()
    explanation: tuple[Explained, ...] = ()
    assumed: str = ""
    """What the bills rest on, in a sentence."""
    logged: str = ""
    """As what it was logged since, in words; empty while it was not."""
    replaced: str = ""
    """The platform's id of the post that took its place since; empty while none did."""
    kind: Literal["give_verdict"] = "give_verdict"


@dataclass(frozen=True, slots=True)
class SharedVerdict:
    """A verdict that somebody shows to others, outside the thread where it was given."""

    verdict: Verdict
    title: str
    by: str
    logged: str = ""
    """As what it was logged by then, in words; empty where it was not."""
    kind: Literal["shared_verdict"] = "shared_verdict"


@dataclass(frozen=True, slots=True)
class ExplainQuestion:
    """Why the open question is asked."""

    question: Question
    why: Reason
    kind: Literal["explain_question"] = "explain_question"


@dataclass(frozen=True, slots=True)
class ShowFlips:
    """What would change the verdict as it stands: given, leaning so far, or asked for again unchanged."""

    lever: str
    flips: tuple[Flip, ...]
    stands: Literal["given", "leaning", "unchanged"] = "given"
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
    explanation: tuple[Explained, ...] = ()
    note: str = ""
    """Why the model could not look: at the message, or where no quotes were found either."""
    kind: Literal["answer_from_guidance"] = "answer_from_guidance"


@dataclass(frozen=True, slots=True)
class Decline:
    """The message is not about a feature built on a language model."""

    note: str = ""
    """A sentence about how it was read."""
    kind: Literal["decline"] = "decline"


@dataclass(frozen=True, slots=True)
class Puzzled:
    """Nothing was understood; `language` is what the message seems to be written in."""

    language: str
    asking: bool = False
    """Whether a question is open, which the message did not answer."""
    hint: str = ""
    """How it can be answered, where the message shows what went wrong."""
    note: str = ""
    """A sentence about how it was read."""
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
    """There is no verdict yet that could be logged; `leaning` is the lever that leads so far, if any does."""

    leaning: str = ""
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
class Stale:
    """A choice came too late: the question was answered, or the verdict is no longer the newest."""

    by: str = ""
    chose: tuple[str, ...] = ()
    kind: Literal["stale"] = "stale"


@dataclass(frozen=True, slots=True)
class KeptFeedback:
    """What a person found not right was kept."""

    kind: Literal["kept_feedback"] = "kept_feedback"


@dataclass(frozen=True, slots=True)
class Shared:
    """The verdict was shown in another channel."""

    channel: str
    kind: Literal["shared"] = "shared"


@dataclass(frozen=True, slots=True)
class ShowStanding:
    """A person's open threads and decisions, and for a lead what waits for a review."""

    threads: tuple[OpenThread, ...]
    decisions: tuple[Precedent, ...]
    waiting: tuple[Precedent, ...] = ()
    kind: Literal["show_standing"] = "show_standing"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a person said was taken out of the log; their decisions stay, without their words or name."""

    messages: int
    decisions: int
    kind: Literal["forgotten"] = "forgotten"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A lead's word on a decision, in the thread that it came from.

    `lever` is what holds from now on, `instead_of` what held before, where an override changed it. `look` is
    the day (ISO) that the lead set for another look, or empty.
    """

    decision: str
    title: str
    what: Literal["approved", "overridden", "commented"]
    lever: str
    by: str
    instead_of: str | None = None
    note: str = ""
    look: str = ""
    kind: Literal["reviewed"] = "reviewed"


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong that the person did not cause; `reference` finds it in the operator's log."""

    reference: str
    kind: Literal["failed"] = "failed"


# The rest is about digests and outcomes.
AskOutcome = weekly_replies.AskOutcome
Digest = weekly_replies.Digest
DigestHalted = weekly_replies.DigestHalted
KeptOutcome = weekly_replies.KeptOutcome
Subscribed = weekly_replies.Subscribed
UnknownDecision = weekly_replies.UnknownDecision
UnknownTime = weekly_replies.UnknownTime

Reply = (
    Ask
    | Answered
    | GiveVerdict
    | SharedVerdict
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
    | Stale
    | KeptFeedback
    | Shared
    | ShowStanding
    | Forgotten
    | Digest
    | DigestHalted
    | AskOutcome
    | KeptOutcome
    | Reviewed
    | Subscribed
    | UnknownTime
    | UnknownDecision
    | Failed
)
