"""Which decisions a person on Discord can see, read from the log."""

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import replies
from bot.access import is_lead
from bot.discord.gating import DIRECT, PLATFORM
from bot.replies import Reply
from bot.told import Precedent
from storage.access import Guest
from storage.archive import DecisionFilter
from storage.findings import Decided
from storage.records import Place

if TYPE_CHECKING:
    from bot.bootstrap import Application

MOST_LISTED = 10


def visible_decisions(app: "Application", where: str, who: str, most: int) -> list[Decided]:
    """The newest decisions of a server that were not made in private; in direct messages one's own."""
    if where == DIRECT:
        return app.archive.decisions(DecisionFilter(platform=PLATFORM, workspace=where, by=who), most)
    return app.archive.decisions(DecisionFilter(platform=PLATFORM, workspace=where, private=False), most)


def all_decisions(app: "Application", guest: Guest, visible: bool) -> Reply:
    """A person's open triages, and the decisions that they can see; to everybody only the latter."""
    lead = guest.leads or is_lead(guest, app.settings.leads)
    standing = app.people.standing(PLATFORM, guest.workspace, guest.person, lead)
    listed = tuple(map(_past, visible_decisions(app, guest.workspace, guest.person, MOST_LISTED)))
    return replace(standing, threads=() if visible else standing.threads, decisions=listed)


def one_decision(app: "Application", place: Place, who: str, decision: str) -> Reply | None:
    """A decision with its verdict, if it is of this server, and of this channel or one's own if private."""
    found = app.archive.decision(decision.strip().lower())
    if found is None or found.verdict is None:
        return None
    decided = found.decided
    if (decided.place.platform, decided.place.workspace) != (PLATFORM, place.workspace):
        return None
    if decided.place.private and decided.by != who and decided.place.channel != place.channel:
        return None
    return replies.SharedVerdict(found.verdict, decided.title, decided.by_name)


def _past(one: Decided) -> Precedent:
    return Precedent(one.id, one.title, one.lever, one.state, one.outcome, one.at.isoformat())
