"""The JSON documents that commands print with `--json`, as models: one place that says what is in them.

`bot/schemas/` holds the JSON Schema of each, made from here; tests hold real output against both.
"""

from typing import Any, Literal

from pydantic import BaseModel, RootModel

from bot.person_documents import AuditEntries, Document, Forgotten, PersonExports, Retained

Shares = dict[str, float]


class CitationDocument(Document):
    """A verbatim quote and the passage in which it stands."""

    passage: str
    heading: str
    quote: str


class ReasonDocument(Document):
    """A sentence with its proof."""

    text: str
    citation: CitationDocument


class VerdictDocument(Document):
    """Where the policy stands; `final` is false while a question could still change it."""

    lever: str
    headline: str
    confidence: float
    levers: Shares
    final: bool
    policy: str


class EvidenceDocument(Document):
    """One observed value of one factor, with the person's own words."""

    factor: str
    value: str
    quote: str
    source: Literal["quote", "tap", "trial"]
    certainty: float


class OptionDocument(Document):
    """One answer to a question."""

    value: str
    label: str


class QuestionDocument(Document):
    """The next question; `many` allows several answers."""

    factor: str
    text: str
    many: bool
    options: list[OptionDocument]
    why: ReasonDocument


class StepDocument(Document):
    """One of the five steps."""

    number: int
    text: str
    state: Literal["done", "check", "next", "later"]
    citation: CitationDocument


class WarningDocument(Document):
    """A mistake that the case shows, or a condition of the advice."""

    id: str
    text: str
    citation: CitationDocument


class FlipDocument(Document):
    """A smallest change of evidence, factor by factor, that changes the lever."""

    changes: dict[str, str]
    lever: str
    text: str


class BillDocument(Document):
    """Dollars a month on one model, and requests a month from which tuning pays; null means never."""

    model: str
    as_of: str
    dollars_a_month: dict[str, float]
    break_even_requests: dict[str, float | None]


class Assessment(Document):
    """What `ask` prints; `note` is a sentence about how the message was read, or empty."""

    off_topic: bool
    language: str
    read_in_part: bool
    note: str
    diagnosis: Shares
    verdict: VerdictDocument
    evidence: list[EvidenceDocument]
    question: QuestionDocument | None
    reasons: list[ReasonDocument]
    steps: list[StepDocument]
    warnings: list[WarningDocument]
    flips: list[FlipDocument]
    economics: list[BillDocument]
    answer: list[CitationDocument]


class FoundPassage(Document):
    """A passage that fits a search; scores run to 1 and compare within one search only."""

    passage: str
    document: str
    heading: str
    text: str
    score: float


class FoundPassages(RootModel[list[FoundPassage]]):
    """What `knowledge search` prints."""


class ListedDocument(Document):
    """A document; `origin` is its file, empty for the handbook."""

    name: str
    collection: Literal["handbook", "team"]
    title: str
    origin: str
    passages: int
    added_at: str


class ListedDocuments(RootModel[list[ListedDocument]]):
    """What `knowledge list` prints."""


class AddedFile(Document):
    """What became of a file; `by_words` counts passages that are found by their words alone so far."""

    path: str
    document: str
    outcome: Literal["added", "changed", "unchanged", "skipped"]
    passages: int
    reason: str
    by_words: int


class AddedFiles(RootModel[list[AddedFile]]):
    """What `knowledge add` prints."""


class DecisionSummary(Document):
    """A decision as a row; `first_lever` is what was logged before any review."""

    id: str
    thread: str
    platform: str
    lever: str
    first_lever: str
    own: bool
    state: Literal["logged", "approved", "overridden"]
    outcome: str
    by: str
    at: str
    title: str
    note: str


class DecisionSummaries(RootModel[list[DecisionSummary]]):
    """What `decisions list` prints."""


class LoggedEvidence(Document):
    """What counted when the decision was made."""

    factor: str
    value: str
    quote: str
    source: Literal["quote", "tap", "trial"]


class ReviewDocument(Document):
    """A lead's word on it."""

    what: Literal["approved", "overridden", "commented"]
    lever: str | None
    by: str
    reason: str
    at: str


class OutcomeDocument(Document):
    """How it turned out, and what was measured before and after."""

    result: str
    measure: str
    before: str
    after: str
    note: str
    by: str
    at: str


class DecisionDetails(DecisionSummary):
    """What `decisions show` prints, and a list of them `decisions export`; `verdict` is as it was given.

    `evidence_removed_at` is when evidence of the verdict was deleted, so that it cannot be replayed any more.
    """

    verdict: dict[str, Any] | None
    evidence_removed_at: str | None
    evidence: list[LoggedEvidence]
    reviews: list[ReviewDocument]
    outcomes: list[OutcomeDocument]


class FindingDocument(Document):
    """One thing that was checked."""

    what: str
    ok: bool
    says: str


class Findings(RootModel[list[FindingDocument]]):
    """What `doctor` prints."""


DOCUMENTS: dict[str, type[BaseModel]] = {
    "ask": Assessment,
    "knowledge-search": FoundPassages,
    "knowledge-list": ListedDocuments,
    "knowledge-add": AddedFiles,
    "decisions-list": DecisionSummaries,
    "decisions-show": DecisionDetails,
    "doctor": Findings,
    "person-export": PersonExports,
    "person-forget": Forgotten,
    "retain": Retained,
    "audit": AuditEntries,
}
"""The document of each command."""
