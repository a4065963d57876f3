"""The desk that all ways in share: who is let in, in which order they come, and where it is written down."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.lanes import Lanes
from bot.slack.calls import Calls
from bot.slack.directory import Directory, Person
from bot.slack.gating import admitted, foreign
from bot.slack.workspaces import Workspace, Workspaces
from storage.records import Incoming

if TYPE_CHECKING:
    from bot.chat_reviews import ChatReviews
    from bot.people import People
    from bot.turns import Turns

logger = logging.getLogger(__name__)

DRAINS_FOR = 5.0


class NotReadyError(Exception):
    """Something came before the lanes were there; Slack sends it again."""


@dataclass(eq=False)
class Desk:
    """What listeners need. `guests` lets in guests and people of other organisations; `leads` may review."""

    turns: "Turns"
    people: "People"
    workspaces: Workspaces
    directory: Directory
    calls: Calls
    reviews: "ChatReviews"
    guests: bool = False
    leads: frozenset[str] = frozenset()
    lanes: Lanes | None = None
    _after: set[asyncio.Task[None]] = field(default_factory=set)
    _turnstiles: dict[tuple[str, ...], "_Turnstile"] = field(default_factory=dict)

    async def receive(self, incoming: Incoming) -> bool:
        """Write it down; once this returns it may be acknowledged. False: it came before."""
        if self.lanes is None:
            raise NotReadyError
        return await self.lanes.receive(incoming)

    async def person(
        self, workspace: Workspace, user: str, teams: frozenset[str] = frozenset()
    ) -> Person | None:
        """Who somebody is; None for those who are not let in. `teams` are what Slack names as theirs.

        Raises:
            Later: Slack cannot be asked now, and nobody is let in unseen.
        """
        if foreign(teams, workspace.team, workspace.enterprise) and not self.guests:
            return None
        person = await self.directory.person(workspace, user)
        return person if admitted(person.standing, self.guests) else None

    def afterwards(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something once Slack has its acknowledgement; what fails is logged by its type."""
        task = asyncio.ensure_future(_guarded(work))
        self._after.add(task)  # a task that nothing refers to may be collected before it ran
        task.add_done_callback(self._after.discard)

    async def drain(self) -> None:
        """Let what was begun afterwards end."""
        if self._after:
            _, late = await asyncio.wait(self._after, timeout=DRAINS_FOR)
            for task in late:
                task.cancel()

    @asynccontextmanager
    async def in_order(self, *thread: str) -> AsyncIterator[None]:
        """One at a time for a thread, in the order of coming: a look at Slack must not let others pass."""
        turnstile = self._turnstiles.setdefault(thread, _Turnstile())
        turnstile.waiting += 1
        try:
            async with turnstile.lock:
                yield
        finally:
            turnstile.waiting -= 1
            if not turnstile.waiting:
                self._turnstiles.pop(thread, None)


@dataclass(slots=True)
class _Turnstile:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:  # what it says may hold a person's words
        logger.warning("slack_afterwards_failed error=%s", type(error).__name__)
