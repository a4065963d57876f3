"""Links into the console: for one person, for ten minutes, to be used once; and what they turn into.

A link is a random name and a signature over that name, its person and its end. The name finds the row that
says whether it was used; the signature ties it to the person and to this installation's secret.
"""

import base64
import hashlib
import hmac
import logging
import re
import secrets
from datetime import timedelta
from typing import Literal

from storage.access import Access, Guest, Offer
from storage.instant import Clock, to_text

logger = logging.getLogger(__name__)

LINK_LASTS = timedelta(minutes=10)
SIGN_IN_LASTS = timedelta(hours=12)

_TOKEN = re.compile(r"([A-Za-z0-9_-]{32})\.([A-Za-z0-9_-]{43})")

Why = Literal["unknown", "altered", "used", "ended"]


class LinkRefusedError(Exception):
    """A link signs nobody in; `why` is for the operator's log, not for whoever holds the link."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class Links:
    """Gives out links, and turns each into one sign-in."""

    def __init__(self, access: Access, secret: str, address: str, now: Clock) -> None:
        """`secret` signs; an empty one is made up, and then links end with this process.

        `address` is where the console is reached; it may be set anew once that is known.
        """
        self._access = access
        self._secret = (secret or secrets.token_urlsafe(32)).encode()
        self._now = now
        self.address = address.rstrip("/")

    def link_for(self, platform: str, workspace: str, person: str, name: str = "") -> str:
        """A fresh link that signs this person in."""
        called = name or self._access.name_of(platform, workspace, person)
        guest, ends = Guest(platform, workspace, person, called), self._now() + LINK_LASTS
        known = secrets.token_urlsafe(24)
        self._access.offer(_digest(known), guest, ends)
        return f"{self.address}/sign-in?link={known}.{self._signature(known, Offer(guest, ends, False))}"

    def holder(self, token: str) -> Guest:
        """Whom a link would sign in; it may still be used afterwards. Raises LinkRefusedError."""
        return self._checked(token)[1].guest

    def sign_in(self, token: str) -> str:
        """Use a link up, and give what its person is known by from then on. Raises LinkRefusedError."""
        link, offer = self._checked(token)
        known = secrets.token_urlsafe(32)
        if not self._access.use(link, _digest(known), offer.guest, self._now() + SIGN_IN_LASTS):
            raise self._refused("used")  # in another window, since it was checked
        logger.info("signed_in platform=%s", offer.guest.platform)
        return known

    def signed_in(self, known: str) -> Guest | None:
        """Who is known by this."""
        return self._access.signed_in(_digest(known)) if known else None

    def leave(self, known: str) -> None:
        """Sign out of this browser."""
        self._access.leave(_digest(known))

    def leave_everywhere(self, guest: Guest) -> None:
        """Sign an account out of every browser, from whichever workspace, and let no link of it be used."""
        self._access.leave_everywhere(guest)

    def _checked(self, token: str) -> tuple[str, Offer]:
        parts = _TOKEN.fullmatch(token)
        offer = self._access.offered(_digest(parts[1])) if parts else None
        if parts is None or offer is None:
            raise self._refused("unknown")
        if not hmac.compare_digest(parts[2], self._signature(parts[1], offer)):
            raise self._refused("altered")
        if offer.used:
            raise self._refused("used")
        if offer.ends <= self._now():
            raise self._refused("ended")
        return _digest(parts[1]), offer

    def _refused(self, why: Why) -> LinkRefusedError:
        logger.warning("link_refused why=%s", why)
        return LinkRefusedError(why)

    def _signature(self, known: str, offer: Offer) -> str:
        guest = offer.guest
        said = "\0".join((known, guest.platform, guest.workspace, guest.person, to_text(offer.ends)))
        made = hmac.digest(self._secret, said.encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _digest(known: str) -> str:
    return hashlib.sha256(known.encode()).hexdigest()
