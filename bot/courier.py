"""What lanes ask of a platform: to bring replies out, and to show that something is being done."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.draft import Draft
from bot.posts import Parts
from storage.records import Claimed, InLine, Sending

MOST_TRIES = 8
"""A delivery that failed so often for reasons of its own is given up, so that its thread goes on."""

LONGEST_WAIT = 300.0
SLOWEST = 30.0
"""Seconds between looks at a platform that is away."""


class Later(Exception):
    """Not now: the platform asks to wait, or is out of reach. Tried again after `seconds`."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds = seconds
        self.why = why


class Gone(Exception):
    """Can never be delivered: the place is gone, or the bot may not speak there."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Courier(Protocol):
    """Brings replies to one platform."""

    @property
    def platform(self) -> str:
        """The platform's name, as places have it."""

    async def deliver(self, sending: Sending, parts: Parts, onto: str) -> str:
        """Post the parts, or edit the earlier post `onto` to show them; gives the platform's id of the post.

        Where a draft of the reply may stand, the reply takes its place.

        Raises:
            Later: it may be tried again.
            Gone: it may not.
        """

    def working(self, claimed: Claimed, draft: Draft) -> AbstractAsyncContextManager[None]:
        """Show that a message is being thought about, until the block ends however it ends. Where there is
        a way to, show also what comes into the draft, and note where that stands.
        """

    async def waits(self, one: InLine, number: int) -> None:
        """Tell somebody whose message waits that it is so far back in the line, or with 0 that it waits no
        longer, where the platform has a way to that leaves no post behind. Never raises.
        """
