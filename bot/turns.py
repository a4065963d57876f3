"""Turns messages into turns: claims the inbox, runs the conversation, and records what came of it.

Everything survives a crash at any line: a message is in the inbox before it is acknowledged, a turn and its
replies are one transaction, and a reply stays in the outbox until it is known to be delivered.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

from bot import taps
from bot.asides import Asides
from bot.conversation import Conversation
from bot.draft import Draft
from bot.exchange import State
from bot.exchange import Turn as Said
from bot.failing import failed, given_up
from bot.process import has_ended
from bot.recording import Recording
from bot.replies import Reply
from bot.tapping import respond
from bot.tracing import span
from bot.watching import Seen, Watch
from bot.weekly_intents import asked_after
from storage.archive import Archive
from storage.errors import AlreadyDecidedError, LeaseLostError, StorageError
from storage.log import Log
from storage.queries import Queries
from storage.records import (
    ASKED,
    Claimed,
    Incoming,
    InLine,
    Message,
    Place,
    Turn,
    random_letters,
)

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
"""How long a turn may take before another process may do it again."""

MOST_ATTEMPTS = 8
"""How often a message is tried that ends the process each time, before its writer is told that it failed."""


Speaking = Callable[[str, str, str], AbstractContextManager[None]]
"""Given platform, workspace and person: holds while that person's turn is worked out."""


def _anybody(platform: str, workspace: str, person: str) -> AbstractContextManager[None]:
    return nullcontext()


class Turns:
    """One conversation over one log, for any platform."""

    def __init__(
        self,
        conversation: Conversation,
        log: Log,
        queries: Queries,
        archive: Archive,
        worker: str,
        speaking: Speaking = _anybody,
        asides: Asides | None = None,
        watch: Watch | None = None,
    ) -> None:
        """`worker` names this process in the leases; `speaking` is told whose turn it is.

        `asides` sees to digests and outcomes; `watch` counts and traces.
        """
        self.conversation = conversation
        self.log = log
        self.queries = queries
        self._recording = Recording(conversation, log, queries, archive)
        self._worker = worker
        self._speaking = speaking
        self._asides = asides
        self._watch = watch or Watch(log.now)

    def receive(self, incoming: Incoming) -> bool:
        """Keep a message; once this returns it cannot be lost. False: it came before."""
        return self.log.inbox.receive(incoming) is not None

    def receive_many(self, several: Sequence[Incoming]) -> list[bool]:
        """The same for several at once: all are kept, or none."""
        return [kept is not None for kept in self.log.inbox.receive_many(several)]

    def known(self, place: Place) -> bool:
        """Whether there is a thread of ours at the place."""
        return self.queries.at(place) is not None

    def received(self, place: Place, platform_id: str) -> bool:
        """Whether a message with the platform's id was taken in: an edit of any other is none of ours."""
        return self.log.inbox.holds(place, platform_id)

    def newest_text(self, place: Place, platform_id: str) -> str | None:
        """What a message said when it was taken in last, also as an edit; None when it never was."""
        return self.log.inbox.newest_text(place, platform_id)

    def voice(self, place: Place, author: str) -> int:
        """Note that a person spoke in a thread, and count how many did so far; what they said is not kept."""
        return self.log.voice(place, author)

    def ask(self, place: Place, author: str, author_name: str, question: str) -> Reply:
        """Answer a question about the guidance outside of a triage; what it cannot answer is logged."""
        started = perf_counter()
        with self._speaking(place.platform, place.workspace, author):
            said = self.conversation.ask_guidance(State(), question)
        self.log.record_turn(
            Turn(
                thread_id=self.log.thread(replace(place, key=f"{ASKED}{random_letters(12)}"), author),
                by=author,
                provenance=self._recording.provenance(said, started),
                message=Message(author, question, "message", author_name),
                gap=said.unanswered or "",
            )
        )
        self._watch.metrics.used(said.usage)
        return said.replies[0]

    def take_back(self) -> None:
        """Free what ended processes of this machine were answering: nobody needs to wait for their leases.

        What they were posting stays theirs until its lease ends, since it may be on its way still.
        """
        self.log.inbox.take_back(has_ended)

    def claim(self, platform: str, thread: str = "", lease: float = LEASE_SECONDS) -> Claimed | None:
        """The oldest message that waits, ours for `lease` seconds; None when none waits."""
        return self.log.inbox.claim(self._worker, lease, platform, thread)

    def claim_many(self, platform: str, most: int) -> list[Claimed]:
        """So many messages at most, each of another thread, those that wait longest."""
        return self.log.inbox.claim_many(self._worker, LEASE_SECONDS, platform, most)

    def line(self, platform: str, most: int) -> list[InLine]:
        """What waits for its turn, in the order in which it comes; of each thread its first message."""
        return self.log.inbox.line(platform, most)

    def put_back(self, claim: Claimed, seconds: float = 0.0) -> None:
        """Let anyone claim a message after so many seconds, as if it had never been tried."""
        self.log.inbox.put_back(claim, self.log.now() + timedelta(seconds=seconds))

    def still_ours(self, claim: Claimed) -> bool:
        """Whether nobody took over a message that was claimed a while ago; it is ours anew if so."""
        return self.log.inbox.renew(claim, LEASE_SECONDS)

    def handle_next(self, platform: str, thread: str = "", lease: float = LEASE_SECONDS) -> bool:
        """Turn the oldest waiting message into a recorded turn. False when none waits."""
        claim = self.claim(platform, thread, lease)
        if claim is None:
            return False
        self.handle(claim)
        return True

    def handle(self, claim: Claimed, draft: Draft | None = None) -> None:
        """Turn a claimed message into a recorded turn, whatever goes wrong while it is answered.

        What a model writes goes to the `draft` as soon as it is checked.
        """
        with self._watch.turn(claim) as seen:
            self._handle(claim, draft, seen)

    def work_out(self, claim: Claimed, draft: Draft | None = None) -> Turn | None:
        """The same up to the turn, which the caller writes down; None where that is done, since it says what
        others may have said meanwhile, or is traced to its end.
        """
        with self._watch.turn(claim) as seen:
            return self._handle(claim, draft, seen, later=not self._watch.traces)

    def keep_many(self, several: Sequence[Turn]) -> list[bool]:
        """Write down what was worked out: all is kept, or none. False: its lease was lost."""
        return self.log.record_turns(several)

    def _handle(self, claim: Claimed, draft: Draft | None, seen: Seen, later: bool = False) -> Turn | None:
        started = perf_counter()
        if claim.attempt > MOST_ATTEMPTS:  # it ended the process, or could not be written down, every time
            self._give_up(claim, seen, started)
            return None
        try:
            said = self._respond(claim, draft)
            record = self._recording.turn(claim, said, started)
        except StorageError:
            raise
        except Exception as error:
            said = Said((failed(claim, error),))
            record = self._recording.turn(claim, said, started)
        finally:
            if draft is not None:
                draft.end()
        self._watch.metrics.used(said.usage)
        if later and record.plain:
            seen.said(said)
            return record
        self._keep(record, said, claim, seen, started)
        return None

    def _give_up(self, claim: Claimed, seen: Seen, started: float) -> None:
        said = Said((given_up(claim),))
        if claim.attempt > MOST_ATTEMPTS + 1:  # not even that could be written down
            self.log.inbox.give_up(claim, "tried too often")
        else:
            self._keep(self._recording.turn(claim, said, started), said, claim, seen, started)
        seen.outcome = "given_up"

    def _keep(self, record: Turn, said: Said, claim: Claimed, seen: Seen, started: float) -> None:
        try:
            with span("write"):
                self.log.record_turn(record)
        except AlreadyDecidedError:  # somebody logged the verdict since it was read; say so instead
            said = self._respond(claim)
            self.log.record_turn(self._recording.turn(claim, said, started))
        except LeaseLostError:
            logger.info("turn_taken_over inbox=%s thread=%s", claim.id, claim.thread_id)
            seen.outcome = "lost"
            return
        seen.said(said)

    def state(self, thread: str, author: str = "") -> State:
        """Where a thread stands, for the person who speaks in it."""
        if not self.queries.begun(thread):
            return State()
        put = self.queries.open_question(thread)
        given = self.queries.last_verdict(thread)
        return State(
            case=self.queries.case(thread),
            asking=put.question.factor if put else None,
            verdict=given.verdict if given else None,
            decision=given.decision if given else None,
            last=self.queries.last_said(thread),
            said_by={
                factor: name
                for factor, (who, name) in (self.queries.said_by(thread) if author else {}).items()
                if who != author
            },
        )

    def standing(self, thread: str) -> tuple[Reply, ...]:
        """What to show somebody who comes back: the open question, or the verdict."""
        return self.conversation.standing(self.state(thread))

    def _respond(self, claim: Claimed, draft: Draft | None = None) -> Said:
        aside = self._asides.respond(claim) if self._asides is not None else None
        if aside is not None:
            return aside
        state = self.state(claim.thread_id, claim.author)
        conversation = self.conversation.into(draft) if draft is not None else self.conversation
        with self._speaking(claim.place.platform, claim.place.workspace, claim.author):
            if claim.kind == "tap":
                tap = taps.read(claim.body)
                return respond(conversation, self.queries, claim.thread_id, state, tap)
            text, days = asked_after(claim.text)
            said = conversation.receive(state, text)
            return replace(said, logs=replace(said.logs, ask_after=days)) if said.logs else said
