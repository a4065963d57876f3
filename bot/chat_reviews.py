"""Reviews from within a chat: what waits for a lead, and one word on it, as the console would keep it.

Buttons carry ids only. Who taps is asked anew each time whether they lead and whether they may see it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.access import NO_WORKSPACE, Viewer, shown, viewer
from bot.names import LEVERS
from bot.news import NOWHERE, Where
from bot.reviewing import KeptAlreadyError, ReviewError, Reviewing
from bot.wording import notice, plain_day
from decision.assess import shortened
from storage.access import Guest
from storage.archive import Archive
from storage.findings import DecisionRecord
from storage.listing import Listing, Wanted
from storage.looks import Looks

if TYPE_CHECKING:
    from bot.bootstrap import Application
    from bot.links import Links

LEADS_ONLY = "Only leads review. An operator names them in SEXTANT_LEADS."
NOT_HERE = "That decision is no longer here, or it is not for you to see."
NOTHING_WAITS = "Nothing waits for a review."
CONSOLE, OWN_THREADS = "Open the console", "My threads in the console"
LINK_LASTS = "The link is yours alone. It works once, for ten minutes."

DUE = "Worth another look"
MOST_DUE = 5
MOST_COUNTED = 99

_PAGE, _MOST_PAGES = 50, 4


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision as a lead reviews it: with why in a line, and how many reviews it had when it was shown."""

    decision: str
    title: str
    lever: str
    why: str
    by: str
    state: str
    reviews: int
    where: Where = NOWHERE

    @property
    def named(self) -> str:
        """The lever in words."""
        return LEVERS.get(self.lever, self.lever)


class ChatReviews:
    """What a chat platform shows a person of reviews, and does for them. Waits for the database."""

    def __init__(
        self,
        archive: Archive,
        listing: Listing,
        looks: Looks,
        reviewing: Reviewing,
        links: "Links",
        leads: Collection[str],
    ) -> None:
        self._archive = archive
        self._listing = listing
        self._looks = looks
        self._reviewing = reviewing
        self._links = links
        self._leads = leads

    def leads(self, guest: Guest) -> bool:
        """Whether they may review at all."""
        return viewer(guest, self._leads).lead

    def waiting(self, guest: Guest, most: int) -> tuple[Waiting, ...]:
        """What waits for this lead on their platform and in their workspace, newest first; none for others.

        Without a workspace of their own (a Discord direct message) it is all of the platform.
        """
        me = viewer(guest, self._leads)
        if not me.lead:
            return ()
        found: list[Waiting] = []
        for decision in self._logged(me):
            record = self._record(me, decision)
            if record is not None:
                found.append(_waiting(record))
            if len(found) == most:
                break
        return tuple(found)

    def rest(self, guest: Guest, shown: int) -> str:
        """How many wait beside those that are shown, in a sentence; empty when none does."""
        me = viewer(guest, self._leads)
        if not me.lead:
            return ""
        wanted = Wanted(state="logged", platform=guest.platform)
        count = self._listing.count(me.sight, wanted, MOST_COUNTED) - shown
        if count <= 0:
            return ""
        many = f"More than {MOST_COUNTED - shown}" if count + shown > MOST_COUNTED else f"{count}"
        return f"{many} more {'waits' if count == 1 else 'wait'}; the console has them all."

    def due(self, guest: Guest, most: int) -> tuple[str, ...]:
        """What this lead is to look at again by today, each in a line."""
        me = viewer(guest, self._leads)
        if not me.lead:
            return ()
        looks = self._looks.due(me.sight, most)
        return tuple(
            f"{one.decision}, “{shortened(one.title, 80)}”: {plain_day(one.day)}, set by {one.by}"
            f"{f': {shortened(one.note, 100)}' if one.note else ''}"
            for one in looks
        )

    def one(self, guest: Guest, decision: str) -> Waiting:
        """A decision to be reviewed. Raises ReviewError for whoever may not."""
        return _waiting(self._seen(guest, decision))

    def review(
        self,
        guest: Guest,
        decision: str,
        what: str,
        reviews: int,
        reason: str = "",
        lever: str = "",
        look: str = "",
    ) -> str:
        """Keep a review, and say in a sentence what was kept.

        `reviews` is how many there were when the decision was shown, `look` a day (ISO) for another look. The
        same word of the same person again, as by a double click or a second delivery, is kept once.

        Raises:
            ReviewError: it cannot be kept; its words say why.
        """
        self._seen(guest, decision)
        try:
            kept = self._reviewing.review(guest, decision, what, reason, lever, seen=reviews, look=look)
        except KeptAlreadyError as already:
            return str(already)
        return " ".join(notice(kept)).strip()

    def look_again(self, guest: Guest, decision: str, day: str, note: str = "") -> str:
        """Set the day (ISO) for another look, and say so in a sentence. Raises ReviewError."""
        self._seen(guest, decision)
        self._reviewing.look_again(guest, decision, day, note)
        return f"{decision} is looked at again on {plain_day(day)}." if day else "The day is taken back."

    def link(self, guest: Guest) -> str:
        """A fresh link into the console, for this person alone."""
        return self._links.link_for(guest.platform, guest.workspace, guest.person, guest.name)

    def _seen(self, guest: Guest, decision: str) -> DecisionRecord:
        me = viewer(guest, self._leads)
        if not me.lead:
            raise ReviewError(LEADS_ONLY)
        record = self._record(me, decision)
        if record is None:
            raise ReviewError(NOT_HERE)
        return record

    def _record(self, me: Viewer, decision: str) -> DecisionRecord | None:
        seen = self._listing.seen(me.sight, decision)
        record = self._archive.decision(decision) if seen else None
        return shown(record, seen) if record is not None else None

    def _logged(self, me: Viewer) -> Iterator[str]:
        guest, wanted = me.guest, Wanted(state="logged", platform=me.guest.platform)
        for page in range(_MOST_PAGES):
            rows = self._listing.decisions(me.sight, wanted, _PAGE, page * _PAGE)
            for row in rows:
                if guest.workspace in (row.decided.place.workspace, NO_WORKSPACE):
                    yield row.decided.id
            if len(rows) < _PAGE:
                return


def chat_reviews(app: "Application") -> ChatReviews:
    """Reviews in the chats of an application."""
    return ChatReviews(
        app.archive, Listing(app.file), Looks(app.file), app.reviewing, app.links, app.settings.leads
    )


def _waiting(record: DecisionRecord) -> Waiting:
    decided, verdict = record.decided, record.verdict
    why = decided.note or (verdict.headline if verdict is not None else "")
    return Waiting(
        decision=decided.id,
        title=shortened(decided.title, 100),
        lever=decided.lever,
        why=shortened(" ".join(why.split()), 200),
        by=decided.by_name,
        state=decided.state,
        reviews=len(record.reviews),
        where=Where(decided.place.platform, decided.place.channel, decided.place.key),
    )
