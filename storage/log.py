"""The log: all that the product writes down. Nothing in it is ever overwritten."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from storage.database import DatabaseFile, stored
from storage.decisions import add_look, add_outcome, add_review
from storage.errors import LeaseLostError
from storage.inbox import Inbox
from storage.outbox import Outbox
from storage.records import Feedback, NewLook, Outcome, Place, Review, Turn, random_letters
from storage.threads import VOICES, find, find_or_open, move
from storage.turns import add_feedback, write_turn

logger = logging.getLogger(__name__)

_TRIES_PER_LENGTH = 8


class Log:
    """Writes to one database file, from any thread and any number of processes.

    Every method is one transaction, on disk when it returns, and raises StorageError when it cannot be.
    """

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self.inbox = Inbox(file)
        self.outbox = Outbox(file)

    def now(self) -> datetime:
        """The present moment, as the log has it."""
        return self._file.now()

    @contextmanager
    def at_once(self, durable: bool = True) -> Iterator[None]:
        """All that this thread writes within is one transaction. One that is not `durable` may be undone by a
        power failure, but never by a kill.
        """
        with self._file.transaction(durable):
            yield

    def record_turns(self, turns: Sequence[Turn]) -> list[bool]:
        """Keep several plain turns (`Turn.plain`) in one transaction. False: its lease was lost, and nothing
        of it was kept.
        """
        with self.at_once():
            return [self._recorded(turn) for turn in turns]

    def _recorded(self, turn: Turn) -> bool:
        try:
            self.record_turn(turn)
        except LeaseLostError:  # it is found out before anything is written
            logger.info("turn_taken_over turn=%s thread=%s", turn.key, turn.thread_id)
            return False
        return True

    def thread(self, place: Place, opened_by: str, title: str = "") -> str:
        """The id of the thread at `place`, opened if it is new."""
        with self._file.transaction() as tables:
            return find_or_open(tables, place, opened_by, title, self._file.now())

    def moved(self, thread_id: str, place: Place) -> None:
        """A thread that its first reply opened lives at `place` from now on."""
        with self._file.transaction() as tables:
            move(tables, thread_id, place)

    def voice(self, place: Place, author: str) -> int:
        """Note that a person spoke in the thread at `place`, and count who did so far; 0 where there is none.

        What they said is not kept: it was not said to the bot.
        """
        with self._file.transaction(durable=False) as tables:
            thread_id = find(tables, place)
            if thread_id is None:
                return 0
            spoke = {"thread_id": thread_id, "author": stored(author), "heard_at": self._file.now()}
            tables.table("voices").insert({**spoke, "heard_at": stored(spoke["heard_at"])}, ignore=True)
            return int(tables.execute(VOICES, {"thread": thread_id}).fetchone()[0])

    def record_turn(self, turn: Turn) -> None:
        """Keep a turn with all it led to, queue its replies and close the claimed row: all of it, or nothing.

        Raises:
            LeaseLostError: the claimed row is no longer ours, or done.
            AlreadyDecidedError: its decision is about a verdict that was logged before.
            MeanwhileError: what it says of a decision was said to an earlier state of it.
            AlreadyAskedError: it asks how a decision turned out, and another turn did.
            UnknownRowError: it names a thread, turn or decision that the log does not hold.
        """
        with self._file.transaction() as tables:
            write_turn(tables, turn, self._file.now())

    def look_again(self, look: NewLook) -> None:
        """Keep a day for another look. Raises UnknownRowError when there is no such decision."""
        with self._file.transaction() as tables:
            add_look(tables, look, self._file.now())

    def fresh_decision_id(self) -> str:
        """An id that can be said aloud, such as `d-7f3k`, and that no decision has yet."""
        tries = 0
        while True:
            decision_id = f"d-{random_letters(4 + tries // _TRIES_PER_LENGTH)}"
            if self._file.row("SELECT 1 FROM decisions WHERE id = :id", {"id": decision_id}) is None:
                return decision_id
            tries += 1

    def review(self, review: Review) -> None:
        """Keep a lead's word on a decision. Raises UnknownRowError when there is no such decision."""
        with self._file.transaction() as tables:
            add_review(tables, review, self._file.now())

    def outcome(self, outcome: Outcome) -> None:
        """Keep how a decision turned out. Raises UnknownRowError when there is no such decision."""
        with self._file.transaction() as tables:
            add_outcome(tables, outcome, self._file.now())

    def feedback(self, feedback: Feedback) -> None:
        """Keep what a person thinks of a turn. Raises UnknownRowError when there is no such turn."""
        with self._file.transaction() as tables:
            add_feedback(tables, feedback, self._file.now())
