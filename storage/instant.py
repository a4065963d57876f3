"""Moments as the log keeps them: UTC, ISO-8601 and of one width, so that text sorts as time does."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Says what time it is, with its time zone; passed in so that a test can hold it still."""


def to_text(moment: datetime) -> str:
    """`2026-11-23T09:05:00.000000Z`. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote, in UTC."""
    return datetime.fromisoformat(text)
