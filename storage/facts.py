"""What a digest is made of, as the log gives it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from storage.records import Place, Result
from storage.subscriptions import Channel

Fact = TypeVar("Fact", covariant=True)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a digest may tell of: a channel and, unless `only_here`, all that is public in its workspace.

    Without a channel it is for whoever holds the database file: all that is public, and their own terminal.
    """

    channel: Channel | None
    only_here: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many decisions there were of a lever and of what failed, in one week."""

    lever: str
    failure: str
    count: int


@dataclass(frozen=True, slots=True)
class MadeFact:
    """A decision of the week; `headline` is the verdict's."""

    id: str
    title: str
    lever: str
    by: str
    note: str
    headline: str
    place: Place


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A thread that waits: for a verdict to be logged, or for an answer to what was `asked`."""

    title: str
    lever: str
    asked: str
    at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class ObjectedFact:
    """A verdict that somebody found not right, and nobody saw to since."""

    title: str
    note: str
    at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class OverruledFact:
    """A lead put another lever in the place of the one that was logged, or none."""

    id: str
    title: str
    before: str
    lever: str
    by: str
    reason: str
    place: Place


@dataclass(frozen=True, slots=True)
class OutcomeFact:
    """What became of an earlier decision."""

    id: str
    title: str
    lever: str
    result: Result
    by: str
    note: str
    measure: str
    before: str
    after: str
    place: Place


@dataclass(frozen=True, slots=True)
class GapFact:
    """A question that the guidance could not answer, and how often it was asked."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class RevisitFact:
    """A decision whose trigger was met by what was said in another thread, `seen`, which is at `place`."""

    id: str
    title: str
    lever: str
    text: str
    seen: str
    place: Place


@dataclass(frozen=True, slots=True)
class Some(Generic[Fact]):
    """The first few of something, and how many there are in all."""

    first: tuple[Fact, ...]
    total: int


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """All that a digest may tell; `weeks` are the counts of the weeks up to this one, the oldest first.

    `whole` are the counts of all the time that is told of, which may be more or less than a week.
    """

    weeks: tuple[tuple[Counted, ...], ...]
    whole: tuple[Counted, ...]
    made: tuple[MadeFact, ...]
    waiting: Some[OpenFact]
    stuck: Some[OpenFact]
    objected: tuple[ObjectedFact, ...]
    overruled: Some[OverruledFact]
    outcomes: Some[OutcomeFact]
    gaps: Some[GapFact]
    revisits: Some[RevisitFact]
    approved: int = 0
