"""What a weekly digest says, as values: facts and counts, never sentences or widgets.

`bot.digest` makes them from the log, `bot.digest_wording` puts them into words, a platform shows them.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Where:
    """The thread that a line is about, for a platform to link; empty texts where there is none to link."""

    platform: str = ""
    channel: str = ""
    key: str = ""


NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class Made:
    """A decision: `why` is its note, or else what the verdict said in a line."""

    decision: str
    title: str
    lever: str
    by: str
    why: str
    where: Where


@dataclass(frozen=True, slots=True)
class Waiting:
    """A verdict that nobody logged yet."""

    title: str
    lever: str
    days: int
    where: Where


@dataclass(frozen=True, slots=True)
class Overruled:
    """A lead put `lever` in the place of `before`; an empty lever means that they only refused it."""

    decision: str
    title: str
    before: str
    lever: str
    by: str
    why: str
    where: Where


@dataclass(frozen=True, slots=True)
class CameIn:
    """How an earlier decision turned out, and what was measured."""

    decision: str
    title: str
    lever: str
    result: str
    by: str
    note: str
    measure: str
    before: str
    after: str
    where: Where


@dataclass(frozen=True, slots=True)
class Failing:
    """Where it failed in so many of this week's cases, and in what share of the cases of the weeks before."""

    diagnosis: str
    count: int
    cases: int
    usual: float | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the guidance could not answer."""

    asked: str
    times: int


@dataclass(frozen=True, slots=True)
class Revisit:
    """A decision whose trigger `flip` was met by what was said in the thread titled `named`."""

    decision: str
    title: str
    lever: str
    flip: str
    named: str
    where: Where


@dataclass(frozen=True, slots=True)
class Needs:
    """A thread that needs somebody, and for what: a verdict was found not right, a question waits for its
    answer, or a verdict to be logged. `about` is what was objected, the question, or the lever.
    """

    to: Literal["not_right", "answer", "logging"]
    title: str
    about: str
    days: int
    where: Where


@dataclass(frozen=True, slots=True)
class LeverWeeks:
    """How many decisions there were of each lever, by week: what the chart shows, the oldest week first.

    `weeks` are the dates (ISO) on which the weeks begin.
    """

    weeks: tuple[str, ...]
    counts: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class News:
    """A channel's week. Each tuple holds the first few; the number beside it counts all there are.

    `week` is the ISO week of the digest; `since` and `until` are dates (ISO) on the subscription's clock;
    `oldest_waiting` is in days.
    """

    week: str
    since: str
    until: str
    decisions: int
    made: tuple[Made, ...]
    waiting: tuple[Waiting, ...]
    all_waiting: int
    oldest_waiting: int
    overruled: tuple[Overruled, ...]
    all_overruled: int
    outcomes: tuple[CameIn, ...]
    all_outcomes: int
    failing: tuple[Failing, ...]
    gaps: tuple[Unanswered, ...]
    all_gaps: int
    revisits: tuple[Revisit, ...]
    all_revisits: int
    needs: tuple[Needs, ...]
    levers: LeverWeeks
    approved: int = 0
    decided: tuple[tuple[str, int], ...] = ()
    """Each lever with its decisions, the most frequent first."""

    @property
    def quiet(self) -> bool:
        """Whether nothing happened; something may still wait."""
        return not (
            self.decisions or self.approved or self.overruled or self.outcomes or self.gaps or self.revisits
        )
