"""Lengths of time as operators write them in settings."""

import re
from datetime import timedelta

_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_DURATION = re.compile(r"([0-9]{1,5}) ?(d|days?|w|weeks?|m|months?|y|years?)", re.IGNORECASE)
_LONGEST = timedelta(days=36_500)


def read_duration(text: str) -> timedelta | None:
    """`90d`, `12 weeks`, `6 months` (of 30 days), `2y` (of 365); None for anything else, and for no time."""
    found = _DURATION.fullmatch(text.strip())
    span = timedelta(days=int(found[1]) * _DAYS[found[2][0].lower()]) if found else timedelta()
    return span if timedelta() < span <= _LONGEST else None
