"""Slack, wired together: over Socket Mode or HTTP, in one workspace or several."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat_reviews import chat_reviews
from bot.lanes import Lanes
from bot.naming import Naming
from bot.readiness import Lack
from bot.settings import Settings
from bot.slack.application import application, silent
from bot.slack.calls import Calls
from bot.slack.courier import SlackCourier
from bot.slack.desk import Desk
from bot.slack.directory import Directory
from bot.slack.guard import Guard
from bot.slack.oauth import INSTALL, REDIRECT, Install
from bot.slack.socket import PING, Socket
from bot.slack.workspaces import InstalledWorkspaces, OneWorkspace, Workspaces
from storage.channels import Channels
from storage.installations import Installations, Seal

if TYPE_CHECKING:
    from bot.bootstrap import Application
    from bot.console.web import Asgi

logger = logging.getLogger(__name__)

EVENTS = "/slack/events"
CALL_FOR = 15.0
"""Seconds that one call to Slack may take in all."""


class SlackAdapter:
    """Brings in what people say in Slack, and has a courier that brings replies back."""

    name = "slack"

    def __init__(self, settings: Settings, app: "Application", ping: float = PING) -> None:
        """`ping` is how often, in seconds, the connection of Socket Mode is looked after."""
        self._settings = settings
        self._ping = ping
        self._acknowledged = partial(app.watch.metrics.acknowledged, self.name)
        self._session: aiohttp.ClientSession | None = None
        self._clients: list[AsyncWebClient] = []
        self._workspaces = self._found_workspaces(app)
        calls = Calls(self._workspaces)
        directory = Directory(calls, Naming(Channels(app.file)))
        self.courier = SlackCourier(
            self._workspaces, calls, directory, app.log.inbox, settings.slack_admit_guests
        )
        self._desk = Desk(
            turns=app.turns,
            people=app.people,
            workspaces=self._workspaces,
            directory=directory,
            calls=calls,
            reviews=chat_reviews(app),
            guests=settings.slack_admit_guests,
            leads=frozenset(settings.leads),
        )
        self._app = application(self._desk, self._client(""))
        self._socket: Socket | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self, lanes: Lanes) -> None:
        """Ask Slack who the bot is, and connect; both go on by themselves when Slack is out of reach."""
        self._open()
        self._desk.lanes = lanes
        token = self._settings.slack_app_token
        if token is not None and not self._settings.slack_client_id:
            self._socket = Socket(
                self._app, token.get_secret_value(), self._client(""), self._ping, self._acknowledged
            )
        self._connecting = asyncio.ensure_future(self._connect())

    async def stop(self) -> None:
        """Take in nothing more; what waits is delivered still."""
        self._desk.lanes = None
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._socket is not None:
            self._socket.stop()
        await self._desk.drain()

    async def close(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            await self._socket.close()
        if self._session is not None:
            await self._session.close()

    def trouble(self) -> str:
        """Why it is not connected or may not speak; empty when all is well."""
        link = self._socket.trouble() if self._socket is not None else ""
        return self._workspaces.trouble() or link or self._desk.directory.trouble()

    def lacks(self) -> Lack:
        """The same in one word."""
        link = self._socket.lacks() if self._socket is not None else ""
        return self._workspaces.lacks() or link or ("permission" if self._desk.directory.trouble() else "")

    def http(self) -> "Mapping[str, Asgi]":
        """The ways in over HTTP, unless Socket Mode is configured."""
        settings = self._settings
        if settings.slack_signing_secret is None or (
            settings.slack_app_token is not None and not settings.slack_client_id
        ):
            return {}
        paths: dict[str, Asgi] = {
            EVENTS: Guard(
                self._app, settings.slack_signing_secret.get_secret_value(), acknowledged=self._acknowledged
            )
        }
        if isinstance(self._workspaces, InstalledWorkspaces):
            install = self._install(self._workspaces)
            paths |= {INSTALL: install.begin, REDIRECT: install.finish}
        return paths

    async def _connect(self) -> None:
        """Learn who the bot is before anything comes in, and go on trying."""
        wait = 1.0
        while isinstance(self._workspaces, OneWorkspace):
            try:
                await self._workspaces.find("")
                break
            except OSError:
                await asyncio.sleep(wait)
                wait = min(wait * 2, 60.0)
        if self._socket is not None:
            await self._socket.connect()

    def _found_workspaces(self, app: "Application") -> Workspaces:
        settings = self._settings
        if settings.slack_client_id and settings.secret is not None:
            seal = Seal(settings.secret.get_secret_value())
            return InstalledWorkspaces(Installations(app.file, seal), self._client)
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token is not None else ""
        return OneWorkspace(token, self._client)

    def _install(self, workspaces: InstalledWorkspaces) -> Install:
        settings = self._settings
        assert settings.slack_client_secret is not None
        assert settings.secret is not None
        return Install(
            settings.slack_client_id,
            settings.slack_client_secret.get_secret_value(),
            settings.secret.get_secret_value(),
            settings.slack_api_url,
            settings.public_url,
            workspaces,
            self._client,
        )

    def _client(self, token: str) -> AsyncWebClient:
        """A client that retries nothing by itself: a post that was lost on its way may still have arrived."""
        made = AsyncWebClient(
            token=token or None,
            base_url=self._settings.slack_api_url,
            session=self._session,
            timeout=int(CALL_FOR),
            logger=silent(),
            retry_handlers=[],
        )
        if self._session is None:
            self._clients.append(made)
        return made

    def _open(self) -> None:
        """One session for all clients: a new one for each call would shake hands with Slack each time."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_FOR))
        for client in self._clients:
            client.session = self._session
        self._clients.clear()
