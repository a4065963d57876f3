"""Reviews, outcomes and days for another look: kept, and told in the thread that the decision came from.

The console and the chat platforms review through this one door, so that they do the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import get_args

from bot import posts, replies
from bot.names import LEVERS
from bot.replies import Reply
from decision.assess import shortened
from storage.access import Guest
from storage.archive import Archive
from storage.errors import MeanwhileError
from storage.findings import DecisionRecord, Reviewed, Seen
from storage.log import Log
from storage.records import NewLook, Outcome, Provenance, Result, Review, ReviewKind, Turn

MOST_CHARACTERS = 2_000
MOST_MEASURED = 80
MEANWHILE = "Somebody reviewed this meanwhile. Look at it again, then say it again."
TOLD_MEANWHILE = "Somebody said how it turned out meanwhile. Look at it again, then say it again."
BY_HAND = Provenance(reader="review", policy="")
"""Where a turn comes from that a review led to."""


class ReviewError(ValueError):
    """It cannot be kept; its words say why and what to do, to the person who tried."""


class StaleError(ReviewError):
    """Somebody else said something about the decision since it was shown."""


class KeptAlreadyError(ReviewError):
    """The same word of the same person again, as by a double click or a second delivery: it is kept once."""

    def __init__(self) -> None:
        super().__init__("That is kept already.")


class Reviewing:
    """What is said about decisions after they were logged.

    `seen` is how many reviews, or outcomes, there were when the decision was shown. Whether there still are
    is asked in the transaction that writes, so that it holds however many processes there are.
    """

    def __init__(self, log: Log, archive: Archive, today: Callable[[], date]) -> None:
        self._log = log
        self._archive = archive
        self._today = today

    def review(
        self,
        by: Guest,
        decision: str,
        what: str,
        reason: str = "",
        lever: str = "",
        *,
        seen: int | None = None,
        look: str = "",
    ) -> replies.Reviewed:
        """Keep a lead's approval, override or comment, and with `look` a day (ISO) for another look.

        Raises:
            ReviewError: it cannot be kept.
        """
        record, said = self._record(decision), _text(reason, MOST_CHARACTERS, "reason")
        now = record.decided.lever
        kind = _kind(what, said, lever, now)
        override = kind == "overridden"
        day = self._day(look).isoformat() if look else ""
        review = Review(decision, kind, by.person, by.name, said, lever if override else None, seen)
        reply = replies.Reviewed(
            decision=decision,
            title=shortened(record.decided.title, 80),
            what=kind,
            lever=lever if override else now,
            by=by.name,
            instead_of=now if override else None,
            note=said,
            look=day,
        )
        looks = (NewLook(decision, day, by.person, by.name),) if day else ()
        turn = replace(_turn(record, reply), reviews=(review,), looks=looks)
        self._keep(turn, decision, MEANWHILE, lambda found: _same(found.reviews[seen or 0 :], review))
        return reply

    def outcome(
        self,
        by: Guest,
        decision: str,
        result: str,
        note: str = "",
        measured: tuple[str, str, str] = ("", "", ""),
        *,
        seen: int | None = None,
    ) -> replies.KeptOutcome:
        """Keep how a decision turned out, and what was measured before and after. Raises ReviewError."""
        record = self._record(decision)
        if result not in get_args(Result):
            raise ReviewError("Choose how it turned out.")
        kind: Result = result  # type: ignore[assignment]  # it is one of them
        said = _text(note, MOST_CHARACTERS, "note")
        measure, before, after = (_text(one, MOST_MEASURED, "measurement") for one in measured)
        outcome = Outcome(decision, kind, by.person, by.name, said, measure, before, after, seen)
        reply = replies.KeptOutcome(
            decision, record.decided.lever, kind, by.name, said, measure, before, after
        )
        turn = replace(_turn(record, reply), outcomes=(outcome,))
        self._keep(turn, decision, TOLD_MEANWHILE, lambda found: _same(found.outcomes[seen or 0 :], outcome))
        return reply

    def _keep(
        self, turn: Turn, decision: str, meanwhile: str, kept: Callable[[DecisionRecord], bool]
    ) -> None:
        """Write the turn; `kept` says whether the decision as it stands by now holds the same already."""
        try:
            self._log.record_turn(turn)
        except MeanwhileError:
            if kept(self._record(decision)):
                raise KeptAlreadyError from None
            raise StaleError(meanwhile) from None

    def look_again(self, by: Guest, decision: str, day: str, note: str = "") -> None:
        """Set the day (ISO, or empty for none) on which the decision is worth another look.

        Raises:
            ReviewError: it is no day, or one that has passed.
        """
        record, said = self._record(decision), _text(note, MOST_CHARACTERS, "note")
        set_for = self._day(day).isoformat() if day else ""
        look = NewLook(record.decided.id, set_for, by.person, by.name, said)
        self._log.look_again(look)

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


def _kind(what: str, said: str, lever: str, now: str) -> ReviewKind:
    """The kind of a review that is whole. Raises ReviewError for any other."""
    if what not in get_args(ReviewKind):
        raise ReviewError("Choose to approve, to override or to comment.")
    if what == "commented" and not said:
        raise ReviewError("A comment needs words.")
    if what == "overridden":
        if lever not in LEVERS or lever == now:
            raise ReviewError("Choose the lever that is to hold instead.")
        if not said:
            raise ReviewError("Say why: those who decided will ask.")
    kind: ReviewKind = what  # type: ignore[assignment]  # it is one of them
    return kind


def _turn(record: DecisionRecord, reply: Reply) -> Turn:
    """A turn by nobody: the review itself says whose it is, and is where forgetting looks."""
    return Turn(record.decided.thread_id, "", BY_HAND, replies=(posts.to_json((reply,)),))


def _same(kept: Iterable[Reviewed] | Iterable[Seen], said: Review | Outcome) -> bool:
    """Whether one of those that were kept says the same, by the same person."""
    return any(_words(one) == _words(said) for one in kept)


def _words(one: Reviewed | Seen | Review | Outcome) -> tuple[object, ...]:
    if isinstance(one, Reviewed | Review):
        return (one.by, one.what, one.reason, one.lever)
    return (one.by, one.result, one.note, one.measure, one.before, one.after)


def _text(said: str, most: int, what: str) -> str:
    """What somebody wrote, without what no screen shows; ReviewError where it is too long."""
    clean = "".join(sign for sign in said if sign.isprintable() or sign in "\n\t").strip()
    if len(clean) > most:
        raise ReviewError(f"The {what} has {len(clean):,} characters; at most {most:,} are kept.")
    return clean
