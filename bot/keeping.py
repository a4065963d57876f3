"""For how long what was said is kept, as the settings say, and the daily look for what is kept no longer."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.settings import Settings
from storage.clearing import Clearing
from storage.duties import CLEARING, EXPIRING, Duties
from storage.errors import StorageError
from storage.instant import Clock
from storage.retention import Cutoffs, Retention

logger = logging.getLogger(__name__)

BATCHES = 10
"""How much is taken out in one go; what is left follows a minute later, and digests are not held up."""
LEASE_SECONDS = 600.0
"""How long one go may take before another process may do it again."""
AGAIN_SECONDS = 3600.0
"""How long nobody tries again to clear the file after it could not be done."""


@dataclass(frozen=True, slots=True)
class Keeps:
    """For how long messages, evidence and decisions are kept; None for as long as the database is."""

    messages: timedelta | None = None
    evidence: timedelta | None = None
    decisions: timedelta | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is ever due."""
        return self.messages is None and self.evidence is None and self.decisions is None


def keeps_of(settings: Settings) -> Keeps:
    """What the settings say."""
    return Keeps(settings.keep_messages, settings.keep_evidence, settings.keep_decisions)


def cutoffs(keeps: Keeps, now: datetime) -> Cutoffs:
    """Before which moments messages, evidence and decisions are due to go."""
    return Cutoffs(
        *(
            now - kept if kept is not None else None
            for kept in (keeps.messages, keeps.evidence, keeps.decisions)
        )
    )


def is_due(last: datetime | None, now: datetime) -> bool:
    """Whether it is to be looked after today (UTC): it was not, or a clock was set back."""
    return last is None or last.astimezone(UTC).date() != now.astimezone(UTC).date()


class Keeping:
    """Looks once a day for what is kept no longer, and clears the file of what was taken out of it."""

    def __init__(
        self, retention: Retention, duties: Duties, clearing: Clearing, keeps: Keeps, worker: str, now: Clock
    ) -> None:
        """`worker` names this process in the leases."""
        self._retention = retention
        self._duties = duties
        self._clearing = clearing
        self._keeps = keeps
        self._worker = worker
        self._now = now

    def tick(self) -> None:
        """Do what is due now, a part of it at a time."""
        now = self._now()
        if not self._keeps.everything and is_due(self._duties.last(EXPIRING), now):
            self._expire(now)
        if self._clearing.owed:
            self._clear()

    def _expire(self, now: datetime) -> None:
        if not self._duties.claim(EXPIRING, self._worker, LEASE_SECONDS):
            return
        whole = False
        try:
            done = self._retention.expire(cutoffs(self._keeps, now), "setting", BATCHES)
            whole = done.whole
            if done.counts:
                logger.info(
                    "expired counts=%s", ",".join(f"{name}:{count}" for name, count in done.counts.items())
                )
        finally:  # also when others wrote all the time: what is left is tried again in a minute
            if whole:
                self._duties.done(EXPIRING, now)
            else:
                self._duties.release(EXPIRING, self._worker)

    def _clear(self) -> None:
        if not self._duties.claim(CLEARING, self._worker, AGAIN_SECONDS):
            return
        if not self._clearing.quick:
            logger.warning(
                "not_cleared why=%s", "the database is large; run “sextant retain” at a quiet time"
            )
            return
        try:
            if not self._clearing.clear():
                again = (
                    "it is tried again in an hour"
                    if self._clearing.owed
                    else "Litestream lets go of it later"
                )
                logger.info("not_cleared why=%s", f"somebody reads an older state; {again}")
        except StorageError as error:
            logger.warning("not_cleared why=%s", error)
