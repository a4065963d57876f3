"""Socket Mode: the SDK's connection, which heals by itself, with word of why it is not there."""

import logging
from collections.abc import Callable
from time import perf_counter

from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.readiness import Lack
from bot.slack.application import silent
from bot.slack.calls import code_of
from bot.slack.guard import Refused, as_bolt

logger = logging.getLogger(__name__)

PING = 10.0


class Socket:
    """One connection to Slack that hands what comes to Bolt."""

    def __init__(
        self,
        app: AsyncApp,
        token: str,
        client: AsyncWebClient,
        ping: float = PING,
        acknowledged: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`acknowledged` is told how many seconds each answer took."""
        self._app = app
        self._acknowledged = acknowledged
        self._client = _Connection(app_token=token, logger=silent(), web_client=client, ping_interval=ping)
        self._client.socket_mode_request_listeners.append(self._take)
        self._stopped = False

    async def connect(self) -> None:
        """Connect, and try again until it works or `close` is called."""
        await self._client.connect()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Acknowledge nothing more: Slack brings what comes now to the next connection."""
        self._stopped = True

    async def close(self) -> None:
        """Disconnect."""
        await self._client.close()  # type: ignore[no-untyped-call]

    def trouble(self) -> str:
        """Why it is not connected, in a sentence; empty when it is."""
        session = self._client.current_session
        if session is not None and not session.closed and not self._client.closed:
            return ""
        why = f" ({self._client.why})" if self._client.why else ""
        mend = "; check SLACK_APP_TOKEN" if self._client.why else ""
        return f"not connected to Slack{why}{mend}"

    def lacks(self) -> Lack:
        """The same in one word: a token where Slack gives no address, else a connection."""
        if not self.trouble():
            return ""
        return "token" if self._client.why else "connection"

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if self._stopped:
            return
        came = perf_counter()
        try:
            held = as_bolt(request.payload, {})
        except Refused:  # acknowledged, or it would come again as it is
            logger.warning("slack_delivery_refused")
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
            return
        response = await self._app.async_dispatch(held)
        await send_async_response(client, request, response, 0.0)
        self._acknowledged(perf_counter() - came)


class _Connection(SocketModeClient):
    """The SDK's client, which keeps why Slack gave it no address."""

    why = ""

    async def issue_new_wss_url(self) -> str:
        try:
            url = await super().issue_new_wss_url()
        except SlackApiError as error:
            why = code_of(error)
            if why != self.why:
                logger.error("slack_connection_refused code=%s", why)
            self.why = why
            raise
        self.why = ""
        logger.info("slack_connecting")
        return url
