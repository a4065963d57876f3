"""The assessment of one message as `ask` prints it: one JSON document, and the same in words."""

from collections.abc import Callable
from typing import Any

from decision.assess import Assessment, Guidance, assess
from decision.citation import Citation, Reason
from decision.economics import Bill, bills
from decision.evidence import Case, Evidence
from decision.policy import Policy
from decision.reader import Reader, Reading
from decision.verdict import Question, Step, Verdict

Answer = Callable[[str], tuple[Citation, ...]]
"""Quotes that answer a message that is a question about the guidance; none for any other message."""

_NO_ADVICE: dict[str, Any] = {"question": None, "reasons": [], "steps": [], "warnings": [], "flips": []}


def ask(reader: Reader, policy: Policy, guidance: Guidance, answer: Answer, message: str) -> dict[str, Any]:
    """What reader and policy make of a message that opens a case, and what the guidance answers to it."""
    reading = reader.read(message, Case(), None)
    case = Case(reading.evidence)
    quotes = answer(message)
    return as_document(reading, assess(policy, case, guidance), bills(case), quotes)


def as_document(
    reading: Reading,
    assessment: Assessment,
    bills: tuple[Bill, ...] = (),
    quotes: tuple[Citation, ...] = (),
) -> dict[str, Any]:
    """The keys that the README documents. An off-topic message has no question and no reasons, and no
    confidence: its verdict is only where the policy stands before anything is known.
    """
    verdict, off_topic = assessment.verdict, reading.kind == "off_topic" and not quotes
    advice = _NO_ADVICE if off_topic else _advice(assessment)
    return {
        "off_topic": off_topic,
        "language": reading.language,
        "read_in_part": reading.partly,
        "note": reading.note,
        "diagnosis": _rounded(verdict.diagnosis),
        "verdict": _verdict(verdict) | ({"headline": "", "confidence": 0.0} if off_topic else {}),
        "evidence": [_evidence(item) for item in reading.evidence],
        **advice,
        "economics": [_bill(bill) for bill in bills],
        "answer": [_citation(quote) for quote in quotes],
    }


def _advice(assessment: Assessment) -> dict[str, Any]:
    verdict = assessment.verdict
    return {
        "question": None if assessment.question is None else _question(assessment.question),
        "reasons": [_reason(reason) for reason in verdict.reasons],
        "steps": [_step(step) for step in verdict.steps],
        "warnings": [
            {"id": caution.id, "text": caution.text, "citation": _citation(caution.citation)}
            for caution in verdict.warnings
        ],
        "flips": [
            {"changes": dict(flip.changes), "lever": flip.lever, "text": flip.text} for flip in verdict.flips
        ],
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "factor": item.factor,
        "value": item.value,
        "quote": item.quote,
        "source": item.source,
        "certainty": round(item.certainty, 3),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "text": step.text,
        "state": step.state,
        "citation": _citation(step.citation),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "lever": verdict.lever,
        "headline": verdict.headline,
        "confidence": round(verdict.confidence, 4),
        "levers": _rounded(verdict.levers),
        "final": verdict.final,
        "policy": verdict.policy,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "factor": question.factor,
        "text": question.text,
        "many": question.many,
        "options": [{"value": option.value, "label": option.label} for option in question.options],
        "why": _reason(question.why),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"text": reason.text, "citation": _citation(reason.citation)}


def _citation(citation: Citation) -> dict[str, str]:
    return {
        "passage": citation.passage.id,
        "heading": citation.passage.heading,
        "quote": citation.quote,
    }


def _bill(bill: Bill) -> dict[str, Any]:
    costs = ("prompt", "prompt_cached", "retrieval", "tuned_by_token", "tuned_dedicated")
    return {
        "model": bill.model,
        "as_of": bill.as_of,
        "dollars_a_month": {cost: round(getattr(bill, cost), 2) for cost in costs},
        "break_even_requests": {"by_token": bill.break_even_by_token, "dedicated": bill.break_even_dedicated},
    }


def _rounded(shares: Any) -> dict[str, float]:
    return {name: round(share, 4) for name, share in shares.items()}
