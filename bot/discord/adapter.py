"""Discord as one of the platforms that `serve` runs: connects, takes messages in, and has a courier."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import discord

from bot.discord.client import SextantClient, ShardedClient, ask_gateway, point_at
from bot.discord.courier import SECONDS, DiscordCourier
from bot.discord.desk import Desk
from bot.discord.gating import PLATFORM
from bot.discord.interactions import Interactions
from bot.discord.listening import Listening
from bot.discord.lookups import Lookups
from bot.discord.manners import Manners
from bot.discord.threads import Threads
from bot.lanes import Lanes
from bot.naming import Naming
from bot.readiness import Lack
from storage.channels import Channels

if TYPE_CHECKING:
    from bot.bootstrap import Application
    from bot.console.web import Asgi
    from bot.settings import Settings

logger = logging.getLogger(__name__)

LOGGERS = (
    *("client", "gateway", "shard", "http", "state", "webhook.async_"),
    *("ui.view", "ui.modal", "ui.dynamic", "app_commands.tree"),
)

DRAINS_FOR = 10.0
"""Seconds for what is being taken in when the process is stopped."""
LOGS_IN = 45.0
"""Seconds for all that is asked before the connection is made."""
LONGEST_WAIT = 60.0
LOOKS_AGAIN = 3600.0
ASKS_AT_ONCE = 4

NOT_YET = "Discord is not connected yet"
CUT = "The connection to Discord is cut; it is tried again"
BAD_TOKEN = "Discord does not accept DISCORD_TOKEN; copy it anew from the developer portal"  # noqa: S105
NO_INTENT = (
    "Discord refuses the message content intent; switch it on in the developer portal under Bot, "
    "or unset SEXTANT_DISCORD_MESSAGE_CONTENT"
)
SPENT = "Discord allows no more connections today; it is tried again when it does"
OUT_OF_REACH = "Discord is out of reach; it is tried again"
STOPPED = "Discord is disconnected"
_LACKS: Mapping[str, Lack] = {
    "": "",
    NOT_YET: "start",
    CUT: "connection",
    BAD_TOKEN: "token",
    NO_INTENT: "permission",
    OUT_OF_REACH: "connection",
    SPENT: "connection",
    STOPPED: "stopped",
}
LOST = (
    "Discord: without the message content intent I read messages that mention me, direct messages, commands, "
    "buttons and forms, but no plain follow-up in my threads. Set SEXTANT_DISCORD_MESSAGE_CONTENT=yes and "
    "switch the intent on in the developer portal to read those too."
)


class SpentError(Exception):
    """No connection may begin for some time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(SPENT)
        self.seconds = seconds


class DiscordAdapter:
    """One bot on Discord."""

    name = PLATFORM

    def __init__(
        self,
        settings: "Settings",
        app: "Application",
        now: Callable[[], float] = time.monotonic,
        seconds: float = SECONDS,
    ) -> None:
        """`now` tells how long an interaction has been waiting, `seconds` how long a delivery may take."""
        self._settings = settings
        self._app = app
        self._interactions = Interactions(now)
        threads = Threads(app.turns.queries, app.posts, app.log)
        self.courier = DiscordCourier(threads, self._interactions, seconds, Naming(Channels(app.file)))
        self._client: SextantClient | None = None
        self._asking = ThreadPoolExecutor(ASKS_AT_ONCE, "asking")
        self._running: asyncio.Task[None] | None = None
        self._trouble = NOT_YET

    async def start(self, lanes: Lanes) -> None:
        """Begin to connect, and go on with it until `stop`."""
        _quieten()
        if not self._settings.discord_message_content:
            logger.warning("plain_messages_unread says=%s", LOST)
        self._running = asyncio.ensure_future(self._run(lanes))

    async def stop(self) -> None:
        """Take in nothing more. What is to be delivered still can be, until `close`."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        self._trouble = STOPPED
        if self._client is not None:
            await self._client.hang_up()
            if not await self._client.busy.over(DRAINS_FOR):
                logger.warning("stopped_while_busy")
        self._asking.shutdown(wait=False)

    async def close(self) -> None:
        """Let go of every connection; nothing is delivered any more."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def trouble(self) -> str:
        """Why it is not connected, in a sentence; empty when it is."""
        if self._client is not None and self._client.connected and self._running is not None:
            return ""
        return self._trouble

    def lacks(self) -> Lack:
        """The same in one word."""
        return _LACKS.get(self.trouble(), "connection")

    def http(self) -> "Mapping[str, Asgi]":
        """Discord is reached over its gateway alone."""
        return {}

    async def _run(self, lanes: Lanes) -> None:
        """Stay connected. What an operator has to mend ends it; anything else is tried again."""
        wait = 1.0
        while True:
            started = time.monotonic()
            try:
                await self._connect(lanes)
                self._trouble = OUT_OF_REACH
            except discord.LoginFailure:
                self._trouble = BAD_TOKEN
            except discord.PrivilegedIntentsRequired:
                self._trouble = NO_INTENT
            except discord.ConnectionClosed as closed:
                self._trouble = BAD_TOKEN if closed.code == 4004 else OUT_OF_REACH
            except SpentError as spent:
                self._trouble, wait = SPENT, min(spent.seconds, LOOKS_AGAIN)
                logger.error("discord_connections_spent says=%s", SPENT)
                await asyncio.sleep(wait)
                continue
            except Exception as error:  # also of a kind nobody thought of: the bot must come back by itself
                self._trouble = OUT_OF_REACH
                logger.warning("discord_unreachable error=%s", type(error).__name__)
            if self._trouble in (BAD_TOKEN, NO_INTENT):
                logger.error("discord_refused says=%s", self._trouble)
                return
            wait = 1.0 if time.monotonic() - started > LONGEST_WAIT else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait)

    async def _connect(self, lanes: Lanes) -> None:
        """Connect with a fresh client, and return when its connection ended for good."""
        await self.close()
        token = self._settings.discord_token
        assert token is not None
        secret, api = token.get_secret_value(), self._settings.discord_api_url
        gateway = await ask_gateway(api, secret)
        if gateway.starts_left < 1:
            raise SpentError(gateway.more_after)
        point_at(api, gateway.url)
        self.courier.client = self._client = client = self._made(lanes, gateway.shards)
        async with asyncio.timeout(LOGS_IN):  # the library itself would wait for minutes
            await client.login(secret)
        self._trouble = CUT
        await client.connect()

    def _made(self, lanes: Lanes, shards: int) -> SextantClient:
        app, kept = self._app, self._interactions
        manners = Manners(app.servers, app.turns.known)
        listening = Listening(app.turns, lanes, manners, self._settings.discord_message_content)
        desk = Desk(app, listening, kept, manners)
        lookups = Lookups(app, kept, listening.busy, self._asking)
        if shards > 1:
            return ShardedClient(app, desk, lookups, listening, shard_count=shards)
        return SextantClient(app, desk, lookups, listening)


def _quieten() -> None:
    """Keep out of the log what people wrote: the library logs whole errors, and below this level requests."""
    logging.getLogger("discord").setLevel(logging.WARNING)
    for name in LOGGERS:
        logging.getLogger(f"discord.{name}").addFilter(_without_traces)


def _without_traces(record: logging.LogRecord) -> bool:
    """With the type of an error in the place of its words, which may hold a person's."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg = f"{record.getMessage()} ({record.exc_info[0].__name__})"
        record.args, record.exc_info, record.exc_text = (), None, None
    return True
