"""Decisions as Markdown architectural decision records (MADR 4), one file each. Pure.

What people wrote is made harmless: it cannot start a heading, a link or a tag of its own.
"""

import json
import re
from collections.abc import Iterator, Mapping

from decision.evidence import NOT_SURE, Case, Evidence
from decision.verdict import Verdict
from storage.findings import Decided, DecisionRecord

_NAMES: Mapping[str, str] = {}
SAID = 0.75
"""What was read with less certainty was guessed, and is no part of what was said."""
_MARKS = re.compile(r"([\\`*_\[\]<>#|~&!])")


def file_name(decided: Decided) -> str:
    """`d-7f3k-support-bot-invents-prices.md`."""
    words = re.findall(r"[a-z0-9]+", decided.title.lower())
    return "-".join([decided.id, *words])[:60].rstrip("-") + ".md"


def as_madr(record: DecisionRecord, names: Mapping[str, str] = _NAMES) -> str:
    """The text of one file. `names` says how a lever is called; without a name its id is shown."""
    decided, verdict = record.decided, record.verdict
    lines = [*_front_matter(record), f"# {_line(decided.title) or decided.id}", ""]
    lines += ["## Context and Problem Statement", "", *_context(record), ""]
    lines += ["## Considered Options", "", *_options(record, names), ""]
    lines += ["## Decision Outcome", "", *_outcome(record, names), ""]
    if verdict is not None and verdict.reasons:
        lines += ["### Reasons", "", *_reasons(verdict), ""]
    if verdict is not None and verdict.warnings:
        lines += ["### Consequences", "", *_consequences(verdict), ""]
    if verdict is not None and verdict.flips:
        lines += ["### What would change it", "", *(f"- {_line(flip.text)}" for flip in verdict.flips), ""]
    if record.reviews or record.outcomes:
        lines += ["## More Information", "", *_afterwards(record, names), ""]
    return "\n".join(lines)


def _front_matter(record: DecisionRecord) -> list[str]:
    """YAML, with strings in JSON's notation, which YAML reads too."""
    decided = record.decided
    status = "accepted"
    if decided.state == "overridden" and decided.lever == decided.first_lever:
        status = "rejected"
    makers = dict.fromkeys([_who(decided.by, decided.by_name), *_deciders(record)])
    return [
        "---",
        f"status: {status}",
        f"date: {decided.at.date().isoformat()}",
        f"decision-makers: {json.dumps(list(makers), ensure_ascii=False)}",
        "---",
        "",
    ]


def _deciders(record: DecisionRecord) -> Iterator[str]:
    for review in record.reviews:
        if review.what != "commented":
            yield _who(review.by, review.by_name)


def _context(record: DecisionRecord) -> Iterator[str]:
    counting = (item for held in Case(record.evidence).current.values() for item in held)
    said = [item for item in counting if item.value != NOT_SURE and item.certainty >= SAID]
    if record.evidence_removed is not None:
        yield f"What was said was deleted on {record.evidence_removed:%Y-%m-%d}, as it is kept no longer."
    elif not said:
        yield "Nothing certain was said about the case before the decision."
    for item in said:
        yield f"- {_line(item.factor)}: {_line(item.value)}{_said(item)}"


def _said(item: Evidence) -> str:
    if item.quote:
        return f" (“{_line(item.quote)}”)"
    return " (measured)" if item.source == "trial" else ""


def _options(record: DecisionRecord, names: Mapping[str, str]) -> Iterator[str]:
    levers = dict(record.verdict.levers) if record.verdict else {}
    for lever in sorted(levers, key=lambda name: -levers[name]):
        yield f"- {_name(lever, names)} ({levers[lever]:.0%})"
    for lever in dict.fromkeys([record.decided.first_lever, record.decided.lever]):
        if lever not in levers:
            yield f"- {_name(lever, names)}"


def _outcome(record: DecisionRecord, names: Mapping[str, str]) -> Iterator[str]:
    decided, verdict = record.decided, record.verdict
    chosen = f"Chosen option: “{_name(decided.lever, names)}”"
    if decided.lever != decided.first_lever:
        yield f"{chosen}, which a review put in the place of “{_name(decided.first_lever, names)}”."
    elif decided.own and verdict is not None:
        yield f"{chosen}, instead of the advised “{_name(verdict.lever, names)}”."
    elif verdict is not None:
        yield f"{chosen}, because {_line(verdict.headline)} (confidence {verdict.confidence:.0%})"
    else:
        yield f"{chosen}."
    if decided.note:
        yield ""
        yield _line(decided.note)


def _reasons(verdict: Verdict) -> Iterator[str]:
    for reason in verdict.reasons:
        cited = reason.citation
        yield f"- {_line(reason.text)}: “{_line(cited.quote)}” ({_line(cited.passage.id)})"


def _consequences(verdict: Verdict) -> Iterator[str]:
    for warning in verdict.warnings:
        yield f"- Bad, because {_line(warning.text)} ({_line(warning.citation.passage.id)})"


def _afterwards(record: DecisionRecord, names: Mapping[str, str]) -> Iterator[str]:
    for review in record.reviews:
        who, day = _line(_who(review.by, review.by_name)), review.at.date().isoformat()
        lever = f" by “{_name(review.lever, names)}”" if review.lever else ""
        reason = f": {_line(review.reason)}" if review.reason else ""
        yield f"- {day}, {who}: {review.what}{lever}{reason}"
    for seen in record.outcomes:
        who, day = _line(_who(seen.by, seen.by_name)), seen.at.date().isoformat()
        measured = f"{seen.measure} {seen.before} → {seen.after}" if seen.after else seen.measure
        note = "".join(f": {_line(said)}" for said in (measured, seen.note) if said.strip())
        yield f"- {day}, {who}: {seen.result.replace('_', ' ')}{note}"


def _name(lever: str, names: Mapping[str, str]) -> str:
    return _line(names.get(lever, lever.replace("_", " ")))


def _who(by: str, by_name: str) -> str:
    return by_name or by


def _line(text: str) -> str:
    """Text on one line, with everything that Markdown or HTML would act on escaped."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
