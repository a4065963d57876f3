"""What goes into a conversation and what comes out of it: where a thread stands, and what one message did."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.intents import LogRequest
from bot.replies import Reply
from decision.evidence import Case, Evidence
from decision.reader import Usage
from decision.verdict import Question, Verdict
from storage.records import AskedOutcome, Outcome


@dataclass(frozen=True, slots=True)
class State:
    """Where a thread stands, read from the log: its case, the factor that is being asked, its last verdict.

    `last` is what was read from the newest message that said anything. `decision` is the decision that the
    verdict was logged as, if it was. `said_by` names, by factor, who said what counts there, where that is
    somebody else than the person who speaks now.
    """

    case: Case = field(default_factory=Case)
    asking: str | None = None
    verdict: Verdict | None = None
    decision: str | None = None
    said_by: Mapping[str, str] = field(default_factory=dict)
    last: tuple[Evidence, ...] = ()

    @property
    def can_log(self) -> bool:
        """Whether there is a verdict that was given, not just a leaning, and that nobody logged yet."""
        return self.verdict is not None and self.verdict.final and self.decision is None


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message did: the replies, and what is to be recorded with them."""

    replies: tuple[Reply, ...]
    evidence: tuple[Evidence, ...] = ()
    answered: str | None = None
    asked: Question | None = None
    verdict: Verdict | None = None
    starts_over: bool = False
    logs: LogRequest | None = None
    unanswered: str | None = None
    """A guidance question that the guidance could not answer."""
    feedback: str | None = None
    """What a person found not right about the verdict; None unless they said so."""
    shares: str = ""
    """The channel in which the verdict is to be shown as well."""
    shares_openly: bool = False
    """Whether that channel is known to be open to everybody."""
    outcomes: tuple[Outcome, ...] = ()
    asks: AskedOutcome | None = None
    usage: Usage = field(default_factory=Usage)
    reader: str = ""
    """Who read the message, where that is another than the conversation's reader."""
