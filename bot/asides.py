"""What a person says beside their case: when the digest comes, and how a decision turned out."""

from functools import partial
from zoneinfo import ZoneInfo

from bot import replies, taps
from bot.due import upcoming
from bot.exchange import Turn
from bot.weekly import Weekly
from bot.weekly_intents import (
    DigestRequest,
    OutcomeRequest,
    digest_request,
    measured,
    outcome_request,
)
from bot.zones import zone_named
from decision.assess import shortened
from storage.archive import Archive
from storage.findings import Decided
from storage.instant import Clock
from storage.outcomes import Outcomes
from storage.records import AskedOutcome, Claimed, Outcome, Place, Result
from storage.subscriptions import Channel, Rhythm, Standing, Subscription, Subscriptions
from storage.week import OWN

MOST_NOTE = 1000
RESULTS: tuple[Result, ...] = ("worked", "partly", "did_not_work", "too_early")
_MOVES: dict[str, Standing] = {"pause": "paused", "resume": "active", "end": "ended"}


class Asides:
    """Responds to requests about digests and outcomes; everything else is for the conversation."""

    def __init__(
        self, weekly: Weekly, subscriptions: Subscriptions, outcomes: Outcomes, archive: Archive, now: Clock
    ) -> None:
        self._weekly = weekly
        self._subscriptions = subscriptions
        self._outcomes = outcomes
        self._archive = archive
        self._now = now

    def respond(self, claim: Claimed) -> Turn | None:
        """What to say and record, or None when the message is about something else."""
        if claim.kind == "tap":
            tap = taps.read(claim.body)
            return self._tapped(claim, tap) if tap.act == "outcome" else None
        digest = digest_request(claim.text)
        if digest is not None:
            return Turn((self._digest(claim, digest),))
        outcome = outcome_request(claim.text)
        return self._outcome(claim, outcome) if outcome is not None else None

    def _digest(self, claim: Claimed, wanted: DigestRequest) -> replies.Reply:
        place = claim.place
        channel = Channel(place.platform, place.workspace, place.channel, place.private)
        if wanted.unknown:
            return replies.UnknownTime(wanted.unknown)
        own = place.platform == OWN  # a terminal is not there to be posted to
        if wanted.act == "preview" or (own and wanted.act == "show"):
            return replies.Digest(self._weekly.preview(channel, _read_outside(claim)), preview=True)
        if own:
            return replies.Subscribed("nowhere")
        if wanted.act == "subscribe":
            return self._standing(self._subscribe(claim, channel, wanted))
        if wanted.act in _MOVES:
            return self._standing(self._subscriptions.move(channel, _MOVES[wanted.act]))
        return self._standing(self._subscriptions.of(channel))

    def _subscribe(self, claim: Claimed, channel: Channel, wanted: DigestRequest) -> Subscription:
        """The zone is the one that was named, else the channel's as it was, else the person's."""
        known = self._subscriptions.of(channel)
        theirs = zone_named(str(claim.body.get("zone", "")))
        zone = wanted.zone or (known.rhythm.zone if known else theirs) or "UTC"
        rhythm = Rhythm(wanted.weekday, wanted.hour, wanted.minute, zone)
        only_here = wanted.only_here or _read_outside(claim)
        return self._subscriptions.put(channel, rhythm, claim.author, only_here, wanted.says_empty)

    def _standing(self, found: Subscription | None) -> replies.Subscribed:
        if found is None:
            return replies.Subscribed("none")
        if found.state != "active":
            return replies.Subscribed(found.state)
        slot = upcoming(found, partial(self._weekly.done, found.channel), self._now())
        local = slot.at.astimezone(ZoneInfo(found.rhythm.zone))
        late, rhythm = slot.at <= self._now(), found.rhythm
        return replies.Subscribed(
            "active", local.isoformat(), rhythm.zone, found.only_here, found.says_empty, late
        )

    def _tapped(self, claim: Claimed, tap: taps.Tap) -> Turn:
        asked = self._outcomes.asked_by(tap.turn)
        result = next((one for one in RESULTS if tap.values[:1] == (one,)), None)
        if asked is None or asked.thread_id != claim.thread_id or result is None:
            return Turn((replies.Stale(),))
        return self._outcome(claim, OutcomeRequest(asked.decision, result, tap.note))

    def _outcome(self, claim: Claimed, wanted: OutcomeRequest) -> Turn:
        decision = wanted.decision or self._outcomes.newest_of(claim.thread_id) or ""
        record = self._archive.decision(decision)
        if record is None or not _may_see(claim.place, record.decided):
            return Turn((replies.UnknownDecision(wanted.decision),))
        decided = record.decided
        if wanted.result is None:
            days = max((self._now() - decided.at).days, 0)
            ask = replies.AskOutcome(
                decided.id, decided.title, decided.lever, decided.by_name or decided.by, days, 0
            )
            return Turn((ask,), asks=AskedOutcome(decided.id))
        measure, before, after, note = measured(shortened(wanted.note, MOST_NOTE))
        by = claim.author_name or claim.author
        outcome = Outcome(
            decided.id, wanted.result, claim.author, by, note, measure=measure, before=before, after=after
        )
        kept = replies.KeptOutcome(decided.id, decided.lever, wanted.result, by, note, measure, before, after)
        return Turn((kept,), outcomes=(outcome,))


def _read_outside(claim: Claimed) -> bool:
    """Whether people of other organisations read the channel: a platform says so with the message."""
    return bool(claim.body.get("shared"))


def _may_see(place: Place, decided: Decided) -> bool:
    """Whether a decision may be spoken of at a place: it is of there, or both are public in one workspace.

    What is said about a public decision is told in digests, and what is said in private must not be.
    """
    there = decided.place
    if (there.platform, there.workspace) != (place.platform, place.workspace):
        return False
    return there.channel == place.channel or not (there.private or place.private)
