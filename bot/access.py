"""Who may see and do what: leads see all but other people's private threads, members see their own.

A private thread's verdict that somebody shared is seen by leads as it was shared, and nothing else that was
said there. A lead is one in every workspace, or in the workspace that is named with them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.links import Links
from storage.access import Guest
from storage.findings import DecisionRecord
from storage.listing import Seen
from storage.sight import Sight
from storage.week import OWN

NO_WORKSPACE = "@me"
"""Stands for the workspace in a direct message on Discord, where a person is the same on every server."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in. Only a lead reviews; `keeper` holds the database file.

    `leading` are the workspaces that they lead beside the one they came from; `everywhere` are all of them.
    `unbound`: they were named a lead of every workspace, from whichever they came.
    """

    guest: Guest
    lead: bool
    keeper: bool
    leading: tuple[str, ...] = ()
    everywhere: bool = False
    unbound: bool = False

    @property
    def name(self) -> str:
        """How they are called."""
        return self.guest.name or self.guest.person

    def leads_in(self, platform: str, workspace: str) -> bool:
        """Whether they see all of a workspace that is nobody's alone."""
        here = platform == self.guest.platform
        known = self.everywhere or workspace in (self.guest.workspace, *self.leading)
        return self.keeper or (self.lead and here and known)

    @property
    def sight(self) -> Sight:
        """What lists show them."""
        guest = self.guest
        return Sight(
            guest.platform,
            guest.workspace,
            guest.person,
            wide=self.lead,
            keeper=self.keeper,
            leading=self.leading,
            everywhere=self.everywhere,
            global_ids=guest.platform == "discord",
            unbound=self.unbound,
        )


KEEPER = Guest(OWN, "", "keeper", "Keeper")
"""Who runs Sextant on a machine without any chat platform: nobody but them reads its standard error."""


def keeper_link(links: Links) -> str:
    """A link for who runs Sextant here."""
    return links.link_for(KEEPER.platform, KEEPER.workspace, KEEPER.person, KEEPER.name)


def viewer(guest: Guest, leads: Collection[str]) -> Viewer:
    """What a person may do now; who is a lead is asked at every request, not when they signed in."""
    keeper = guest.platform == OWN
    unbound = keeper or f"{guest.platform}:{guest.person}" in leads
    if keeper or guest.workspace != NO_WORKSPACE:
        lead = keeper or guest.leads or is_lead(guest, leads)
        return Viewer(guest, lead, keeper, unbound=unbound)
    begins, ends = f"{guest.platform}:", f":{guest.person}"
    named = [one for one in leads if one.startswith(begins) and one.endswith(ends)]
    leading = tuple(one[len(begins) : -len(ends)] for one in named if one.count(":") == 2)
    return Viewer(guest, unbound or bool(leading), keeper, leading, everywhere=unbound, unbound=unbound)


def is_lead(guest: Guest, leads: Collection[str]) -> bool:
    """Whether somebody is named as a lead: in every workspace, or in the one they come from."""
    known = (f"{guest.platform}:{guest.person}", f"{guest.platform}:{guest.workspace}:{guest.person}")
    return any(one in leads for one in known)


def shown(record: DecisionRecord, seen: Seen) -> DecisionRecord:
    """A decision as far as it may be seen: of a shared verdict, not the words that led to it."""
    if seen == "whole":
        return record
    outcomes = tuple(replace(one, note="", measure="", before="", after="") for one in record.outcomes)
    return replace(record, evidence=(), outcomes=outcomes, decided=replace(record.decided, note=""))
