"""Write a turn with everything it led to, within one transaction of the caller."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from storage import revisits
from storage.bodies import to_json
from storage.database import insert, stored
from storage.decisions import add_look, add_outcome, add_review, ask_outcome, decide
from storage.errors import LeaseLostError, UnknownRowError
from storage.instant import to_text
from storage.records import Feedback, Message, Turn
from storage.standing import newest
from storage.threads import find_or_open

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_DONE = (
    "UPDATE inbox SET done_at = :now, error = '' WHERE id = :id AND attempts = :attempt AND done_at IS NULL"
)


def write_turn(tables: "Tables", turn: Turn, now: datetime) -> None:
    """Write all of it; the order of the parts is the order in which they depend on each other.

    Raises:
        LeaseLostError: the claimed row is no longer ours, or done.
        AlreadyDecidedError: its decision is about a verdict that was logged before.
        MeanwhileError: what it says of a decision was said to an earlier state of it.
        AlreadyAskedError: it asks how a decision turned out, and another turn did.
        UnknownRowError: it names a turn or decision that the log does not hold.
    """
    _finish_claim(tables, turn, now)
    number = _start(tables, turn, now)
    _write_message(tables, turn, number, now)
    _write_reset(tables, turn, number)
    _write_evidence(tables, turn, number)
    revisits.note_met(tables, turn, number, now)
    _write_answer(tables, turn, number)
    _write_question(tables, turn, number)
    _write_verdict(tables, turn, number)
    if turn.decision is not None:
        decide(tables, turn, turn.decision, number, now)
    for review in turn.reviews:
        add_review(tables, review, now)
    for outcome in turn.outcomes:
        add_outcome(tables, outcome, now)
    for look in turn.looks:
        add_look(tables, look, now)
    if turn.asks is not None:
        ask_outcome(tables, turn.asks, number, now)
    for feedback in turn.feedback:
        add_feedback(tables, feedback, now)
    if turn.gap:
        insert(tables, "gaps", turn_id=number, thread_id=turn.thread_id, text=turn.gap, by=turn.by)
    for reply in turn.replies:
        queue_reply(tables, turn.thread_id, number, reply, now)
    for other in turn.elsewhere:
        queue_reply(tables, find_or_open(tables, other.place, turn.by, "", now), number, other.body, now)


def queue_reply(tables: "Tables", thread_id: str, turn_id: int | None, body: str, now: datetime) -> int:
    """Put a reply (JSON) at the end of its thread's outbox and give its number."""
    return insert(
        tables,
        "outbox",
        thread_id=thread_id,
        turn_id=turn_id,
        body=body,
        queued_at=now,
        free_at=now,
    )


def add_feedback(tables: "Tables", feedback: Feedback, now: datetime) -> None:
    """Write what a person thinks of a turn. Raises UnknownRowError when there is no such turn."""
    found = tables.execute("SELECT id FROM turns WHERE key = ?", [feedback.turn]).fetchone()
    if found is None:
        raise UnknownRowError(f"there is no turn {feedback.turn!r}")
    insert(
        tables,
        "feedback",
        turn_id=found[0],
        value=feedback.value,
        note=feedback.note,
        by=feedback.by,
        given_at=now,
    )


def _finish_claim(tables: "Tables", turn: Turn, now: datetime) -> None:
    claim = turn.claim
    if claim is None:
        return
    if claim.thread_id != turn.thread_id:
        raise ValueError(f"the claim is of thread {claim.thread_id}, the turn of {turn.thread_id}")
    values = {"now": to_text(now), "id": claim.id, "attempt": claim.attempt}
    if tables.execute(_DONE, values).rowcount != 1:
        raise LeaseLostError(f"incoming row {claim.id} was taken over by another worker, or is done")


def _start(tables: "Tables", turn: Turn, now: datetime) -> int:
    if not tables.execute("SELECT 1 FROM threads WHERE id = ?", [turn.thread_id]).fetchone():
        raise UnknownRowError(f"there is no thread {turn.thread_id!r}")
    if turn.title:
        title = {"title": stored(turn.title), "id": turn.thread_id}
        tables.execute("UPDATE threads SET title = :title WHERE id = :id AND title = ''", title)
    made = turn.provenance
    return insert(
        tables,
        "turns",
        key=turn.key,
        thread_id=turn.thread_id,
        inbox_id=turn.claim.id if turn.claim else None,
        by=turn.by,
        reader=made.reader,
        model=made.model,
        policy=made.policy,
        prompt=made.prompt,
        calls=made.calls,
        tokens_in=made.tokens_in,
        tokens_cached=made.tokens_cached,
        tokens_out=made.tokens_out,
        cost_usd=made.cost_usd,
        elapsed_ms=made.elapsed_ms,
        recorded_at=now,
    )


def _write_message(tables: "Tables", turn: Turn, number: int, now: datetime) -> None:
    message, claim = turn.message, turn.claim
    if message is None and claim is not None:
        message = Message(claim.author, claim.text, claim.kind, claim.author_name, claim.received_at)
    if message is None:
        return
    insert(
        tables,
        "messages",
        thread_id=turn.thread_id,
        turn_id=number,
        kind=message.kind,
        author=message.author,
        author_name=message.author_name,
        text=message.text,
        sent_at=message.sent_at or now,
    )


def _write_reset(tables: "Tables", turn: Turn, number: int) -> None:
    if turn.reset:
        insert(tables, "resets", turn_id=number, thread_id=turn.thread_id, by=turn.by)


def _write_evidence(tables: "Tables", turn: Turn, number: int) -> None:
    for item in turn.evidence:
        insert(
            tables,
            "evidence",
            thread_id=turn.thread_id,
            turn_id=number,
            factor=item.factor,
            value=item.value,
            quote=item.quote,
            source=item.source,
            certainty=item.certainty,
            alternatives=json.dumps(item.alternatives, ensure_ascii=False),
            by=turn.by,
        )


def _write_answer(tables: "Tables", turn: Turn, number: int) -> None:
    if not turn.answers:
        return
    found = tables.execute(newest("questions"), {"turn": turn.answers}).fetchone()
    if found is None:
        raise UnknownRowError(f"no question was open at turn {turn.answers!r}")
    insert(tables, "answers", turn_id=number, question_id=found[0])


def _write_question(tables: "Tables", turn: Turn, number: int) -> None:
    if turn.question is not None:
        insert(
            tables,
            "questions",
            thread_id=turn.thread_id,
            turn_id=number,
            factor=turn.question.factor,
            text=turn.question.text,
            body=to_json(turn.question),
        )


def _write_verdict(tables: "Tables", turn: Turn, number: int) -> None:
    verdict = turn.verdict
    if verdict is not None:
        insert(
            tables,
            "verdicts",
            thread_id=turn.thread_id,
            turn_id=number,
            lever=verdict.lever,
            confidence=verdict.confidence,
            final=verdict.final,
            policy=verdict.policy,
            body=to_json(verdict),
        )
