"""Write decisions and what follows them, within one transaction of the caller; none is ever overwritten."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from storage import revisits
from storage.database import insert
from storage.errors import AlreadyAskedError, AlreadyDecidedError, MeanwhileError, UnknownRowError
from storage.records import AskedOutcome, NewDecision, NewLook, Outcome, Review, Turn
from storage.standing import COUNTS_FROM, newest

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_QUOTES = f"""SELECT quote FROM evidence
    WHERE thread_id = :thread AND turn_id >= {COUNTS_FROM} AND turn_id <= :until AND quote <> ''
    GROUP BY quote ORDER BY min(id)"""  # noqa: S608  # our own words only


_OUTCOMES = """SELECT trim(measure || ' ' || note) FROM outcomes
    WHERE decision_id = (SELECT id FROM decisions WHERE number = ?) ORDER BY id"""


_NEWEST_LOOK = "SELECT day, note, by FROM looks_again WHERE decision_id = ? ORDER BY id DESC LIMIT 1"


def decide(tables: "Tables", turn: Turn, decision: NewDecision, number: int, now: datetime) -> None:
    """Write the decision of turn number `number`, and its words for the search of precedents."""
    verdict_id = _verdict(tables, turn, decision)
    title = decision.title or _title(tables, turn.thread_id)
    row = insert(
        tables,
        "decisions",
        id=decision.id,
        thread_id=turn.thread_id,
        turn_id=number,
        verdict_id=verdict_id,
        lever=decision.lever,
        own=decision.own,
        by=decision.by,
        by_name=decision.by_name,
        title=title,
        note=decision.note,
        decided_at=now,
    )
    insert(tables, "decision_words", rowid=row, **words_row(tables, turn.thread_id, row, number))
    if verdict_id is not None and not decision.own:
        revisits.keep(tables, decision.id, turn.thread_id, verdict_id)
    if decision.ask_after is not None:
        insert(tables, "outcome_waits", decision_id=decision.id, days=decision.ask_after)


def words_row(tables: "Tables", thread_id: str, number: int, turn: int) -> dict[str, str]:
    """What the search of precedents knows of decision `number`, made in turn number `turn`, as it stands."""
    title, note = tables.execute("SELECT title, note FROM decisions WHERE number = ?", [number]).fetchone()
    quotes = tables.execute(_QUOTES, {"thread": thread_id, "until": turn}).fetchall()
    known = [note, *(said for (said,) in tables.execute(_OUTCOMES, [number]).fetchall())]
    return {
        "title": title,
        "note": "\n".join(said for said in known if said),
        "quotes": "\n".join(quote for (quote,) in quotes),
    }


def index(
    tables: "Tables", thread_id: str, number: int, turn: int, what: Literal["delete", "insert"]
) -> None:
    """Take a decision's words out of the search of precedents, as they stand now, or put them in."""
    row = words_row(tables, thread_id, number, turn)
    if what == "insert":
        insert(tables, "decision_words", rowid=number, **row)
        return
    tables.execute(
        "INSERT INTO decision_words (decision_words, rowid, title, note, quotes) "
        "VALUES ('delete', :rowid, :title, :note, :quotes)",
        {"rowid": number, **row},
    )


def add_review(tables: "Tables", review: Review, now: datetime) -> None:
    """Write a lead's word on a decision.

    Raises:
        UnknownRowError: there is no such decision.
        MeanwhileError: it was reviewed since the lead was shown it.
    """
    _require(tables, review.decision)
    _as_seen(tables, "reviews", review.decision, review.seen)
    if review.lever is not None and review.what != "overridden":
        raise ValueError("only an override names another lever")
    insert(
        tables,
        "reviews",
        decision_id=review.decision,
        what=review.what,
        lever=review.lever,
        by=review.by,
        by_name=review.by_name,
        reason=review.reason,
        reviewed_at=now,
    )


def add_outcome(tables: "Tables", outcome: Outcome, now: datetime) -> None:
    """Write how a decision turned out.

    Raises:
        UnknownRowError: there is no such decision.
        MeanwhileError: another outcome was told since the person was shown the decision.
    """
    _require(tables, outcome.decision)
    _as_seen(tables, "outcomes", outcome.decision, outcome.seen)
    found = "SELECT thread_id, number, turn_id FROM decisions WHERE id = ?"
    thread_id, number, turn = tables.execute(found, [outcome.decision]).fetchone()
    index(tables, thread_id, number, turn, "delete")
    insert(
        tables,
        "outcomes",
        decision_id=outcome.decision,
        result=outcome.result,
        note=outcome.note,
        by=outcome.by,
        by_name=outcome.by_name,
        seen_at=now,
        measure=outcome.measure,
        measured_before=outcome.before,
        measured_after=outcome.after,
    )
    index(tables, thread_id, number, turn, "insert")


def add_look(tables: "Tables", look: NewLook, now: datetime) -> None:
    """Write a day for another look, or that it is taken back; what changes nothing is not written.

    Raises:
        UnknownRowError: there is no such decision.
    """
    _require(tables, look.decision)
    newest = tables.execute(_NEWEST_LOOK, [look.decision]).fetchone()
    if newest == (look.day, look.note, look.by) or not (look.day or (newest and newest[0])):
        return
    insert(
        tables,
        "looks_again",
        decision_id=look.decision,
        day=look.day,
        note=look.note,
        by=look.by,
        by_name=look.by_name,
        set_at=now,
    )


def ask_outcome(tables: "Tables", asks: AskedOutcome, number: int, now: datetime) -> None:
    """Note that turn number `number` asks how a decision turned out.

    Raises:
        AlreadyAskedError: another turn asked for the first, or second, time.
        UnknownRowError: there is no such decision.
    """
    _require(tables, asks.decision)
    known = "SELECT 1 FROM outcome_asks WHERE decision_id = ? AND number = ?"
    if asks.number and tables.execute(known, [asks.decision, asks.number]).fetchone():
        raise AlreadyAskedError(f"{asks.decision} was asked about before")
    insert(
        tables, "outcome_asks", turn_id=number, decision_id=asks.decision, number=asks.number, asked_at=now
    )


def _verdict(tables: "Tables", turn: Turn, decision: NewDecision) -> int | None:
    """The number of the verdict that is decided on, or None for a decision without one."""
    if not decision.verdict_turn and turn.verdict is None:
        return None
    found = tables.execute(newest("verdicts"), {"turn": decision.verdict_turn or turn.key}).fetchone()
    if found is None:
        raise UnknownRowError(f"no verdict stood at turn {decision.verdict_turn!r}")
    earlier = tables.execute("SELECT id FROM decisions WHERE verdict_id = ?", [found[0]]).fetchone()
    if earlier is not None:
        raise AlreadyDecidedError(f"the verdict was logged before, as {earlier[0]}")
    return int(found[0])


def _title(tables: "Tables", thread_id: str) -> str:
    return str(tables.execute("SELECT title FROM threads WHERE id = ?", [thread_id]).fetchone()[0])


def _as_seen(
    tables: "Tables", table: Literal["reviews", "outcomes"], decision_id: str, seen: int | None
) -> None:
    """That nobody said more than was shown; asked within the transaction, so it holds for all processes."""
    if seen is None:
        return
    sql = f"SELECT count(*) FROM {table} WHERE decision_id = ?"  # noqa: S608  # one of our own tables
    if tables.execute(sql, [decision_id]).fetchone()[0] != seen:
        raise MeanwhileError(f"something was said about {decision_id} since it was shown")


def _require(tables: "Tables", decision_id: str) -> None:
    if not tables.execute("SELECT 1 FROM decisions WHERE id = ?", [decision_id]).fetchone():
        raise UnknownRowError(f"there is no decision {decision_id!r}")
