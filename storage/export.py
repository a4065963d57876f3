"""Decisions in the forms that other tools read: JSON, and CSV that a spreadsheet will not run. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from storage.bodies import to_json
from storage.findings import Decided, DecisionRecord
from storage.instant import to_text

_COLUMNS = (
    "id",
    "thread",
    "platform",
    "lever",
    "first_lever",
    "own",
    "state",
    "outcome",
    "by",
    "at",
    "title",
    "note",
)
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or hides one behind."""


def summary(decided: Decided) -> dict[str, Any]:
    """One decision as a flat row, fit for JSON."""
    return {
        "id": decided.id,
        "thread": decided.thread_id,
        "platform": decided.place.platform,
        "lever": decided.lever,
        "first_lever": decided.first_lever,
        "own": decided.own,
        "state": decided.state,
        "outcome": decided.outcome,
        "by": decided.by_name or decided.by,
        "at": to_text(decided.at),
        "title": decided.title,
        "note": decided.note,
    }


def details(record: DecisionRecord) -> dict[str, Any]:
    """One decision with its verdict, evidence, reviews and outcomes, fit for JSON."""
    return {
        **summary(record.decided),
        "verdict": json.loads(to_json(record.verdict)) if record.verdict else None,
        "evidence_removed_at": to_text(record.evidence_removed) if record.evidence_removed else None,
        "evidence": [
            {"factor": item.factor, "value": item.value, "quote": item.quote, "source": item.source}
            for item in record.evidence
        ],
        "reviews": [
            {
                "what": review.what,
                "lever": review.lever,
                "by": review.by_name or review.by,
                "reason": review.reason,
                "at": to_text(review.at),
            }
            for review in record.reviews
        ],
        "outcomes": [
            {
                "result": seen.result,
                "measure": seen.measure,
                "before": seen.before,
                "after": seen.after,
                "note": seen.note,
                "by": seen.by_name or seen.by,
                "at": to_text(seen.at),
            }
            for seen in record.outcomes
        ],
    }


def as_json(records: Iterable[DecisionRecord]) -> str:
    """All of it, as one JSON list."""
    return json.dumps([details(record) for record in records], ensure_ascii=False, indent=2) + "\n"


def as_csv(decisions: Iterable[Decided]) -> str:
    """A row a decision under a row of headings (RFC 4180)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows(_harmless(summary(decided)) for decided in decisions)
    return text.getvalue()


def _harmless(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
