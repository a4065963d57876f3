"""One decision with all that led to it and followed it, and what a lead may say about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import quote

from starlette.responses import Response

from bot import digest_wording
from bot.access import shown
from bot.console.pages.threads import lines
from bot.console.visit import NOT_HERE, NOT_YOURS, Visit, see
from bot.hearing import SURE, WORTH_SAYING
from bot.names import LEVERS
from bot.reviewing import ReviewError
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
STALE = "Somebody said how it turned out meanwhile; see the history, then say it again."
_ONE_BY_ONE = Lock()
"""Held while an outcome is compared with those there are and kept: one process serves the console."""


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
    return _page(visit, DONE.get(visit.asked("done"), ""))


def back(visit: Visit) -> Response:
    """To the page, for whoever reloads the address of one of its forms."""
    return see(f"/decisions/{quote(visit.request.path_params['id'], safe='')}")


def review(visit: Visit) -> Response:
    """Keep an approval, an override or a comment."""
    record, seen = _found(visit)
    if not visit.me.lead or not seen:
        raise NOT_YOURS
    if visit.form.get("seen", "") != str(len(record.reviews)):
        return _page(visit, "", "Somebody reviewed this meanwhile; see the history, then say it again.", 409)
    return _kept(
        visit,
        "review",
        lambda said: visit.site.reviewing.review(
            visit.me.guest, record.decided.id, said("what"), said("reason"), said("lever")
        ),
    )


def outcome(visit: Visit) -> Response:
    """Keep how it turned out; whoever sees the whole of it may say."""
    with _ONE_BY_ONE:
        return _outcome(visit)


def _outcome(visit: Visit) -> Response:
    record, seen = _found(visit)
    if seen != "whole":
        raise NOT_YOURS
    if visit.form.get("seen", "") != str(len(record.outcomes)):
        return _page(visit, "", STALE, 409)
    return _kept(
        visit,
        "outcome",
        lambda said: visit.site.reviewing.outcome(
            visit.me.guest,
            record.decided.id,
            said("result"),
            said("note"),
            (said("measure"), said("before"), said("after")),
        ),
    )


def look_again(visit: Visit) -> Response:
    """Set a day for another look."""
    record, _ = _found(visit)
    if not visit.me.lead:
        raise NOT_YOURS
    return _kept(
        visit,
        "look",
        lambda said: visit.site.reviewing.look_again(
            visit.me.guest, record.decided.id, said("day"), said("look_for")
        ),
    )


def _kept(visit: Visit, what: str, keep: Callable[[Callable[[str], str]], object]) -> Response:
    try:
        keep(lambda name: visit.form.get(name, "").strip())
    except ReviewError as error:
        return _page(visit, "", str(error), 422)
    return see(f"/decisions/{visit.request.path_params['id']}?done={what}")


def _found(visit: Visit) -> tuple[DecisionRecord, Seen]:
    decision = visit.request.path_params["id"]
    seen = visit.site.listing.seen(visit.me.sight, decision)
    record = visit.site.archive.decision(decision) if seen else None
    if record is None:
        raise NOT_HERE
    return shown(record, seen), seen


def _page(visit: Visit, done: str, trouble: str = "", status: int = 200) -> Response:
    record, seen = _found(visit)
    site, decided, verdict = visit.site, record.decided, record.verdict
    case = Case(record.evidence)
    days = site.looks.of(decided.id)
    return visit.show(
        "decision.html",
        status,
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
        done=done,
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
