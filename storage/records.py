"""What is handed to the log to be kept."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from decision.evidence import Evidence
from decision.verdict import Question, Verdict

Kind = Literal["message", "tap"]
ReviewKind = Literal["approved", "overridden", "commented"]
State = Literal["logged", "approved", "overridden"]
Result = Literal["worked", "partly", "did_not_work", "too_early"]

_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
"""No vowels and no look-alikes: an id can be said aloud and spells nothing."""


def random_letters(count: int) -> str:
    """Letters that cannot be guessed."""
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def _new_key() -> str:
    return random_letters(12)


NEW = "new:"

ALONE = "@"
"""A place's channel that begins so is no channel but a person, to be told something in direct messages."""

EDITED = ":edit:"
"""In the platform's id of a delivery: between the id of a message and what tells its edits apart."""

ASKED = "ask:"
"""The key of a place where somebody asked the guidance a question outside of any triage begins so.

It is private where the answer is for them alone, whatever the channel is.
"""

BY_SHORTCUT = "shortcut"
"""In a message's body: somebody handed it in from a menu, so that its author did not speak to the bot."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thread lives. `key` is the platform's own id of the thread within its channel.

    A key that begins with `NEW` stands for a thread that its first post opens; once that is delivered, the
    post's id takes the key's place.
    """

    platform: str
    workspace: str
    channel: str
    key: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message or tap as it arrived. `platform_id` is the platform's own id of the delivery, unique in its
    workspace; `body` holds what a tap carries (ids only) and must be fit for JSON.
    """

    place: Place
    platform_id: str
    author: str
    text: str
    kind: Kind = "message"
    author_name: str = ""
    title: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An incoming row under lease. `attempt` counts its claims from 1 and proves whose lease it is.

    `draft` is not None where an earlier attempt may have begun to show the reply, see `Inbox.begin_draft`.
    """

    id: int
    attempt: int
    thread_id: str
    place: Place
    platform_id: str
    kind: Kind
    author: str
    author_name: str
    text: str
    body: Mapping[str, Any]
    received_at: datetime
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class InLine:
    """An incoming row that waits for its turn."""

    id: int
    place: Place
    platform_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """A reply under lease, to be delivered to `place`.

    `turn` is the key of the turn that wrote it, for buttons to carry; empty for a digest. Where `attempt` is
    above 1, an earlier delivery may have succeeded unnoticed. `answers_to` is the platform's id of the
    message that it answers, `author` who wrote that; `edits` is the platform's id of the message whose new
    text it answers, empty unless somebody edited theirs. `draft` is the post that shows the beginning of the
    reply already: None for none, empty where its id is not known, nor whether it stands; it does not stand
    longer than since `asked_at`, when the message came in.
    """

    id: int
    attempt: int
    thread_id: str
    place: Place
    turn: str
    body: str
    queued_at: datetime
    answers_to: str = ""
    author: str = ""
    edits: str = ""
    draft: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a person wrote or tapped; for a tap, `text` is the label they tapped."""

    author: str
    text: str
    kind: Kind = "message"
    author_name: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made a turn what it is, and what it took: versions, tokens, US dollars and milliseconds.

    `calls` to the model; `tokens_cached` are those of `tokens_in` that its server had kept.
    """

    reader: str
    policy: str
    model: str = ""
    prompt: str = ""
    calls: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A verdict that a person logged, or replaced by their own lever (`own`).

    `id` comes from `Log.fresh_decision_id`. `verdict_turn` is the key of the turn whose verdict it is about;
    empty for the verdict of the same turn, or for none. An empty title takes the thread's. `ask_after` is
    after how many days its thread is asked how it turned out: 0 for never, None for the usual time.
    """

    id: str
    lever: str
    by: str
    by_name: str = ""
    own: bool = False
    note: str = ""
    title: str = ""
    verdict_turn: str = ""
    ask_after: int | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A lead's approval, override or comment. `lever` is the lead's own, with an override only.

    `seen` is how many reviews there were when the lead was shown the decision; None where nobody knows.
    """

    decision: str
    what: ReviewKind
    by: str
    by_name: str = ""
    reason: str = ""
    lever: str | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened after a decision: did it help, measured how, and what was measured before and after.

    `seen` is how many outcomes there were when the person was shown the decision; None where nobody knows.
    """

    decision: str
    result: Result
    by: str
    by_name: str = ""
    note: str = ""
    measure: str = ""
    before: str = ""
    after: str = ""
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class NewLook:
    """A day (ISO) on which a decision is to be looked at again; an empty one takes the earlier day back."""

    decision: str
    day: str
    by: str
    by_name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskedOutcome:
    """How a decision turned out is asked: for the first or second time, or (None) by wish."""

    decision: str
    number: Literal[1, 2] | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thinks of a turn of the bot; `turn` is its key, `value` such as `helpful`."""

    turn: str
    value: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A reply (JSON) for another place than the turn's own thread."""

    place: Place
    body: str


@dataclass(frozen=True, slots=True)
class Turn:
    """All that one message, tap or trial led to: it is kept whole, or not at all.

    `key` is what buttons carry to find the turn's question or verdict again. With a `claim`, the message is
    the claimed one unless given, and the claimed row is done. `reset` takes effect before the turn's own
    evidence and question. `answers` is the key of the turn whose question was answered. `gap` is a question
    that the guidance does not answer. `title` names the thread if it has no title yet. `replies` are JSON,
    delivered in order; those in `elsewhere` go to other threads.
    """

    thread_id: str
    by: str
    provenance: Provenance
    claim: Claimed | None = None
    message: Message | None = None
    reset: bool = False
    evidence: tuple[Evidence, ...] = ()
    answers: str = ""
    question: Question | None = None
    verdict: Verdict | None = None
    decision: NewDecision | None = None
    reviews: tuple[Review, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    looks: tuple[NewLook, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    gap: str = ""
    title: str = ""
    replies: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    asks: AskedOutcome | None = None
    key: str = field(default_factory=_new_key)

    @property
    def plain(self) -> bool:
        """Whether it says nothing that somebody else may have said meanwhile, such as a decision."""
        said = (self.decision, self.asks, *self.reviews, *self.outcomes, *self.looks, *self.feedback)
        return not any(said)
