"""Bolt's application: one for all workspaces, over whichever way Slack's deliveries come."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.listeners import register
from bot.slack.shape import KINDS
from bot.slack.workspaces import Workspace, Workspaces
from storage.records import random_letters

logger = logging.getLogger(__name__)

_OWN_END = frozenset({"app_uninstalled", "tokens_revoked"})
"""What comes when there is no token any more."""


def silent() -> logging.Logger:
    """A logger for the SDK that says nothing: at lower levels it would print messages, tokens and errors."""
    made = logging.getLogger("bot.slack.sdk")
    made.setLevel(logging.CRITICAL + 1)
    return made


def application(desk: Desk, client: AsyncWebClient) -> AsyncApp:
    """The application with all its listeners.

    Deliveries are checked before they come here (`guard` for HTTP, the connection itself for Socket Mode).
    Listeners run to their end before the acknowledgement, so that only what is written down is acknowledged.
    """
    app = AsyncApp(
        name="sextant",
        logger=silent(),
        client=client,
        before_authorize=_Arrival(desk.workspaces),
        authorize=_Authorize(),  # type: ignore[arg-type, no-untyped-call]
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.error(_failed)
    register(app, desk)
    return app


class _Arrival(AsyncMiddleware):
    """Finds the workspace that a delivery belongs to; what belongs to none is acknowledged and forgotten."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        event = req.body.get("event")
        kind = event.get("type") if isinstance(event, dict) else None
        if req.body.get("type") == "url_verification" or kind in _OWN_END:
            return await next()
        workspace = await self._workspaces.find(req.context.team_id or "")
        if workspace is None:
            return BoltResponse(status=200, body="")
        req.context["workspace"] = workspace
        return await next()


class _Authorize(AsyncAuthorize):
    """Answers from what `_Arrival` found: Slack is never asked for each delivery who the bot is."""

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **actor: Any,
    ) -> AuthorizeResult | None:
        found: Workspace = context["workspace"]
        return AuthorizeResult(
            enterprise_id=found.enterprise or None,
            team_id=found.team,
            bot_token=found.token,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user,
        )


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Leave it unacknowledged, so that it comes again; a command's writer is told, since commands do not."""
    reference = random_letters(6)
    known = "command" if body.get("command") else "unknown"
    kind = str(body.get("type")) if body.get("type") in KINDS else known
    logger.error("slack_listener_failed kind=%s reference=%s error=%s", kind, reference, type(error).__name__)
    if kind == "command":
        said = f"Something went wrong on my side. Please try again. Reference for your operator: {reference}"
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": said})
    return BoltResponse(status=500, body="")
