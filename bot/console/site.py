"""All that the pages of the console are made from. It is built over the application as adapters are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.access import Viewer
from bot.links import Links
from bot.metrics import Metrics
from bot.reviewing import Reviewing
from bot.weekly import Weekly
from decision.policy import Policy
from knowledge.library import Library
from storage.archive import Archive
from storage.audit import Audit
from storage.calibration import Promise, promises
from storage.channels import Channels
from storage.listing import Listing, Wanted
from storage.looks import Looks
from storage.posted import PostedDigests
from storage.queries import Queries
from storage.subscriptions import Subscriptions

if TYPE_CHECKING:
    from bot.bootstrap import Application

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
    channels: Channels
    looks: Looks
    audit: Audit
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
    metrics: Metrics

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


def site_of(app: "Application") -> Site:
    """What the console of an application shows and does."""
    return Site(
        links=app.links,
        leads=app.settings.leads,
        hosts=_hosts(app.settings.public_url, app.settings.host),
        listing=Listing(app.file),
        channels=Channels(app.file),
        looks=Looks(app.file),
        audit=Audit(app.file),
        archive=app.archive,
        queries=app.turns.queries,
        reviewing=app.reviewing,
        library=app.library,
        policy=app.policy,
        weekly=app.weekly,
        subscriptions=Subscriptions(app.file),
        posted=PostedDigests(app.file),
        promises=lambda: promises(app.file),
        now=lambda: datetime.now(UTC),
        metrics=app.watch.metrics,
    )


def _hosts(public_url: str, bound: str) -> tuple[str, ...]:
    """The names that the console goes by; none where it listens everywhere and nobody said its name."""
    named = urlsplit(public_url).hostname or ""
    if bound in EVERYWHERE and not named:
        return ()
    return tuple(name for name in (named, bound, *LOCAL) if name and name not in EVERYWHERE)
