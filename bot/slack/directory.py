"""What Slack says about people and conversations, remembered for a while so that it is asked little."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from bot.courier import Gone, Later
from bot.naming import Naming
from bot.slack.calls import Calls, RefusedError, within
from bot.slack.gating import Standing, name_of, standing_of
from bot.slack.workspaces import PLATFORM, Workspace
from storage.records import Place

logger = logging.getLogger(__name__)

KEPT = 600.0
MOST = 5000
IN_TIME = 2.0
"""Seconds that a look may take while Slack waits for an acknowledgement, which is due after three."""

REFUSED_WAIT = 60.0
_NO_PERSON = frozenset({"user_not_found", "user_not_visible"})
_NO_PLACE = frozenset({"channel_not_found", "not_in_channel", "is_archived", "thread_not_found"})

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, and who they are to the workspace."""

    user: str
    name: str
    standing: Standing
    zone: str = ""
    """Their time zone, such as `Europe/Berlin`."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A channel or direct message, as far as it matters where something is said."""

    private: bool
    member: bool
    shared: bool
    """Whether people of other organisations read it."""


class Directory:
    """Asks Slack once for what many want to know at the same time."""

    def __init__(self, calls: Calls, naming: Naming | None = None) -> None:
        """`naming` is told what channels are called."""
        self._calls = calls
        self._naming = naming
        self._people: _Remembered[Person] = _Remembered()
        self._places: _Remembered[Conversation] = _Remembered()
        self._directs: _Remembered[str] = _Remembered()
        self._refused: dict[str, str] = {}

    def trouble(self) -> str:
        """What Slack does not let us ask, in a sentence; empty when all is well."""
        named = ", ".join(f"{method} ({code})" for method, code in sorted(self._refused.items()))
        return f"Slack refused {named}; check the app's scopes and install it again" if named else ""

    async def person(self, workspace: Workspace, user: str, known: bool = False) -> Person:
        """Somebody in a workspace; an outsider where Slack does not know them there.

        `known`: as they were known last, where there is no time to ask.

        Raises:
            Later: Slack cannot be asked now.
        """
        key = (workspace.team, user)
        return await self._people.get(key, lambda: self._person(workspace, user), known)

    async def conversation(self, workspace: Workspace, channel: str) -> Conversation:
        """A conversation; a private one that the bot is not in where Slack does not show it.

        Raises:
            Later: Slack cannot be asked now.
        """
        return await self._places.get((workspace.team, channel), lambda: self._place(workspace, channel))

    async def direct(self, workspace: Workspace, user: str) -> str:
        """The conversation of the bot with a person alone.

        Raises:
            Later: Slack cannot be asked now.
            Gone: there can be none.
        """
        return await self._directs.get((workspace.team, user), lambda: self._direct(workspace, user))

    def changed(self, workspace: Workspace, channel: str) -> None:
        """Somebody came into a conversation, left it or changed it: look again the next time."""
        self._places.forget((workspace.team, channel))

    async def _person(self, workspace: Workspace, user: str) -> Person:
        told = await self._look(workspace, "users.info", _NO_PERSON, user=user)
        if told is None:
            return Person(user, "", "outsider")
        found = told.get("user") or {}
        standing = standing_of(found, workspace.team, workspace.enterprise)
        return Person(user, name_of(found), standing, str(found.get("tz") or ""))

    async def _place(self, workspace: Workspace, channel: str) -> Conversation:
        told = await self._look(workspace, "conversations.info", _NO_PLACE, channel=channel)
        if told is None:
            return Conversation(private=True, member=False, shared=False)
        found = told.get("channel") or {}
        public = bool(found.get("is_channel")) and not found.get("is_private")
        direct = bool(found.get("is_im"))
        shared = bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))
        if self._naming is not None and not (direct or found.get("is_mpim")):  # whose names are people's
            place = Place(PLATFORM, workspace.team, channel, "", not public)
            await self._naming.note(place, str(found.get("name") or ""))
        return Conversation(not public, direct or bool(found.get("is_member")), shared)

    async def _look(
        self, workspace: Workspace, method: str, absent: frozenset[str], **what: Any
    ) -> Mapping[str, Any] | None:
        """What Slack tells; None where it says that there is no such thing, and never for another reason."""
        try:
            told: Mapping[str, Any] = await within(IN_TIME, self._calls(workspace, method, **what))
        except (Gone, RefusedError) as error:
            code = error.why if isinstance(error, Gone) else error.code
            if code in absent:
                return None
            if self._refused.get(method) != code:
                logger.error("slack_look_refused method=%s code=%s", method, code)
            self._refused[method] = code
            raise Later(REFUSED_WAIT, "Slack refused a look") from None
        self._refused.pop(method, None)
        return told

    async def _direct(self, workspace: Workspace, user: str) -> str:
        told = await within(IN_TIME, self._calls(workspace, "conversations.open", users=user))
        return str(told["channel"]["id"])


class _Remembered(Generic[_V]):
    """Values by key, each asked for once and kept for a while; what fails is not kept.

    An old value still counts while a new one cannot be had.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], tuple[float, asyncio.Future[_V]]] = OrderedDict()

    async def get(self, key: tuple[str, str], ask: Callable[[], Awaitable[_V]], known: bool = False) -> _V:
        until, held = self._held.get(key, (0.0, None))
        if known and held is not None and held.done() and not held.cancelled():
            return held.result()
        if held is None or monotonic() >= until:
            held = asyncio.ensure_future(_fresh(ask, held))
            self._held[key] = (monotonic() + KEPT, held)
            held.add_done_callback(lambda done: self._settle(key, done))
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return await asyncio.shield(held)

    def forget(self, key: tuple[str, str]) -> None:
        self._held.pop(key, None)

    def _settle(self, key: tuple[str, str], done: "asyncio.Future[_V]") -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and self._held.get(key, (0.0, None))[1] is done:
            self._held.pop(key, None)


async def _fresh(ask: Callable[[], Awaitable[_V]], before: "asyncio.Future[_V] | None") -> _V:
    try:
        return await ask()
    except Later:
        if before is None or not before.done() or before.cancelled() or before.exception() is not None:
            raise
        return before.result()
