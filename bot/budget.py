"""How much the model may be used: dollars a calendar month for all, messages an hour for each person.

Both are counted from the turns in the log, so that they hold across processes and restarts. Past a limit the
offline reader takes over and says so. Turns that run at the same moment may each be the last one allowed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)

Speaker = tuple[str, str, str]
"""Whose message is being read: platform, workspace and person."""


class Budget:
    """Safe for several threads. A limit of 0 is no limit."""

    def __init__(
        self,
        spent_since: Callable[[datetime], float],
        read_since: Callable[[str, str, str, datetime], int],
        now: Callable[[], datetime],
        monthly_usd: float = 0.0,
        person_rate: int = 0,
    ) -> None:
        """`spent_since` gives dollars from a moment on; `read_since` how many messages of a person (platform,
        workspace, person) the model read from a moment on.
        """
        self._spent_since = spent_since
        self._read_since = read_since
        self._now = now
        self._monthly = monthly_usd
        self._rate = person_rate
        self._speaking: ContextVar[Speaker | None] = ContextVar("speaking", default=None)

    @contextmanager
    def speaking(self, platform: str, workspace: str, person: str) -> Iterator[None]:
        """Within, messages are this person's; it holds for the thread or task that enters it."""
        token = self._speaking.set((platform, workspace, person))
        try:
            yield
        finally:
            self._speaking.reset(token)

    def refusal(self) -> str:
        """Why the model may not be asked now, in a sentence for the person; empty when it may."""
        if self._monthly and self.spent() >= self._monthly:
            return (
                "This month's budget for the model is used up, "
                "so messages are read by simple rules until the month ends."
            )
        speaker = self._speaking.get()
        if speaker and self._rate and self._read_since(*speaker, self._now() - HOUR) >= self._rate:
            return (
                f"The model has read {self._rate} of your messages within an hour, "
                "so this one was read by simple rules; it will read again a little later."
            )
        return ""

    def spent(self) -> float:
        """Dollars of this month so far, as the log has them."""
        return self._spent_since(self._now().replace(day=1, hour=0, minute=0, second=0, microsecond=0))
