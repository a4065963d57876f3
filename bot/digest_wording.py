"""A digest in words that are the same on every platform: headings with a few lines each. Pure.

A platform styles and escapes them, and links what a line is about. Nothing here is longer than a line on a
phone needs to be: what is left out of the digest is in the thread under it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.names import DIAGNOSES, ONE_WORD
from bot.news import (
    NOWHERE,
    CameIn,
    Failing,
    LeverWeeks,
    Made,
    Needs,
    News,
    Overruled,
    Revisit,
    Waiting,
    Where,
)

RESULTS = {
    "worked": "it helped",
    "partly": "it helped in part",
    "did_not_work": "it did not help",
    "too_early": "too early to say",
}
"""How an outcome is called, and what a person can tap."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what stands out in it (`lead`), the rest, and the thread to link, if there is one."""

    lead: str
    text: str
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `more` says what was left out, or nothing."""

    heading: str
    entries: tuple[Entry, ...]
    more: str = ""


def title(news: News) -> str:
    """The dates that a digest is about: “Decisions, 16 to 23 November”."""
    since, until = date.fromisoformat(news.since), date.fromisoformat(news.until)
    if since == until:
        return f"Decisions, {until.day} {until:%B}"
    first = f"{since.day}"
    if (since.month, since.year) != (until.month, until.year):
        first += f" {since:%B}"
    if since.year != until.year:
        first += f" {since.year}"
    return f"Decisions, {first} to {until.day} {until:%B}"


def summary(news: News) -> str:
    """The week in one sentence; for a quiet week it is all there is to say."""
    waits = ""
    if news.all_waiting:
        oldest = "the oldest for" if news.all_waiting > 1 else "for"
        age = f", {oldest} {_days(news.oldest_waiting)}" if news.oldest_waiting else ""
        waits = f"{_many(news.all_waiting, 'verdict waits', 'verdicts wait')} to be logged{age}."
    if news.quiet:
        return f"A quiet week: nothing was decided. {waits}".strip()
    happened = [_many(news.decisions, "decision", "decisions") if news.decisions else "No decision"]
    if news.all_outcomes:
        happened.append(_many(news.all_outcomes, "outcome", "outcomes"))
    if news.approved:
        happened.append(_many(news.approved, "approval", "approvals"))
    if news.all_overruled:
        happened.append(_many(news.all_overruled, "overruling", "overrulings"))
    if news.decisions > 1:
        happened[0] += f" ({_levers(news)})" if _levers(news) else ""
    return f"{', '.join(happened)}. {waits}".strip()


def sections(news: News) -> list[Section]:
    """What the digest lists, the most telling first; nothing for a quiet week in which nothing waits."""
    return [section for section in _sections(news) if section.entries]


def alt_text(levers: LeverWeeks) -> str:
    """The chart for somebody who does not see it."""
    if not levers.counts:
        return "Levers by week: no decision in these weeks."
    parts = [f"{ONE_WORD.get(lever, lever)} {', '.join(map(str, counts))}" for lever, counts in levers.counts]
    first, last = short_day(levers.weeks[0]), short_day(levers.weeks[-1])
    return f"Decisions by lever, a number a week from {first} to {last}: {'; '.join(parts)}."


def _sections(news: News) -> Iterator[Section]:
    left = news.decisions - len(news.made)
    yield Section("Decided", tuple(map(_made, news.made)), _more(left))
    left = news.all_outcomes - len(news.outcomes)
    yield Section("How decisions turned out", tuple(map(_came_in, news.outcomes)), _more(left))
    left = news.all_overruled - len(news.overruled)
    yield Section("Overruled", tuple(map(_overruled, news.overruled)), _more(left))
    left = news.all_revisits - len(news.revisits)
    yield Section("Worth another look", tuple(map(_revisit, news.revisits)), _more(left))
    left = news.all_waiting - len(news.waiting)
    yield Section("Verdicts not logged yet", tuple(map(_waiting, news.waiting)), _more(left))
    yield Section("Needs somebody", tuple(map(_needs, news.needs)))
    yield Section("What fails most", tuple(map(_failing, news.failing)))
    left = news.all_gaps - len(news.gaps)
    gaps = tuple(
        Entry("", f"“{one.asked}”" + (f", {one.times} times" if one.times > 1 else "")) for one in news.gaps
    )
    yield Section("The guidance could not answer", gaps, _more(left))


def _made(one: Made) -> Entry:
    return Entry(_lever(one.lever), _said(one.title, one.by, one.decision, one.why), one.where)


def _came_in(one: CameIn) -> Entry:
    told = measured(one.measure, one.before, one.after)
    said = "; ".join(part for part in (told, one.note) if part)
    return Entry(
        RESULTS.get(one.result, one.result).capitalize(),
        f"{_lever(one.lever)}, {_said(one.title, one.by, one.decision, said)}",
        one.where,
    )


def measured(measure: str, before: str, after: str) -> str:
    """What was measured, before and after, in a few words; empty when nothing was."""
    if before and after:
        return f"{measure} from {before} to {after}".strip()
    once = f"{before} before" if before else f"{after} after" if after else ""
    return ": ".join(part for part in (measure, once) if part)


def _overruled(one: Overruled) -> Entry:
    change = (
        f"{_lever(one.lever)} instead of {_lever(one.before)}" if one.lever else f"not {_lever(one.before)}"
    )
    return Entry(change, _said(one.title, one.by, one.decision, one.why), one.where)


def _revisit(one: Revisit) -> Entry:
    flip = one.flip.rstrip(".")
    said = f"{_bare(one.title)} ({one.decision}). {flip}; now see “{one.named}”"
    return Entry(_lever(one.lever), said, one.where)


def _said(title: str, by: str, decision: str, said: str) -> str:
    return f"{_bare(title)} ({by}, {decision})" + (f": {said}" if said else "")


def _bare(title: str) -> str:
    return title.rstrip(" .")


def _waiting(one: Waiting) -> Entry:
    age = f", for {_days(one.days)}" if one.days else ""
    return Entry(_lever(one.lever), f"{_bare(one.title)}{age}", one.where)


def _needs(one: Needs) -> Entry:
    title, days = _bare(one.title), _days(one.days)
    if one.to == "answer":
        return Entry("", f"{title}: for {days} nobody answered “{one.about}”", one.where)
    if one.to == "logging":
        return Entry("", f"{title}: {_lever(one.about)} was advised {days} ago, and not logged", one.where)
    said = f": “{one.about}”" if one.about else ""
    return Entry("", f"{title}: the verdict was found not right{said}", one.where)


def _failing(one: Failing) -> Entry:
    usual = f", {one.usual:.0%} in the weeks before" if one.usual is not None else ""
    return Entry(DIAGNOSES[one.diagnosis], f"{one.count:,} of {one.cases:,} cases{usual}")


def _levers(news: News) -> str:
    """The levers with their counts, the most frequent first."""
    return ", ".join(f"{count:,} {_lever(lever)}" for lever, count in news.decided[:3])


def _lever(lever: str) -> str:
    return ONE_WORD.get(lever, lever)


def _more(left: int) -> str:
    return f"and {left:,} more" if left > 0 else ""


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def short_day(day: str) -> str:
    """“28 Sep” for an ISO date."""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%b}"
