"""What can be wrong with Slack's tokens and scopes, and how to mend each."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.finding import Finding
from bot.settings import Settings
from bot.slack.application import silent
from bot.slack.calls import code_of
from bot.slack.scopes import SCOPES

WAITS = 10


def check(settings: Settings) -> list[Finding]:
    """Every finding about Slack; empty when Slack is not configured. It asks Slack, and changes nothing."""
    return asyncio.run(_all(settings)) if settings.slack else []


async def _all(settings: Settings) -> list[Finding]:
    return [finding async for finding in _findings(settings)]


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    if settings.slack_client_id:
        where = settings.public_url or "this server's public address"
        yield Finding(
            "Slack", True, f"several workspaces; each installs at {where.rstrip('/')}/slack/install"
        )
        return
    async for finding in _bot(settings):
        yield finding
    if settings.slack_app_token is not None:
        yield await _app(settings, settings.slack_app_token)
    else:
        yield Finding("Slack", True, "over HTTP: Slack's request URLs must end in /slack/events")


async def _bot(settings: Settings) -> AsyncIterator[Finding]:
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    if not token.startswith("xoxb-"):
        yield Finding(
            "Slack token", False, "SLACK_BOT_TOKEN is no bot token; set the one that begins with xoxb-"
        )
        return
    try:
        told = await _client(settings, token).auth_test()
    except SlackApiError as error:
        why = code_of(error) or "no answer"
        says = f"Slack refuses SLACK_BOT_TOKEN ({why}); install the app again and set the token it shows"
        yield Finding("Slack token", False, says)
        return
    except (TimeoutError, aiohttp.ClientError, OSError):
        yield Finding("Slack token", False, f"{settings.slack_api_url} is out of reach; check the network")
        return
    yield Finding(
        "Slack token", True, f"@{told.get('user', 'the bot')} in {told.get('team', 'the workspace')}"
    )
    headers = {str(name).lower(): str(value) for name, value in told.headers.items()}
    for finding in _scopes(headers):
        yield finding


def _scopes(headers: Mapping[str, str]) -> Iterator[Finding]:
    if "x-oauth-scopes" not in headers:
        yield Finding("Slack scopes", True, "Slack did not say which scopes the token has")
        return
    held = {one.strip() for one in headers["x-oauth-scopes"].split(",")}
    missing = [scope for scope in SCOPES if scope not in held]
    for scope in missing:
        mend = f"add it under OAuth & Permissions and reinstall the app; without it I cannot {SCOPES[scope]}"
        yield Finding("Slack scopes", False, f"{scope} is missing; {mend}")
    if not missing:
        yield Finding("Slack scopes", True, f"all {len(SCOPES)} are there")


async def _app(settings: Settings, secret: SecretStr) -> Finding:
    token = secret.get_secret_value()
    if not token.startswith("xapp-"):
        return Finding("Slack connection", False, "SLACK_APP_TOKEN is no app token; it begins with xapp-")
    try:
        await _client(settings, "").apps_connections_open(app_token=token)
    except SlackApiError as error:
        why = code_of(error) or "no answer"
        mend = "make an app-level token with connections:write and turn Socket Mode on"
        return Finding("Slack connection", False, f"Slack refuses SLACK_APP_TOKEN ({why}); {mend}")
    except (TimeoutError, aiohttp.ClientError, OSError):
        return Finding("Slack connection", False, f"{settings.slack_api_url} is out of reach")
    return Finding("Slack connection", True, "Socket Mode is on")


def _client(settings: Settings, token: str) -> AsyncWebClient:
    return AsyncWebClient(
        token=token or None,
        base_url=settings.slack_api_url,
        timeout=WAITS,
        logger=silent(),
        retry_handlers=[],
    )
