"""Calls to Slack's API: waits as long as Slack asks, and says what an error means for a delivery."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.courier import Gone, Later
from bot.slack.workspaces import Workspace, Workspaces

logger = logging.getLogger(__name__)

LONGEST_BACKOFF = 60.0
NEW_TOKEN_WAIT = 300.0
MOST_LIMITS = 1000
"""So many waits are kept before those that are over are forgotten."""

ASKED_TO_WAIT = "Slack asks to wait"
"""Why a call was put off that Slack did not do."""

_BY_CHANNEL = frozenset({"chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral"})
"""Slack counts posts by channel, and everything else by workspace."""

_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_PASSING = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "org_level_email_display_disabled",
        "accesslimited",
        "access_limited",
    }
)
_NO_TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "org_login_required",
        "team_access_not_granted",
    }
)
_GONE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "channel_type_not_supported",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "messages_tab_disabled",
        "user_not_found",
        "users_not_found",
        "user_disabled",
        "cannot_dm_bot",
        "thread_not_found",
        "cannot_reply_to_message",
        "ekm_access_denied",
        "team_not_found",
    }
)


class RefusedError(Exception):
    """Slack refused a call for a reason of the call's own; `code` is Slack's word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Calls:
    """Calls one workspace or another, never before the time that Slack asked to wait for."""

    def __init__(self, workspaces: Workspaces, clock: Callable[[], float] = monotonic) -> None:
        self._workspaces = workspaces
        self._clock = clock
        self._not_before: dict[tuple[str, str, str], float] = {}

    async def __call__(
        self, workspace: Workspace, method: str, attempt: int = 1, **arguments: Any
    ) -> Mapping[str, Any]:
        """What Slack answers to a method such as `chat.postMessage`.

        Raises:
            Later: Slack asks to wait, is in trouble or out of reach, or takes the token no longer.
            Gone: the conversation is not there, or not for us.
            RefusedError: anything else that Slack says no to.
        """
        limit = (workspace.team, method, str(arguments["channel"]) if method in _BY_CHANNEL else "")
        self._hold(limit)
        try:
            found = await getattr(workspace.client, method.replace(".", "_"))(**arguments)
        except SlackApiError as error:
            raise self._meant(error, limit, attempt) from None
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise Later(backoff(attempt), "Slack is out of reach") from None
        self._workspaces.accepted(workspace.team)
        data: Mapping[str, Any] = found.data
        return data

    async def upload(self, workspace: Workspace, url: str, data: bytes) -> None:
        """Send a file to the address that Slack named for it, which is secret and takes no token.

        Raises:
            Later: it is out of reach.
            RefusedError: it does not take the file.
        """
        client = workspace.client
        if client.session is None or not url.startswith(("https://", client.base_url.split("//")[0])):
            raise RefusedError("bad_upload_url")
        try:
            sent = client.session.post(url, data=data, allow_redirects=False, proxy=client.proxy)
            async with sent as answer:
                if answer.status != 200:
                    raise RefusedError(f"upload_{answer.status}")
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise Later(1.0, "Slack is out of reach") from None

    def _hold(self, limit: tuple[str, str, str]) -> None:
        """Keep to a wait that Slack asked for, without asking it again."""
        rest = self._not_before.get(limit, 0.0) - self._clock()
        if rest > 0:
            raise Later(rest, ASKED_TO_WAIT)
        self._not_before.pop(limit, None)

    def _meant(self, error: SlackApiError, limit: tuple[str, str, str], attempt: int) -> Exception:
        team, method, _ = limit
        status, code = status_of(error), code_of(error)
        if status == 429 or code in _BUSY:
            seconds = _retry_after(error)
            now = self._clock()
            if len(self._not_before) >= MOST_LIMITS:
                self._not_before = {one: until for one, until in self._not_before.items() if until > now}
            self._not_before[limit] = now + seconds
            logger.info("slack_rate_limited method=%s seconds=%s", method, seconds)
            return Later(seconds, ASKED_TO_WAIT)
        if status >= 500 or code in _PASSING:
            return Later(backoff(attempt), "Slack is in trouble")
        if code in _NO_TOKEN:
            self._workspaces.refused(team, code)
            return Later(NEW_TOKEN_WAIT, "Slack refused the token")
        return Gone(code) if code in _GONE else RefusedError(code)


def backoff(attempt: int) -> float:
    """Seconds until the next try: 1, 2, 4 and so on up to a minute."""
    return min(2.0 ** (max(attempt, 1) - 1), LONGEST_BACKOFF)


def status_of(error: SlackApiError) -> int:
    """The HTTP status of an error."""
    found = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return found if isinstance(found, int) else 500


def code_of(error: SlackApiError) -> str:
    """Slack's word for an error; empty where it said none."""
    data = getattr(error.response, "data", None)
    found = data.get("error") if isinstance(data, Mapping) else None
    return found if isinstance(found, str) else ""


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    asked = {str(name).lower(): value for name, value in headers.items()}.get("retry-after", "")
    try:
        return min(max(float(asked), 0.0), 3600.0)
    except (TypeError, ValueError):
        return 30.0


async def within(seconds: float, call: Any) -> Any:
    """The result of a call that must not take long. Raises Later when it does."""
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        raise Later(1.0, "Slack is slow") from None
