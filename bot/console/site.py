"""All that the pages of the console are made from. Bootstrap builds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.access import Viewer
from bot.links import Links
from bot.reviewing import Reviewing
from bot.weekly import Weekly
from decision.policy import Policy
from knowledge.library import Library
from storage.archive import Archive
from storage.calibration import Promise
from storage.listing import Listing, Wanted
from storage.looks import Looks
from storage.posted import PostedDigests
from storage.queries import Queries
from storage.subscriptions import Subscriptions

LOCAL = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  # asked about, not bound to

Troubles = Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Site:
    """What is read and written, and by whom. `hosts` are the names it goes by; empty for any."""

    links: Links
    leads: tuple[str, ...]
    hosts: tuple[str, ...]
    listing: Listing
    looks: Looks
    archive: Archive
    queries: Queries
    reviewing: Reviewing
    library: Library
    policy: Policy
    weekly: Weekly
    subscriptions: Subscriptions
    posted: PostedDigests
    promises: Callable[[], list[Promise]]
    now: Callable[[], datetime]

    @property
    def secure(self) -> bool:
        """Whether people reach it by https."""
        return self.links.address.startswith("https://")

    @property
    def cookie(self) -> str:
        """The cookie's name; browsers keep a `__Host-` one for this host alone."""
        return "__Host-sextant" if self.secure else "sextant"

    def waiting(self, viewer: Viewer) -> int:
        """How many decisions wait for a review, counted to a hundred."""
        return self.listing.count(viewer.sight, Wanted(state="logged"), 99)


def hosts(public_url: str, bound: str) -> tuple[str, ...]:
    """The names that the console goes by; none where it listens everywhere and nobody said its name."""
    named = urlsplit(public_url).hostname or ""
    if bound in EVERYWHERE and not named:
        return ()
    return tuple(name for name in (named, bound, *LOCAL) if name and name not in EVERYWHERE)
