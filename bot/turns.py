"""Turns messages into turns: claims the inbox, runs the conversation, records, and hands replies out.

Everything survives a crash at any line: a message is in the inbox before it is acknowledged, a turn and its
replies are one transaction, and a reply stays in the outbox until it is known to be delivered.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from traceback import extract_tb

from bot import replies
from bot.conversation import Conversation, State
from bot.conversation import Turn as Said
from bot.intents import LogRequest
from bot.replies import Precedent, Reply, from_json, to_json
from decision.assess import shortened
from decision.verdict import Verdict
from storage.archive import Archive
from storage.errors import AlreadyDecidedError, LeaseLostError, StorageError
from storage.log import Log
from storage.queries import Queries
from storage.records import Claimed, Incoming, Message, NewDecision, Provenance, Turn, random_letters

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
"""How long a turn or a delivery may take before another process may do it again."""

MOST_ATTEMPTS = 3
"""How often a reply is tried that cannot be turned into the platform's form, before its thread goes on."""

MOST_PRECEDENTS = 3

Show = Callable[[Reply], str]
"""Delivers a reply and gives the platform's id of the message."""


class Turns:
    """One conversation over one log, for any platform."""

    def __init__(
        self, conversation: Conversation, log: Log, queries: Queries, archive: Archive, worker: str
    ) -> None:
        """`worker` names this process in the leases."""
        self.conversation = conversation
        self.log = log
        self.queries = queries
        self._archive = archive
        self._worker = worker

    def receive(self, incoming: Incoming) -> bool:
        """Keep a message; once this returns it cannot be lost. False: it came before."""
        return self.log.inbox.receive(incoming) is not None

    def handle_next(self, platform: str, thread: str = "", lease: float = LEASE_SECONDS) -> bool:
        """Turn the oldest waiting message into a recorded turn. False when none waits."""
        claim = self.log.inbox.claim(self._worker, lease, platform, thread)
        if claim is None:
            return False
        started = perf_counter()
        try:
            record = self._record(claim, self._respond(claim), started)
        except StorageError:
            raise
        except Exception as error:
            reference = random_letters(6)
            where = " < ".join(
                f"{frame.name}:{frame.lineno}" for frame in reversed(extract_tb(error.__traceback__)[-4:])
            )  # the error's own words may hold a person's
            logger.error(
                "turn_failed inbox=%s thread=%s reference=%s error=%s at=%s",
                *(claim.id, claim.thread_id, reference, type(error).__name__, where),
            )
            failed = Said((replies.Failed(reference),))
            record = self._record(claim, failed, started)
        self._keep(record, claim, started)
        return True

    def _keep(self, record: Turn, claim: Claimed, started: float) -> None:
        try:
            self.log.record_turn(record)
        except AlreadyDecidedError:  # somebody logged the verdict since it was read; say so instead
            self.log.record_turn(self._record(claim, self._respond(claim), started))
        except LeaseLostError:
            logger.info("turn_taken_over inbox=%s thread=%s", claim.id, claim.thread_id)

    def deliver_next(self, platform: str, show: Show, thread: str = "", lease: float = LEASE_SECONDS) -> bool:
        """Show the oldest reply that waits, and note that it was shown. False when none waits."""
        sending = self.log.outbox.claim(self._worker, lease, platform, thread)
        if sending is None:
            return False
        try:
            reply = from_json(sending.body)
        except ValueError as error:
            logger.error(
                "reply_unreadable outbox=%s thread=%s: %s",
                sending.id,
                sending.thread_id,
                type(error).__name__,
            )
            self.log.outbox.dead(sending, "unreadable")
            return True
        try:
            message = show(reply)
        except BaseException as error:
            if isinstance(error, ValueError | LookupError) and sending.attempt >= MOST_ATTEMPTS:
                logger.error("reply_unshowable outbox=%s thread=%s", sending.id, sending.thread_id)
                self.log.outbox.dead(sending, type(error).__name__)
                return True
            self.log.outbox.failed(sending, "interrupted", sending.queued_at - timedelta(seconds=1))
            raise
        self.log.outbox.delivered(sending, message)
        return True

    def state(self, thread: str) -> State:
        """Where a thread stands."""
        put = self.queries.open_question(thread)
        given = self.queries.last_verdict(thread)
        return State(
            case=self.queries.case(thread),
            asking=put.question.factor if put else None,
            verdict=given.verdict if given else None,
            decision=given.decision if given else None,
        )

    def standing(self, thread: str) -> tuple[Reply, ...]:
        """What to show somebody who comes back: the open question, or the verdict."""
        return self.conversation.standing(self.state(thread))

    def _respond(self, claim: Claimed) -> Said:
        state = self.state(claim.thread_id)
        if claim.kind == "tap":
            put = self.queries.question(str(claim.body["turn"]))
            if put is None or put.thread_id != claim.thread_id:
                return Said((replies.Puzzled("en"),))
            return self.conversation.answer(state, put.question.factor, tuple(claim.body["values"]))
        return self.conversation.receive(state, claim.text)

    def _record(self, claim: Claimed, said: Said, started: float) -> Turn:
        put = self.queries.open_question(claim.thread_id) if said.answered else None
        spoken, decision = said.replies, None
        if said.logs is not None:
            decision = self._decision(claim, said.logs)
            spoken = (_logged(decision, self._last_verdict(claim.thread_id)),)
        return Turn(
            thread_id=claim.thread_id,
            by=claim.author,
            provenance=Provenance(
                reader=self.conversation.reader,
                policy=self.conversation.policy,
                elapsed_ms=(perf_counter() - started) * 1000,
            ),
            claim=claim,
            message=Message(claim.author, claim.text, claim.kind, claim.author_name, claim.received_at),
            reset=said.starts_over,
            evidence=said.evidence,
            answers=put.turn if put else "",
            question=said.asked,
            verdict=said.verdict,
            decision=decision,
            gap=said.unanswered or "",
            title=shortened(claim.text, 80) if said.evidence and claim.kind == "message" else "",
            replies=tuple(to_json(self._with_precedents(reply, claim)) for reply in spoken),
        )

    def _decision(self, claim: Claimed, request: LogRequest) -> NewDecision:
        given = self.queries.last_verdict(claim.thread_id)
        assert given is not None
        lever = request.lever or given.verdict.lever
        return NewDecision(
            id=self.log.fresh_decision_id(),
            lever=lever,
            by=request.by or claim.author,
            by_name=request.by or claim.author_name or claim.author,
            own=lever != given.verdict.lever,
            note=request.note,
            verdict_turn=given.turn,
        )

    def _last_verdict(self, thread: str) -> Verdict:
        given = self.queries.last_verdict(thread)
        assert given is not None
        return given.verdict

    def _with_precedents(self, reply: Reply, claim: Claimed) -> Reply:
        if not isinstance(reply, replies.GiveVerdict):
            return reply
        words = " ".join(item.quote for item in self.queries.case(claim.thread_id).evidence)
        found = self._archive.precedents(
            f"{words} {claim.text}", claim.place, claim.thread_id, MOST_PRECEDENTS
        )
        return replace(
            reply,
            precedents=tuple(
                Precedent(past.id, past.title, past.lever, past.state, past.outcome, past.at.isoformat())
                for past in found
            ),
        )


def _logged(decision: NewDecision, verdict: Verdict) -> Reply:
    return replies.Logged(
        decision.id, decision.lever, decision.by_name, verdict.lever if decision.own else None
    )
