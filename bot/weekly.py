"""What happens by itself: digests are posted when they are due, and threads are asked how it turned out.

Any number of processes may do this over one database, and any of them may die at any line: a week is claimed
under a lease, and it is queued in the same transaction that closes the claim.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot import digest, posts, replies
from bot.digest import Window
from bot.due import Slot, due, in_week, shifted, since, week_of, weeks_before
from bot.news import News
from storage.digests import ClaimedWeek, Digests
from storage.errors import AlreadyAskedError, StorageError
from storage.facts import Scope
from storage.instant import Clock
from storage.log import Log
from storage.outcomes import Outcomes, Unanswered
from storage.records import Provenance, Turn
from storage.retold import NOBODY
from storage.subscriptions import Channel, Rhythm, Subscription, Subscriptions
from storage.week import OWN, Weeks

logger = logging.getLogger(__name__)

LEASE_SECONDS = 120.0
"""How long composing a digest may take before another process may do it again."""

INSTANT = timedelta(microseconds=1)
"""What happened at this very moment is told too."""

BY_ITSELF = Provenance(reader="schedule", policy="")
"""Where a turn comes from that nobody's message led to."""


class Weekly:
    """Posts and previews digests, and asks for outcomes, over one database."""

    def __init__(
        self,
        weeks: Weeks,
        subscriptions: Subscriptions,
        digests: Digests,
        outcomes: Outcomes,
        log: Log,
        worker: str,
        now: Clock,
    ) -> None:
        """`worker` names this process in the leases."""
        self._weeks = weeks
        self._subscriptions = subscriptions
        self._digests = digests
        self._outcomes = outcomes
        self._log = log
        self._worker = worker
        self._now = now

    def tick(self, platforms: Collection[str]) -> int:
        """Do what is due now on some platforms; how many posts were queued."""
        try:
            queued = self.post_due(platforms)
        finally:
            asked = self.ask_due(platforms)
        return queued + asked

    def post_due(self, platforms: Collection[str]) -> int:
        """Queue every digest that is due; one that cannot be written does not hold up the others."""
        queued = 0
        for one in self._subscriptions.active(platforms):
            try:
                slot = due(one, partial(self.done, one.channel), self._now())
                queued += slot is not None and self._post(one, slot)
            except (ValueError, LookupError, StorageError) as error:
                logger.error("digest_failed channel=%s error=%s", one.channel.id, type(error).__name__)
        return queued

    def ask_due(self, platforms: Collection[str]) -> int:
        """Ask the threads of decisions whose time has come; how many were asked."""
        asked = 0
        for one in self._outcomes.due(platforms):
            try:
                self._log.record_turn(_asking(one))
            except AlreadyAskedError:  # another process was quicker
                continue
            asked += 1
        return asked

    def post_now(self, channel: Channel, week: str | None = None) -> bool:
        """Queue a channel's digest of this week, up to now, or of an earlier week; False: it was before.

        Raises:
            ValueError: the week does not exist, or has not begun.
        """
        one, now = self._subscriptions.of(channel), self._now()
        rhythm, only_here = one.rhythm if one else Rhythm(), bool(one and one.only_here)
        this = week_of(now.astimezone(ZoneInfo(rhythm.zone)).date())
        slot = in_week(rhythm, week or this)
        if slot.week > this:
            raise ValueError("the week has not begun")
        claimed = self._digests.claim(channel, slot.week, self._worker, LEASE_SECONDS)
        if claimed is None:
            return False
        if slot.week == this:
            return self._queue(claimed, self.preview(channel), now + INSTANT, only_here)
        window = Window(slot.week, shifted(rhythm, slot, -1).at, slot.at, rhythm.zone, now)
        return self._queue(claimed, self._news(Scope(channel, only_here), window), slot.at, only_here)

    def preview(self, channel: Channel | None = None, only_here: bool = False) -> News:
        """What a channel's digest would say if it came now; without a channel, for who holds the database.

        `only_here`: of the channel alone, whatever was subscribed.
        """
        if channel is not None and channel.platform == OWN:
            channel = None
        one = self._subscriptions.of(channel) if channel else None
        now, zone = self._now(), one.rhythm.zone if one else "UTC"
        told = self._digests.told_until(channel, now) if channel else None
        scope = Scope(channel, only_here or bool(one and one.only_here))
        begin = since(one, weeks_before(now + INSTANT, 1, zone), told)
        week = week_of(now.astimezone(ZoneInfo(zone)).date())
        return self._news(scope, Window(week, begin, now + INSTANT, zone, now))

    def done(self, channel: Channel, week: str) -> bool:
        """Whether a channel's week was seen to."""
        return self._digests.done(channel, week)

    def _post(self, one: Subscription, slot: Slot) -> bool:
        claimed = self._digests.claim(one.channel, slot.week, self._worker, LEASE_SECONDS)
        if claimed is None:
            return False
        told = self._digests.told_until(one.channel, slot.at)
        begin = since(one, shifted(one.rhythm, slot, -1).at, told)
        window = Window(slot.week, begin, slot.at, one.rhythm.zone, self._now())
        found = self._news(Scope(one.channel, one.only_here), window)
        if found.quiet and not one.says_empty:
            self._digests.pass_over(claimed, slot.at)
            return False
        return self._queue(claimed, found, slot.at, one.only_here)

    def _queue(self, claimed: ClaimedWeek, found: News, until: datetime, only_here: bool) -> bool:
        shown: list[posts.Parts] = [(replies.Digest(digest.brief(found), only_here=only_here),)]
        if not found.quiet:
            shown.append((replies.Digest(found, whole=True, only_here=only_here),))
        return self._digests.queue(claimed, tuple(map(posts.to_json, shown)), until)

    def _news(self, scope: Scope, window: Window) -> News:
        return digest.news(self._weeks.facts(scope, window.bounds, window.since, digest.MOST), window)


def _asking(one: Unanswered) -> Turn:
    number, by = one.asks.number or 0, one.by if one.by != NOBODY else ""
    ask = replies.AskOutcome(one.asks.decision, one.title, one.lever, by, one.days, number)
    return Turn(one.thread_id, "", BY_ITSELF, asks=one.asks, replies=(posts.to_json((ask,)),))
