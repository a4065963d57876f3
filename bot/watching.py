"""What is seen of the machinery while it works: numbers for all, and traces where somebody asked for them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter

from bot import replies
from bot.exchange import Turn as Said
from bot.metrics import Metrics, Outcome
from bot.tracing import Tracing
from storage.instant import Clock
from storage.records import Claimed, Sending


class Watch:
    """Told of what happens by those who do it. Safe for several threads."""

    def __init__(self, now: Clock, tracing: Tracing | None = None) -> None:
        self.metrics = Metrics()
        self._now = now
        self._tracing = tracing

    @property
    def traces(self) -> bool:
        """Whether somebody looks at each part of a turn."""
        return self._tracing is not None

    @contextmanager
    def turn(self, claim: Claimed) -> "Iterator[Seen]":
        """A message is being turned into a turn; what came of it is told to what this gives."""
        seen, started = Seen(), perf_counter()
        with self._tracing.turn(claim) if self._tracing else nullcontext():
            yield seen
        waited = (self._now() - claim.received_at).total_seconds()
        seconds = perf_counter() - started
        self.metrics.turn(claim.place.platform, seen.outcome, seconds, waited, claim.attempt)

    def delivery(self, sending: Sending) -> AbstractContextManager[None]:
        """A reply is being brought to its platform."""
        return self._tracing.delivery(sending) if self._tracing else nullcontext()

    def delivered(self, sending: Sending) -> None:
        """A reply stands on its platform."""
        seconds = (self._now() - sending.queued_at).total_seconds()
        self.metrics.delivered(sending.place.platform, seconds, digest=not sending.turn)

    def close(self) -> None:
        """Let the last traces leave."""
        if self._tracing is not None:
            self._tracing.close()


class Seen:
    """What a turn came to; it failed unless somebody says otherwise."""

    outcome: Outcome = "failed"

    def said(self, said: Said) -> None:
        """The turn was worked out and written down."""
        self.outcome = outcome_of(said)


def outcome_of(said: Said) -> Outcome:
    """What a turn came to, in one word of a closed list."""
    if any(isinstance(reply, replies.Failed) for reply in said.replies):
        return "failed"
    if said.logs is not None:
        return "logged"
    if said.asked is not None:
        return "asked"
    if said.verdict is not None and said.verdict.final:
        return "verdict"
    if said.unanswered:
        return "unanswered"
    if any(isinstance(reply, replies.AnswerFromGuidance) for reply in said.replies):
        return "answered"
    if any(isinstance(reply, replies.Decline) for reply in said.replies):
        return "declined"
    return "other"
