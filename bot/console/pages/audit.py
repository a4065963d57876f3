"""Who reviewed, exported and deleted what, and when: ids, counts and reviewers' names, and nobody's words."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from starlette.responses import Response

from bot.console.showing import PLATFORMS
from bot.console.visit import Visit
from storage.audit import Entry, What
from storage.retold import NOBODY

PAGE = 30
DID: Mapping[What, str] = {
    "approved": "approved",
    "overridden": "overrode",
    "commented": "commented on",
    "forgotten": "had a person forgotten",
    "exported": "gave out what is kept of a person",
    "expired": "took out what is kept no longer",
    "uninstalled": "took the app away",
}
BY_THEMSELVES: Mapping[What, str] = {
    "forgotten": "asked to be forgotten",
    "exported": "took decisions with them",
}
"""The same, where a person did it in a chat or in the console."""
_ACTORS = {"person": "A person", "operator": "An operator", "setting": "A setting"}


@dataclass(frozen=True, slots=True)
class Deed:
    """One line: what was done. `about` is a decision's id, which is a link where it is `seen`."""

    at: datetime
    who: str
    did: str
    about: str
    seen: bool
    counted: str
    where: str


def index(visit: Visit) -> Response:
    """One page of the list."""
    page = visit.page
    found = visit.site.audit.newest(PAGE + 1, (page - 1) * PAGE, visit.me.sight)
    deeds = [_deed(visit, one) for one in _by_day(found[:PAGE])]
    return visit.show("audit.html", deeds=deeds, page=page, further=len(found) > PAGE)


def _by_day(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, but what is kept no longer is one for each day: it goes in many small parts."""
    for key, some in groupby(entries, lambda one: (one.what, one.actor, one.at.date())):
        if key[0] != "expired":
            yield from some
            continue
        parts = list(some)
        counts: Counter[str] = Counter()
        for one in parts:
            counts.update(one.counts)
        yield replace(parts[0], counts=counts)


def _deed(visit: Visit, one: Entry) -> Deed:
    about, seen = _about(visit, one.about)
    did = {**DID, **(BY_THEMSELVES if one.actor == "person" else {})}[one.what]
    return Deed(one.at, _who(one), did, about, seen, _counted(one.counts), _where(visit, one))


def _who(one: Entry) -> str:
    if one.by == NOBODY:
        return "Somebody who was forgotten"
    return one.by_name or one.by or _ACTORS[one.actor]


def _about(visit: Visit, decision: str) -> tuple[str, bool]:
    """What a decision may be called, and whether it can be opened; a private one is not named."""
    if not decision or visit.site.listing.seen(visit.me.sight, decision):
        return decision, bool(decision)
    gone = visit.site.archive.decision(decision) is None
    return (decision if gone else "a decision in a private thread"), False


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())


def _where(visit: Visit, one: Entry) -> str:
    """The workspace, for those who see several."""
    if not one.platform:
        return "all workspaces"
    several = visit.me.keeper or visit.me.everywhere or len(visit.me.leading) > 1
    return f"{PLATFORMS.get(one.platform, one.platform)} {one.workspace}" if several else ""
