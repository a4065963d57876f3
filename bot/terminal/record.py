"""A logged decision as lines of text, for a person at a terminal."""

from collections.abc import Iterator

from bot.hearing import Hearing
from bot.names import DIAGNOSES, LEVERS
from bot.terminal.lines import Line, quoted
from decision.evidence import Case
from decision.policy import Policy
from decision.verdict import Verdict
from storage.findings import DecisionRecord


def record_lines(record: DecisionRecord, policy: Policy) -> Iterator[Line]:
    """What was decided, by whom and why, what was said, and what happened after."""
    decided = record.decided
    yield Line(f"{decided.id}: {_lever(decided.lever)}", "title")
    yield Line(decided.title, "strong")
    yield Line(f"{decided.state}, {decided.at:%Y-%m-%d}, by {decided.by_name or decided.by}")
    if decided.note:
        yield Line(f"Note: {decided.note}")
    yield from _said(record, policy)
    if record.verdict is not None:
        yield from _advised(record.verdict)
    yield from _afterwards(record)


def _said(record: DecisionRecord, policy: Policy) -> Iterator[Line]:
    told = [told for told in Hearing(policy).counting(Case(record.evidence)) if told.sure]
    yield from _heading("What was said")
    for one in told:
        yield Line(f"- {one.says}" + (f" (“{one.quote}”)" if one.quote else ""))
    if record.evidence_removed is not None:
        yield Line(f"It was deleted on {record.evidence_removed:%Y-%m-%d}, as it is kept no longer.")
    elif not told:
        yield Line("Nothing certain was said about the case before the decision.")


def _advised(verdict: Verdict) -> Iterator[Line]:
    where = max(verdict.diagnosis, key=lambda name: verdict.diagnosis[name])
    yield from _heading("What was advised")
    yield Line(f"{_lever(verdict.lever)}, {verdict.confidence:.0%} sure. Where it fails: {DIAGNOSES[where]}.")
    for number, reason in enumerate(verdict.reasons, 1):
        yield Line(f"{number}. {reason.text}.")
        yield from quoted(reason.citation, indent=3)
    if verdict.warnings:
        yield from _heading("Watch out")
        for caution in verdict.warnings:
            yield Line(f"- {caution.text}", "warning")
    if verdict.flips:
        yield from _heading("What would change this")
        for flip in verdict.flips:
            yield Line(f"- {flip.text}")


def _afterwards(record: DecisionRecord) -> Iterator[Line]:
    if record.reviews or record.outcomes:
        yield from _heading("What happened after")
    for review in record.reviews:
        lever = f", {_lever(review.lever)}" if review.lever else ""
        reason = f": {review.reason}" if review.reason else ""
        yield Line(f"- {review.at:%Y-%m-%d}, {review.by_name or review.by}: {review.what}{lever}{reason}")
    for seen in record.outcomes:
        note = f": {seen.note}" if seen.note else ""
        result = seen.result.replace("_", " ")
        yield Line(f"- {seen.at:%Y-%m-%d}, {seen.by_name or seen.by}: {result}{note}")


def _heading(text: str) -> Iterator[Line]:
    yield Line()
    yield Line(text, "title")


def _lever(lever: str) -> str:
    return LEVERS.get(lever, lever)
