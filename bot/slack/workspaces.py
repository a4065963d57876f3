"""The workspaces that the bot is in: one by its token, or as many as installed it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.readiness import Lack
from storage.errors import StorageError
from storage.installations import Installation, Installations

logger = logging.getLogger(__name__)

PLATFORM = "slack"

MakeClient = Callable[[str], AsyncWebClient]
"""A client for a token."""

_RETRY = 5.0
"""Seconds between attempts to learn who the token belongs to."""
_KEPT = 60.0
"""Seconds for which an installation is taken to be as it was read: another process may remove it."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace, who the bot is there, and the client that speaks for it."""

    team: str
    enterprise: str
    name: str
    url: str
    bot_user: str
    bot_id: str
    token: str = field(repr=False)
    client: AsyncWebClient = field(repr=False, compare=False)


class Workspaces(Protocol):
    """Finds the workspace that something came from or goes to."""

    async def find(self, team: str) -> Workspace | None:
        """The workspace with this id; None where the bot is not installed.

        Raises:
            OSError: it cannot be found out now.
        """

    async def removed(self, team: str, at: float) -> None:
        """The app was taken out of a workspace: let go of its token and of all that waits there.

        `at` is when, in seconds; whoever installed it again since then keeps it.
        """

    def accepted(self, team: str) -> None:
        """Slack took the workspace's token."""

    def refused(self, team: str, code: str) -> None:
        """Slack takes the workspace's token no longer."""

    def trouble(self) -> str:
        """Why the bot may not speak, in a sentence; empty when all is well."""

    def lacks(self) -> Lack:
        """The same in one word."""


class OneWorkspace:
    """The one workspace of a token. Slack is asked once who that is, however many want to know."""

    def __init__(self, token: str, make_client: MakeClient) -> None:
        self._token = token
        self._client = make_client(token)
        self._found: Workspace | None = None
        self._asking: asyncio.Task[Workspace] | None = None
        self._asked_at = -_RETRY
        self._why = "Slack was not asked yet whether it takes the bot's token"
        self._lacks: Lack = "start"

    async def find(self, team: str) -> Workspace | None:
        """The one workspace, if the id is its own or not given."""
        found = self._found or await self._ask()
        return found if team in ("", found.team) else None

    async def removed(self, team: str, at: float) -> None:
        """Say so from now on: the token is of no use any more."""
        if self._found is not None and team == self._found.team:
            self.refused(team, "app_uninstalled")

    def accepted(self, team: str) -> None:
        """The token works."""
        self._why, self._lacks = "", ""

    def refused(self, team: str, code: str) -> None:
        """Say it once in the log, and in `trouble` until the token works again."""
        why = f"Slack refused the bot's token ({code}); install the app again and set SLACK_BOT_TOKEN"
        if why != self._why:
            logger.error("slack_token_refused code=%s", code)
        self._why, self._lacks = why, "token"

    def trouble(self) -> str:
        """Whether the token was refused, or could not be tried yet."""
        return self._why

    def lacks(self) -> Lack:
        """The same in one word."""
        return self._lacks

    async def _ask(self) -> Workspace:
        if self._asking is None:
            if monotonic() - self._asked_at < _RETRY:
                raise ConnectionError("Slack was asked a moment ago")
            self._asked_at = monotonic()
            self._asking = asyncio.ensure_future(self._identify())
            self._asking.add_done_callback(self._answered)
        return await asyncio.shield(self._asking)

    def _answered(self, task: asyncio.Task[Workspace]) -> None:
        self._asking = None
        if not task.cancelled():
            task.exception()  # whoever waits gets it; without this it would be said again when nobody does

    async def _identify(self) -> Workspace:
        try:
            told = await self._client.auth_test()
        except SlackApiError as error:
            data = getattr(error.response, "data", None)
            code = str(data.get("error", "")) if isinstance(data, Mapping) else ""
            if code:
                self.refused("", code)
            raise ConnectionError("Slack does not take the token") from None
        except (TimeoutError, aiohttp.ClientError, OSError):
            self._why, self._lacks = "Slack is out of reach; it is tried again", "connection"
            raise ConnectionError("Slack is out of reach") from None
        data = told.data if isinstance(told.data, Mapping) else {}
        self._found = workspace_of(data, self._token, self._client)
        self.accepted(self._found.team)
        return self._found


class InstalledWorkspaces:
    """The workspaces that installed the app; their tokens are kept sealed in the database."""

    def __init__(self, installations: Installations, make_client: MakeClient) -> None:
        self._installations = installations
        self._make_client = make_client
        self._held: dict[str, tuple[float, Workspace]] = {}
        self._refused: dict[str, str] = {}

    async def find(self, team: str) -> Workspace | None:
        """The workspace, if it is installed."""
        until, held = self._held.get(team, (0.0, None))
        if held is not None and monotonic() < until:
            return held
        try:
            one = await asyncio.to_thread(self._installations.find, PLATFORM, team)
        except StorageError as error:
            logger.error("slack_installation_unreadable team=%s says=%s", team, error)
            raise ConnectionError("the installation cannot be read") from None
        if one is None:
            self._held.pop(team, None)
            return None
        same = held is not None and held.token == one.token
        found = held if same and held is not None else self._opened(one)
        self._held[team] = (monotonic() + _KEPT, found)
        return found

    async def add(self, one: Installation) -> None:
        """Keep a new installation, in place of an older one."""
        await asyncio.to_thread(self._installations.save, one)
        self._held.pop(one.workspace, None)
        self._refused.pop(one.workspace, None)
        logger.info("slack_installed team=%s", one.workspace)

    async def removed(self, team: str, at: float) -> None:
        """Delete the tokens, and close what waits."""
        before = datetime.fromtimestamp(at, UTC)
        if not await asyncio.to_thread(self._installations.remove, PLATFORM, team, before):
            logger.info("slack_uninstalled_before team=%s", team)
            return
        self._held.pop(team, None)
        self._refused.pop(team, None)
        logger.info("slack_uninstalled team=%s", team)

    def accepted(self, team: str) -> None:
        """The workspace's token works."""
        self._refused.pop(team, None)

    def refused(self, team: str, code: str) -> None:
        """Say it once in the log, and look for a newer token the next time."""
        if self._refused.get(team) != code:
            logger.error("slack_token_refused team=%s code=%s", team, code)
        self._refused[team] = code
        self._held.pop(team, None)

    def trouble(self) -> str:
        """Which workspaces must install the app again."""
        if not self._refused:
            return ""
        named = ", ".join(sorted(self._refused))
        return f"Slack refused the token of {named}; install the app there again"

    def lacks(self) -> Lack:
        """The same in one word."""
        return "token" if self._refused else ""

    def _opened(self, one: Installation) -> Workspace:
        parts = {**one.parts, "team_id": one.workspace, "team": one.name}
        return workspace_of(parts, one.token, self._make_client(one.token))


def workspace_of(told: Mapping[str, Any], token: str, client: AsyncWebClient) -> Workspace:
    """The workspace that `auth.test` tells of."""

    def text(name: str) -> str:
        found = told.get(name)
        return found if isinstance(found, str) else ""

    return Workspace(
        team=text("team_id"),
        enterprise=text("enterprise_id"),
        name=text("team"),
        url=text("url"),
        bot_user=text("user_id"),
        bot_id=text("bot_id"),
        token=token,
        client=client,
    )
