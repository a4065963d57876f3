"""What the policy says about a case: the values only. `assess` builds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from decision.citation import Citation, Reason
from decision.evidence import Revision

StepState = Literal["done", "check", "next", "later"]
"""`check`: it should be done by now, and nobody said that it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps of the sequence, and whether this team has done it."""

    number: int
    text: str
    state: StepState
    citation: Citation


@dataclass(frozen=True, slots=True)
class Caution:
    """A common mistake that the case shows, or a condition that the advice must carry."""

    id: str
    text: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Flip:
    """A smallest change of evidence that changes the lever; re-checked by running the policy."""

    changes: tuple[tuple[str, str], ...]
    lever: str
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """One answer a person can choose: its value and its label (at most 75 characters)."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """The next thing to ask, why it is asked, and what the answer is worth in regret saved."""

    factor: str
    text: str
    options: tuple[Option, ...]
    many: bool
    why: Reason
    worth: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The lever to pull, how sure the policy is, and everything needed to check it.

    `levers` and `diagnosis` are probabilities that add up to 1. `confidence` is the calibrated chance that a
    careful reviewer would accept the lever. `final` is False while a question could still change the answer.
    """

    lever: str
    headline: str
    confidence: float
    levers: Mapping[str, float]
    diagnosis: Mapping[str, float]
    final: bool
    reasons: tuple[Reason, ...]
    steps: tuple[Step, ...]
    warnings: tuple[Caution, ...]
    flips: tuple[Flip, ...]
    revisions: tuple[Revision, ...]
    policy: str
