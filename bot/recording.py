"""What a turn leaves in the log, from what was said in it and what the log knows already."""

from dataclasses import asdict, replace
from time import perf_counter

from bot import posts, replies
from bot.conversation import Conversation
from bot.exchange import Turn as Said
from bot.intents import LogRequest
from bot.precedents import precedent
from bot.replies import Reply
from bot.sharing import shared
from decision.assess import shortened
from decision.verdict import Verdict
from storage.archive import Archive
from storage.log import Log
from storage.queries import Queries
from storage.records import Claimed, Feedback, Message, NewDecision, Provenance, Turn

MOST_PRECEDENTS = 3


class Recording:
    """Makes the record of a turn; `Turns` keeps it. It reads the log and writes nothing."""

    def __init__(self, conversation: Conversation, log: Log, queries: Queries, archive: Archive) -> None:
        self._conversation = conversation
        self._log = log
        self._queries = queries
        self._archive = archive

    def turn(self, claim: Claimed, said: Said, started: float) -> Turn:
        """The turn as it is recorded; `started` is when it was begun, by `perf_counter`."""
        put = self._queries.open_question(claim.thread_id) if said.answered else None
        spoken, decision = said.replies, None
        if said.logs is not None:
            decision = self._decision(claim, said.logs)
            spoken = (_logged(decision, self._last_verdict(claim.thread_id)),)
        return Turn(
            thread_id=claim.thread_id,
            by=claim.author,
            provenance=self.provenance(said, started),
            claim=claim,
            message=Message(claim.author, claim.text, claim.kind, claim.author_name, claim.received_at),
            reset=said.starts_over,
            evidence=said.evidence,
            answers=put.turn if put else "",
            question=said.asked,
            verdict=said.verdict,
            decision=decision,
            outcomes=said.outcomes,
            asks=said.asks,
            feedback=self._feedback(claim, said),
            gap=said.unanswered or "",
            title=shortened(claim.text, 80) if said.evidence and claim.kind == "message" else "",
            replies=(posts.to_json(tuple(self._filled_in(reply, claim) for reply in spoken)),)
            if spoken
            else (),
            elsewhere=shared(claim, said, self._queries, self._archive),
        )

    def provenance(self, said: Said, started: float) -> Provenance:
        """Which reader and policy it came from, what the model cost, and how long it took."""
        return Provenance(
            reader=said.reader or self._conversation.reader,
            policy=self._conversation.policy,
            elapsed_ms=(perf_counter() - started) * 1000,
            **asdict(said.usage),
        )

    def _feedback(self, claim: Claimed, said: Said) -> tuple[Feedback, ...]:
        if said.feedback is None:
            return ()
        return (Feedback(str(claim.body["turn"]), "not_right", claim.author, said.feedback),)

    def _decision(self, claim: Claimed, request: LogRequest) -> NewDecision:
        given = self._queries.last_verdict(claim.thread_id)
        assert given is not None
        lever = request.lever or given.verdict.lever
        return NewDecision(
            id=self._log.fresh_decision_id(),
            lever=lever,
            by=claim.author,
            by_name=request.by or claim.author_name or claim.author,
            own=lever != given.verdict.lever,
            note=request.note,
            verdict_turn=given.turn,
            ask_after=request.ask_after,
        )

    def _last_verdict(self, thread: str) -> Verdict:
        given = self._queries.last_verdict(thread)
        assert given is not None
        return given.verdict

    def _filled_in(self, reply: Reply, claim: Claimed) -> Reply:
        """With what only the log knows: who speaks in the thread, and what was decided before."""
        if isinstance(reply, replies.Ask):
            return replace(reply, crowded=self._queries.voices(claim.thread_id) > 1)
        return self._with_precedents(reply, claim) if isinstance(reply, replies.GiveVerdict) else reply

    def _with_precedents(self, reply: replies.GiveVerdict, claim: Claimed) -> Reply:
        words = " ".join(item.quote for item in self._queries.case(claim.thread_id).evidence)
        found = self._archive.precedents(
            f"{words} {claim.text}", claim.place, claim.thread_id, MOST_PRECEDENTS
        )
        return replace(reply, precedents=tuple(map(precedent, found)))


def _logged(decision: NewDecision, verdict: Verdict) -> Reply:
    return replies.Logged(
        decision.id, decision.lever, decision.by_name, verdict.lever if decision.own else None
    )
