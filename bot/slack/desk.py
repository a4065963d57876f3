"""The desk that all ways in share: who is let in, in which order they come, and where it is written down."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from bot.courier import MOST_TRIES, SLOWEST, Later
from bot.lanes import Lanes
from bot.slack.calls import Calls
from bot.slack.directory import Directory, Person
from bot.slack.gating import admitted, foreign
from bot.slack.workspaces import Workspace, Workspaces
from storage.errors import StorageError
from storage.records import Incoming

if TYPE_CHECKING:
    from bot.chat_reviews import ChatReviews
    from bot.people import People
    from bot.turns import Turns

logger = logging.getLogger(__name__)

DRAINS_FOR = 5.0
ASKS = 4

MOST_AGAIN = 1000
"""So much is kept in mind to be done again, and so many people as told of it."""

TELLS_EVERY = 60.0
"""Seconds for which nobody is told twice that nothing can be written down."""


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
    asking: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(ASKS, "slack-asks"))
    """Answers to questions may wait for a model; what is written down meanwhile must not wait for them."""
    _again: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _told: dict[tuple[str, ...], float] = field(default_factory=dict)
    _turnstiles: dict[tuple[str, ...], "Turnstile"] = field(default_factory=dict)

    async def receive(self, incoming: Incoming) -> bool:
        """Write it down; once this returns it may be acknowledged. False: it came before."""
        return await (await self.take(incoming))

    async def take(self, incoming: Incoming) -> "asyncio.Future[bool]":
        """Put it in line to be written down, behind all that came before; it is once the future is done."""
        if self.lanes is None:
            raise NotReadyError
        return await self.lanes.take(incoming)

    async def person(
        self, workspace: Workspace, user: str, teams: frozenset[str] = frozenset(), known: bool = False
    ) -> Person | None:
        """Who somebody is; None for those who are not let in. `teams` are what Slack names as theirs.

        `known`: as they were known last, where there is no time to ask.

        Raises:
            Later: Slack cannot be asked now, and nobody is let in unseen.
        """
        if foreign(teams, workspace.team, workspace.enterprise) and not self.guests:
            return None
        person = await self.directory.person(workspace, user, known)
        return person if admitted(person.standing, self.guests) else None

    def afterwards(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something once Slack has its acknowledgement; what fails is logged by its type."""
        task = asyncio.ensure_future(_guarded(work))
        self._after.add(task)  # a task that nothing refers to may be collected before it ran
        task.add_done_callback(self._after.discard)

    def again(self, name: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do later what Slack leaves no way to do now, once for a name.

        It was not acknowledged either, so it is lost with this process, or where there is too much of it,
        only if Slack does not bring it again.
        """
        if name not in self._again and len(self._again) < MOST_AGAIN:
            self._again[name] = asyncio.ensure_future(_guarded(_persist(seconds, work)))
            self._again[name].add_done_callback(lambda _: self._again.pop(name, None))

    def may_tell(self, *whom: str) -> bool:
        """Whether somebody may be told what goes wrong: once for a while, or they would hear nothing else."""
        now = monotonic()
        self._told = {who: until for who, until in self._told.items() if until > now}
        if whom in self._told or len(self._told) >= MOST_AGAIN:
            return False
        self._told[whom] = now + TELLS_EVERY
        return True

    async def drain(self) -> None:
        """Let what was begun afterwards end."""
        for task in self._again.values():
            task.cancel()
        if self._after:
            _, late = await asyncio.wait(self._after, timeout=DRAINS_FOR)
            for task in late:
                task.cancel()
        self.asking.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def in_order(self, *thread: str) -> "AsyncIterator[Turnstile]":
        """One at a time for a thread, in the order of coming: a look at Slack must not let others pass."""
        turnstile = self._turnstiles.setdefault(thread, Turnstile())
        turnstile.waiting += 1
        try:
            async with turnstile.lock:
                yield turnstile
        finally:
            turnstile.waiting -= 1
            self._leave(thread, turnstile)
            if turnstile.kept is not None:
                turnstile.kept.add_done_callback(lambda _: self._leave(thread, turnstile))

    def _leave(self, thread: tuple[str, ...], turnstile: "Turnstile") -> None:
        if turnstile.waiting or (turnstile.kept is not None and not turnstile.kept.done()):
            return
        if self._turnstiles.get(thread) is turnstile:
            del self._turnstiles[thread]


@dataclass(slots=True)
class Turnstile:
    """Where the messages of one thread pass; `kept` is done once the last of them is written down."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    kept: "asyncio.Future[bool] | None" = None

    async def empty(self) -> None:
        """Return once what passed before is written down, or could not be."""
        if self.kept is not None:
            await asyncio.wait({self.kept})


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:  # what it says may hold a person's words
        logger.warning("slack_afterwards_failed error=%s", type(error).__name__)


async def _persist(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    for _ in range(MOST_TRIES):
        await asyncio.sleep(seconds)
        try:
            await work()
        except Later as later:
            seconds = max(later.seconds, 1.0)
        except StorageError:
            seconds = min(2 * max(seconds, 1.0), SLOWEST)
        else:
            return
    logger.error("slack_message_given_up")
