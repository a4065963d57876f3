"""The JSON documents of `person`, `retain` and `audit`; see `documents`."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, RootModel

Counts = dict[str, int]
"""How many of each."""


class Document(BaseModel):
    """Nothing but the fields that are named."""

    model_config = ConfigDict(extra="forbid")


class ThreadOfPerson(Document):
    """A thread that the person opened."""

    thread: str
    channel: str
    key: str
    title: str
    private: bool
    at: str


class MessageOfPerson(Document):
    """What they wrote, or the label of what they tapped; `name` is how they were called then."""

    thread: str
    kind: Literal["message", "tap"]
    text: str
    name: str
    at: str


class ReceivedOfPerson(MessageOfPerson):
    """A message as it came in: the platform's id of it, and what a tap carries."""

    carries: dict[str, Any]
    message: str


class EvidenceOfPerson(Document):
    """What was read from it."""

    thread: str
    factor: str
    value: str
    quote: str
    source: Literal["quote", "tap", "trial"]
    certainty: float
    at: str


class AnswerOfPerson(Document):
    """A question that they answered, and what they chose."""

    thread: str
    factor: str
    question: str
    chosen: list[str]
    at: str


class VerdictOfPerson(Document):
    """A verdict that one of their messages led to."""

    thread: str
    lever: str
    confidence: float
    final: bool
    at: str


class StartOfPerson(Document):
    """They started a thread over."""

    thread: str
    at: str


class QuestionOfPerson(Document):
    """What they asked and the guidance does not say."""

    thread: str
    text: str
    at: str


class FeedbackOfPerson(Document):
    """What they thought of a verdict."""

    thread: str
    value: str
    note: str
    at: str


class DecisionOfPerson(Document):
    """A decision that they logged."""

    decision: str
    thread: str
    lever: str
    own: bool
    name: str
    title: str
    note: str
    at: str


class ReviewOfPerson(Document):
    """Their word on a decision."""

    decision: str
    what: Literal["approved", "overridden", "commented"]
    lever: str | None
    name: str
    reason: str
    at: str


class OutcomeOfPerson(Document):
    """How a decision turned out, as they saw it."""

    decision: str
    result: str
    note: str
    measure: str
    before: str
    after: str
    name: str
    at: str


class LookOfPerson(Document):
    """A day that they set for another look at a decision."""

    decision: str
    day: str
    note: str
    name: str
    at: str


class SubscriptionOfPerson(Document):
    """A channel's digest that they asked for; Monday is 0."""

    channel: str
    private: bool
    weekday: int
    hour: int
    minute: int
    zone: str
    only_here: bool
    says_empty: bool
    state: Literal["active", "paused", "ended"]
    at: str


class SignInOfPerson(Document):
    """They were signed in to the console."""

    name: str
    at: str
    ends_at: str
    ended_at: str | None


class LinkOfPerson(Document):
    """A link into the console that they were given."""

    name: str
    ends_at: str
    used_at: str | None


class InstallationOfPerson(Document):
    """A workspace in which they installed the bot."""

    name: str
    at: str


class AuditedOfPerson(Document):
    """What the audit says that they did."""

    what: str
    decision: str
    at: str


class PersonExport(Document):
    """All that is kept of a person in one workspace; what others wrote is left out."""

    platform: str
    workspace: str
    person: str
    threads: list[ThreadOfPerson]
    messages: list[MessageOfPerson]
    received: list[ReceivedOfPerson]
    evidence: list[EvidenceOfPerson]
    answers: list[AnswerOfPerson]
    verdicts: list[VerdictOfPerson]
    starts_over: list[StartOfPerson]
    questions: list[QuestionOfPerson]
    feedback: list[FeedbackOfPerson]
    decisions: list[DecisionOfPerson]
    reviews: list[ReviewOfPerson]
    outcomes: list[OutcomeOfPerson]
    looks_again: list[LookOfPerson]
    subscriptions: list[SubscriptionOfPerson]
    spoke_in: list[StartOfPerson]
    sign_ins: list[SignInOfPerson]
    sign_in_links: list[LinkOfPerson]
    installations: list[InstallationOfPerson]
    audit: list[AuditedOfPerson]


class PersonExports(RootModel[list[PersonExport]]):
    """What `person export` prints: one for each workspace."""


class Forgotten(Document):
    """What `person forget` prints: rows by table, and whether the file is clear of what stood in them."""

    removed: Counts
    cleared: bool


class Retained(Document):
    """What `retain` prints: what went, or would go, and whether the file is clear of it."""

    dry_run: bool
    removed: Counts
    cleared: bool


class AuditEntry(Document):
    """What was done, by whom and when; never to whom."""

    what: Literal["approved", "overridden", "commented", "forgotten", "exported", "expired", "uninstalled"]
    actor: Literal["person", "operator", "setting"]
    platform: str
    workspace: str
    by: str
    about: str
    counts: Counts
    at: str


class AuditEntries(RootModel[list[AuditEntry]]):
    """What `audit` prints, newest first."""
