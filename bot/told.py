"""What replies are made of: what was heard, what the model explained, and earlier threads and decisions."""

from dataclasses import dataclass

from bot.news import NOWHERE, Where
from decision.citation import Citation


@dataclass(frozen=True, slots=True)
class Told:
    """One thing the bot takes to be so, in words, with the person's own words where there are some."""

    says: str
    quote: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A person corrected themselves, or contradicted somebody else; the newest counts."""

    now: str
    before: str
    by: str = ""
    """Who said the earlier thing, if it was somebody else."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the bot took from the last message, so that a person can object."""

    told: tuple[Told, ...] = ()
    changed: tuple[Changed, ...] = ()
    language: str = "en"
    partly: bool = False
    note: str = ""
    """A sentence about how it was read, for instance that the model was out of reach."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A sentence written for this case, with the passage that it rests on."""

    text: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Precedent:
    """A past decision of the same team that resembles the case."""

    decision: str
    title: str
    lever: str
    state: str
    outcome: str
    at: str
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A triage of a person that has no decision yet: what is asked in it, or where it leans."""

    title: str
    channel: str
    key: str
    at: str
    asking: str
    lever: str
