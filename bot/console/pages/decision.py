"""One decision with all that led to it and followed it, and what a lead may say about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from starlette.responses import Response

from bot import digest_wording
from bot.access import shown
from bot.console.pages.threads import lines
from bot.console.visit import NOT_HERE, Visit, see
from bot.hearing import SURE, WORTH_SAYING
from bot.names import LEVERS
from decision.citation import Citation
from decision.economics import bills
from decision.evidence import NOT_SURE, Case, Evidence
from storage.findings import DecisionRecord
from storage.listing import Seen
from storage.looks import Look

DONE = {
    "review": "Your review is kept, and told in the thread.",
    "outcome": "The outcome is kept, and told in the thread.",
    "look": "The day is kept.",
}
MOST_PRECEDENTS = 3

Form = Literal["review", "outcome", "look"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why what a form said was not kept; it is told at that form."""

    form: Form
    says: str
    status: int = 422


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of evidence in words: what was asked, what counts, and the person's own words."""

    question: str
    says: str
    quote: str
    source: str
    surely: bool = True
    """Whether it was read without doubt; what was not is only probably so."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A quote in its passage, with what stands around it; both are empty once the guidance has changed."""

    quote: str
    before: str
    after: str
    heading: str
    document: str
    anchor: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Past:
    """One line of a decision's history."""

    at: datetime
    by: str
    did: str
    said: str


def show(visit: Visit) -> Response:
    """The page."""
    return page(visit)


def back(visit: Visit) -> Response:
    """To the page, for whoever reloads the address of one of its forms."""
    return see(f"/decisions/{quote(visit.request.path_params['id'], safe='')}")


def found(visit: Visit) -> tuple[DecisionRecord, Seen]:
    """The decision that is asked for, as far as it may be seen. Raises Sorry where it may not."""
    decision = visit.request.path_params["id"]
    seen = visit.site.listing.seen(visit.me.sight, decision)
    record = visit.site.archive.decision(decision) if seen else None
    if record is None:
        raise NOT_HERE
    return shown(record, seen), seen


def page(visit: Visit, trouble: Trouble | None = None) -> Response:
    """The page; with trouble, what was typed stands in its forms still."""
    record, seen = found(visit)
    site, decided, verdict = visit.site, record.decided, record.verdict
    case = Case(record.evidence)
    days = site.looks.of(decided.id)
    return visit.show(
        "decision.html",
        trouble.status if trouble else 200,
        one=decided,
        verdict=verdict,
        whole=seen == "whole",
        reasons=[(reason.text, _proof(visit, reason.citation)) for reason in verdict.reasons]
        if verdict
        else [],
        warnings=[(one.text, _proof(visit, one.citation)) for one in verdict.warnings] if verdict else [],
        heard=list(_heard(visit, case)),
        bills=bills(case),
        precedents=_precedents(visit, record),
        history=sorted(_history(record, days), key=lambda past: past.at),
        lines=lines(visit, decided.thread_id) if seen == "whole" else [],
        look=days[-1] if days and days[-1].day else None,
        reviews=len(record.reviews),
        told=len(record.outcomes),
        today=site.now().date().isoformat(),
        done=DONE.get(visit.asked("done"), "") if trouble is None else "",
        trouble=trouble,
        form=visit.form if trouble else {},
    )


def _heard(visit: Visit, case: Case) -> Iterator[Heard]:
    for held in case.current.values():
        for item in held:
            guessed = item.source == "quote" and item.certainty < SURE
            if item.value != NOT_SURE and not _weak(visit, item):
                yield Heard(*_words(visit, item), item.quote, item.source, not guessed)


def _weak(visit: Visit, item: Evidence) -> bool:
    """Whether the bot would not say it back either: nobody said it, and it hardly counts."""
    factor = visit.site.policy.factors.get(item.factor)
    return (factor is not None and factor.weak) or (item.source == "quote" and item.certainty < WORTH_SAYING)


def _words(visit: Visit, item: Evidence) -> tuple[str, str]:
    factor = visit.site.policy.factors.get(item.factor)
    choice = factor.options.get(item.value) if factor else None
    if factor is None or choice is None:  # another policy's
        return item.factor.replace("_", " "), item.value.replace("_", " ")
    return factor.question, choice.label


def _proof(visit: Visit, citation: Citation) -> Proof:
    cited = citation.passage
    passage = visit.site.library.passage(cited.id)
    before, stands, after = passage.text.partition(citation.quote) if passage else ("", "", "")
    if not stands:
        before = after = ""
    document, _, anchor = cited.id.partition("/")
    return Proof(
        citation.quote,
        before,
        after,
        cited.heading,
        cited.document or document,
        anchor or cited.id,
        bool(stands),
    )


def _precedents(visit: Visit, record: DecisionRecord) -> list[object]:
    said = " ".join([record.decided.title, *(item.quote for item in record.evidence)])
    found = visit.site.archive.precedents(
        said, record.decided.place, record.decided.thread_id, MOST_PRECEDENTS
    )
    return [one for one in found if visit.site.listing.seen(visit.me.sight, one.id)]


def _history(record: DecisionRecord, days: list[Look]) -> Iterator[Past]:
    decided = record.decided
    did = f"logged {LEVERS.get(decided.first_lever, decided.first_lever)}"
    if decided.own and record.verdict is not None:
        did += f" instead of the advised {LEVERS[record.verdict.lever]}"
    yield Past(decided.at, decided.by_name or decided.by, did, decided.note)
    for one in record.reviews:
        what = one.what
        lever = f": {LEVERS.get(one.lever, one.lever)}" if one.lever else ""
        yield Past(one.at, one.by_name or one.by, f"{what}{lever}", one.reason)
    for seen in record.outcomes:
        told = digest_wording.measured(seen.measure, seen.before, seen.after)
        said = "; ".join(part for part in (told, seen.note) if part)
        yield Past(seen.at, seen.by_name or seen.by, f"says: {digest_wording.RESULTS[seen.result]}", said)
    for look in days:
        did = f"set {look.day} for another look" if look.day else "took the day for another look back"
        yield Past(look.at, look.by, did, look.note)
