"""What a list is filtered by: read from the address of a page, and written into the next one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import get_args
from urllib.parse import urlencode

from bot.console.showing import PLATFORMS, STATES
from bot.console.visit import Visit
from bot.digest_wording import RESULTS
from bot.names import DIAGNOSES, LEVERS
from storage.listing import Sort, Wanted

_KNOWN: Mapping[str, Mapping[str, str]] = {
    "lever": LEVERS,
    "failure": DIAGNOSES,
    "state": STATES,
    "outcome": RESULTS,
    "platform": PLATFORMS,
}
_FREE = ("channel", "person", "text")
_DAYS = ("since", "until")
NAMES = (*_KNOWN, *_FREE, *_DAYS, "sort")


def said(visit: Visit) -> dict[str, str]:
    """What the address says, without what it says wrongly."""
    found = {name: visit.asked(name) for name in NAMES}
    for name, values in _KNOWN.items():
        if found[name] not in values:
            found[name] = ""
    for name in _DAYS:
        if _day(found[name]) is None:
            found[name] = ""
    if found["sort"] not in get_args(Sort):
        found["sort"] = ""
    return found


def wanted(visit: Visit, found: Mapping[str, str]) -> Wanted:
    """The filter; `until` is the last day that is included, a channel is meant by its id or its name."""
    until = _day(found["until"])
    return Wanted(
        lever=found["lever"],
        failure=found["failure"],
        state=found["state"],
        outcome=found["outcome"],
        platform=found["platform"],
        channels=visit.places.called(found["channel"]) if found["channel"] else (),
        person=found["person"],
        text=found["text"],
        since=_day(found["since"]),
        before=until + timedelta(days=1) if until else None,
        sort=found["sort"] or "newest",  # type: ignore[arg-type]  # `said` lets nothing else pass
    )


def query(found: Mapping[str, str], **more: str | int) -> str:
    """The address's query for this filter, with more."""
    held = {**{name: text for name, text in found.items() if text}, **more}
    return urlencode(held)


def _day(text: str) -> datetime | None:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if 1970 <= found.year < 9999 else None
