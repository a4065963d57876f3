"""What goes out: replies claimed from the outbox, with all that a platform needs to know to show them."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot import posts
from bot.metrics import Why
from bot.posts import Parts
from bot.replies import Answered, KeptOutcome, Logged
from bot.watching import Watch
from storage.findings import ClosedQuestion
from storage.instant import Clock
from storage.log import Log
from storage.posts import Posts
from storage.records import Sending

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
"""How long a delivery may take before another process may do it again."""

MOST_ATTEMPTS = 3
"""How often a reply is tried that cannot be turned into the platform's form, before its thread goes on."""

OF_USE = timedelta(days=1)
"""A reply that could not be delivered for so long is not delivered any more; a digest is always of use."""

Halt = Callable[[Sending, str], None]
"""Told of a reply whose place is gone, and why."""


def _nothing(sending: Sending, why: str) -> None:
    return


Show = Callable[[Parts], str]
"""Shows a reply and gives the platform's id of the post."""


@dataclass(frozen=True, slots=True)
class Edit:
    """An earlier post that should now show other parts."""

    message: str
    parts: Parts


Edits = tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply under lease. `onto` is the earlier post that it takes the place of; empty for a new post."""

    sending: Sending
    parts: Parts
    onto: str


class Outbound:
    """The outbox as a platform sees it."""

    def __init__(
        self,
        log: Log,
        earlier: Posts,
        worker: str,
        now: Clock,
        halt: Halt = _nothing,
        watch: Watch | None = None,
    ) -> None:
        """`worker` names this process in the leases; `halt` sees to what a reply without a place means.

        `watch` counts and traces.
        """
        self._outbox = log.outbox
        self._earlier = earlier
        self._worker = worker
        self._now = now
        self._halt = halt
        self.watch = watch or Watch(now)

    def claim(self, platform: str, thread: str = "", lease: float = LEASE_SECONDS) -> Outgoing | None:
        """The oldest reply that waits, ours for `lease` seconds; None when none waits."""
        while (sending := self._outbox.claim(self._worker, lease, platform, thread)) is not None:
            going = self._read(sending)
            if going is not None:
                return going
        return None

    def claim_many(self, platform: str, most: int) -> list[Outgoing]:
        """So many replies at most, each of another thread, those that wait longest."""
        several = self._outbox.claim_many(self._worker, LEASE_SECONDS, platform, most)
        return [going for going in map(self._read, several) if going is not None]

    def _read(self, sending: Sending) -> Outgoing | None:
        try:
            parts = posts.from_json(sending.body)
        except ValueError as error:
            self.dead(sending, type(error).__name__)
            return None
        return Outgoing(sending, parts, self._onto(sending) if sending.edits else "")

    def _onto(self, sending: Sending) -> str:
        """The reply to a message that was edited since, unless a question or a verdict would go with it."""
        stands = self._earlier.reply_to(sending.thread_id, sending.edits, sending.id)
        if stands is None or (posts.moves_on(stands.body) and not posts.moves_on(sending.body)):
            return ""
        return stands.message

    def stand(self, several: Sequence[tuple[Sending, str]]) -> list[Edits]:
        """They stand on the platform, each under its id; gives what each changes in earlier posts."""
        fresh = self._outbox.delivered_many(several)
        for (sending, _), first in zip(several, fresh, strict=True):
            if first:
                self.watch.delivered(sending)
        return [tuple(self.edits(sending, message)) for sending, message in several]

    def delivered(self, sending: Sending, message: str) -> None:
        """It stands on the platform under this id."""
        if self._outbox.delivered(sending, message):
            self.watch.delivered(sending)

    def waited(self, sending: Sending) -> timedelta:
        """How long a reply has been waiting to be delivered."""
        return self._now() - sending.queued_at

    def later(self, sending: Sending, why: str, seconds: float, kind: Why = "asked_to_wait") -> None:
        """Try again after so many seconds, unless it is of no use by then; the thread's next replies wait."""
        if sending.turn and self._now() - sending.queued_at > OF_USE:
            self.dead(sending, why)
            return
        self.watch.metrics.put_off(sending.place.platform, kind)
        self._outbox.failed(sending, why, self._now() + timedelta(seconds=seconds))

    def dead(self, sending: Sending, why: str) -> None:
        """Never try again, and let the thread's later replies pass."""
        logger.error("reply_dropped outbox=%s thread=%s why=%s", sending.id, sending.thread_id, why)
        self.watch.metrics.dropped(sending.place.platform)
        self._outbox.dead(sending, why)

    def gone(self, sending: Sending, why: str) -> None:
        """Never try again, since the place is not there for us any more."""
        self._halt(sending, why)  # first: it does nothing when it is done again
        self.dead(sending, why)

    def deliver_next(self, platform: str, show: Show, thread: str = "", lease: float = LEASE_SECONDS) -> bool:
        """Show the oldest reply that waits, and note that it was shown. False when none waits.

        For a platform that shows at once and edits nothing, such as the terminal.
        """
        going = self.claim(platform, thread, lease)
        if going is None:
            return False
        sending = going.sending
        try:
            message = show(going.parts)
        except BaseException as error:
            if isinstance(error, ValueError | LookupError) and sending.attempt >= MOST_ATTEMPTS:
                self.dead(sending, type(error).__name__)
                return True
            self.later(sending, "interrupted", 0)
            raise
        self.delivered(sending, message)
        return True

    def edits(self, sending: Sending, message: str) -> Iterator[Edit]:
        """The earlier posts in which the turn of this reply answered or closed a question, with it closed.

        `message` is the platform's id of the reply, which takes the place of a verdict before it.
        """
        if not sending.turn:
            return
        if message and posts.moves_on(sending.body):
            yield from self._replaced(sending, message)
        for closed in self._earlier.closed_by(sending.turn):
            answered = _answered(closed)
            for message, parts in self._standing(sending, closed.put_at):
                if posts.asks(parts, closed.question.factor):
                    yield Edit(message, posts.closing(parts, answered))
        if '"kind":"logged"' in sending.body:  # to look is quicker than to read it
            yield from self._logged(sending)
        if '"kept_outcome"' in sending.body:
            yield from self._told(sending)

    def _replaced(self, sending: Sending, message: str) -> Iterator[Edit]:
        """The verdict that counted before this reply, unless it was logged; those before it are closed."""
        for post in reversed(self._earlier.standing(sending.thread_id, 0, sending.id)):
            if not posts.moves_on(post.body):
                continue
            with suppress(ValueError):
                parts = posts.from_json(post.body)
                changed = posts.replaced(parts, message)
                if changed != parts and not post.logged:
                    yield Edit(post.message, changed)
            return

    def _told(self, sending: Sending) -> Iterator[Edit]:
        """The posts that ask how a decision turned out, where this reply says that it was told."""
        for kept in posts.from_json(sending.body):
            if isinstance(kept, KeptOutcome):
                for message, parts in self._standing(sending, 0):
                    changed = posts.answering(parts, kept)
                    if changed != parts:
                        yield Edit(message, changed)

    def _logged(self, sending: Sending) -> Iterator[Edit]:
        """The newest verdict of the thread, where this reply says that it was logged."""
        for said in posts.from_json(sending.body):
            if isinstance(said, Logged):
                for message, parts in reversed(tuple(self._standing(sending, 0))):
                    changed = posts.logged(parts, said)
                    if changed != parts:
                        yield Edit(message, changed)
                        return

    def _standing(self, sending: Sending, since: int) -> Iterator[tuple[str, Parts]]:
        """The posts of the thread before this one that can still be read."""
        for post in self._earlier.standing(sending.thread_id, since, sending.id):
            with suppress(ValueError):
                yield post.message, posts.from_json(post.body)


def _answered(closed: ClosedQuestion) -> Answered:
    labels = {option.value: option.label for option in closed.question.options}
    return Answered(closed.question, tuple(labels.get(value, value) for value in closed.chosen), closed.by)
