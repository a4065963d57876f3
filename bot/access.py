"""Who may see and do what: leads see all but other people's private threads, members see their own.

A private thread's verdict that somebody shared is seen by leads, without the words that led to it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.links import Links
from storage.access import Guest
from storage.findings import DecisionRecord
from storage.listing import Seen
from storage.sight import Sight
from storage.week import OWN


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in. Only a lead reviews; `keeper` holds the database file."""

    guest: Guest
    lead: bool
    keeper: bool

    @property
    def name(self) -> str:
        """How they are called."""
        return self.guest.name or self.guest.person

    @property
    def sight(self) -> Sight:
        """What lists show them."""
        guest = self.guest
        return Sight(guest.platform, guest.workspace, guest.person, self.lead, self.keeper)


KEEPER = Guest(OWN, "", "keeper", "Keeper")
"""Who runs Sextant on a machine without any chat platform: nobody but them reads its standard error."""


def keeper_link(links: Links) -> str:
    """A link for who runs Sextant here."""
    return links.link_for(KEEPER.platform, KEEPER.workspace, KEEPER.person, KEEPER.name)


def viewer(guest: Guest, leads: Collection[str]) -> Viewer:
    """What a person may do now; who is a lead is asked at every request, not when they signed in."""
    keeper = guest.platform == OWN
    return Viewer(guest, keeper or f"{guest.platform}:{guest.person}" in leads, keeper)


def shown(record: DecisionRecord, seen: Seen) -> DecisionRecord:
    """A decision as far as it may be seen: of a shared verdict, not the words that led to it."""
    if seen == "whole":
        return record
    outcomes = tuple(replace(one, note="", measure="", before="", after="") for one in record.outcomes)
    return replace(record, evidence=(), outcomes=outcomes, decided=replace(record.decided, note=""))
