"""Reviews, outcomes and days for another look: kept, and told in the thread that the decision came from.

The console and the chat platforms review through this one door, so that they do the same.
"""

from collections.abc import Callable
from datetime import date
from typing import get_args

from bot import posts, replies
from bot.names import LEVERS
from bot.replies import Reply
from decision.assess import shortened
from storage.access import Guest
from storage.archive import Archive
from storage.findings import DecisionRecord
from storage.log import Log
from storage.looks import Looks
from storage.records import Outcome, Provenance, Result, Review, ReviewKind, Turn

MOST_CHARACTERS = 2_000
MOST_MEASURED = 80
BY_HAND = Provenance(reader="review", policy="")
"""Where a turn comes from that a review led to."""


class ReviewError(ValueError):
    """It cannot be kept; its words say why and what to do, to the person who tried."""


class Reviewing:
    """What is said about decisions after they were logged."""

    def __init__(self, log: Log, archive: Archive, looks: Looks, today: Callable[[], date]) -> None:
        self._log = log
        self._archive = archive
        self._looks = looks
        self._today = today

    def review(
        self, by: Guest, decision: str, what: str, reason: str = "", lever: str = ""
    ) -> replies.Reviewed:
        """Keep a lead's approval, override or comment. Raises ReviewError."""
        record, said = self._record(decision), _text(reason, MOST_CHARACTERS, "reason")
        now = record.decided.lever
        if what not in get_args(ReviewKind):
            raise ReviewError("Choose to approve, to override or to comment.")
        kind: ReviewKind = what  # type: ignore[assignment]  # it is one of them
        if kind == "commented" and not said:
            raise ReviewError("A comment needs words.")
        if kind == "overridden":
            if lever not in LEVERS or lever == now:
                raise ReviewError("Choose the lever that is to hold instead.")
            if not said:
                raise ReviewError("Say why: those who decided will ask.")
        holds = lever if kind == "overridden" else now
        review = Review(decision, kind, by.person, by.name, said, holds if kind == "overridden" else None)
        reply = replies.Reviewed(
            decision=decision,
            title=shortened(record.decided.title, 80),
            what=kind,
            lever=holds,
            by=by.name,
            instead_of=now if kind == "overridden" else None,
            note=said,
        )
        self._log.record_turn(self._turn(record, reply, reviews=(review,)))
        return reply

    def outcome(
        self,
        by: Guest,
        decision: str,
        result: str,
        note: str = "",
        measured: tuple[str, str, str] = ("", "", ""),
    ) -> replies.KeptOutcome:
        """Keep how a decision turned out, and what was measured before and after. Raises ReviewError."""
        record = self._record(decision)
        if result not in get_args(Result):
            raise ReviewError("Choose how it turned out.")
        kind: Result = result  # type: ignore[assignment]  # it is one of them
        said = _text(note, MOST_CHARACTERS, "note")
        measure, before, after = (_text(one, MOST_MEASURED, "measurement") for one in measured)
        outcome = Outcome(decision, kind, by.person, by.name, said, measure, before, after)
        reply = replies.KeptOutcome(
            decision, record.decided.lever, kind, by.name, said, measure, before, after
        )
        self._log.record_turn(self._turn(record, reply, outcomes=(outcome,)))
        return reply

    def look_again(self, by: Guest, decision: str, day: str, note: str = "") -> None:
        """Set the day (ISO, or empty for none) on which the decision is worth another look.

        Raises:
            ReviewError: it is no day, or one that has passed.
        """
        self._record(decision)
        said = _text(note, MOST_CHARACTERS, "note")
        self._looks.set(decision, self._day(day) if day else None, by.person, by.name, said)

    def _day(self, day: str) -> date:
        try:
            found = date.fromisoformat(day)
        except ValueError:
            raise ReviewError("Write the day as year, month and day: 2027-03-31.") from None
        if found < self._today():
            raise ReviewError("That day has passed; choose one to come.")
        return found

    def _record(self, decision: str) -> DecisionRecord:
        record = self._archive.decision(decision)
        if record is None:
            raise ReviewError("There is no such decision.")
        return record

    def _turn(
        self,
        record: DecisionRecord,
        reply: Reply,
        reviews: tuple[Review, ...] = (),
        outcomes: tuple[Outcome, ...] = (),
    ) -> Turn:
        return Turn(
            record.decided.thread_id,
            "",  # the review itself says whose it is, and is where forgetting looks
            BY_HAND,
            reviews=reviews,
            outcomes=outcomes,
            replies=(posts.to_json((reply,)),),
        )


def _text(said: str, most: int, what: str) -> str:
    """What somebody wrote, without what no screen shows; ReviewError where it is too long."""
    clean = "".join(sign for sign in said if sign.isprintable() or sign in "\n\t").strip()
    if len(clean) > most:
        raise ReviewError(f"The {what} has {len(clean):,} characters; at most {most:,} are kept.")
    return clean
