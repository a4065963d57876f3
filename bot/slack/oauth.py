"""Installation in several workspaces: the way to Slack, and back from there with a token."""

import hashlib
import hmac
import html
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.slack.guard import Receive, Scope, Send, answer, headers_of
from bot.slack.scopes import SCOPES
from bot.slack.workspaces import PLATFORM, InstalledWorkspaces, MakeClient
from storage.errors import StorageError
from storage.installations import Installation

logger = logging.getLogger(__name__)

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
COOKIE = "sextant_install"
VALID_FOR = 600.0
_PURPOSE = b"sextant slack install v1"


class Install:
    """Serves the two addresses of an installation."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        secret: str,
        api_url: str,
        public_url: str,
        workspaces: InstalledWorkspaces,
        make_client: MakeClient,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`secret` signs the way there and back; `public_url` is our own address as Slack sees it."""
        self._client_id = client_id
        self._client_secret = client_secret
        self._key = hashlib.blake2b(secret.encode(), digest_size=32, key=_PURPOSE).digest()
        self._authorize = api_url.removesuffix("/").removesuffix("/api") + "/oauth/v2/authorize"
        self._redirect = public_url.rstrip("/") + REDIRECT if public_url else ""
        self._workspaces = workspaces
        self._make_client = make_client
        self._now = now
        self._used: dict[str, float] = {}

    async def begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the browser to Slack with a state that only it can bring back."""
        if scope["method"] != "GET":
            await _page(send, 405, "Please open this address in a browser.")
            return
        state = self._state()
        asked = {"client_id": self._client_id, "scope": ",".join(SCOPES), "state": state}
        if self._redirect:
            asked["redirect_uri"] = self._redirect
        secure = "; Secure" if self._redirect.startswith("https://") else ""
        cookie = f"{COOKIE}={state}; Max-Age={VALID_FOR:.0f}; Path=/slack; HttpOnly; SameSite=Lax{secure}"
        headers = {
            "location": f"{self._authorize}?{urlencode(asked)}",
            "set-cookie": cookie,
            "cache-control": "no-store",
        }
        await answer(send, 302, headers, b"")

    async def finish(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the code that Slack sends back, once, and keep the workspace's token."""
        asked = {
            name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()
        }
        state = asked.get("state", "")
        if scope["method"] != "GET" or not self._take(state, headers_of(scope).get("cookie", "")):
            await _page(send, 400, "This link is not valid any more. Please start the installation again.")
            return
        if "code" not in asked:
            await _page(send, 400, "The installation was cancelled. Nothing was installed.")
            return
        try:
            one = await self._exchange(asked["code"])
        except (SlackApiError, TimeoutError, aiohttp.ClientError, OSError) as error:
            logger.error("slack_install_failed error=%s", type(error).__name__)
            await _page(send, 502, "Slack did not complete the installation. Please start it again.")
            return
        if one is None:
            await _page(
                send,
                400,
                "Sextant is installed in workspaces, one at a time. Choose one, not the organisation.",
            )
            return
        try:
            await self._workspaces.add(one)
        except StorageError as error:
            logger.error("slack_install_not_kept team=%s error=%s", one.workspace, type(error).__name__)
            await _page(send, 503, "I could not keep the installation. Please start it again in a moment.")
            return
        await _page(send, 200, f"Sextant is installed in {one.name}. Open Slack and mention it in a channel.")

    async def _exchange(self, code: str) -> Installation | None:
        asked = {"client_id": self._client_id, "client_secret": self._client_secret, "code": code}
        if self._redirect:
            asked["redirect_uri"] = self._redirect
        # The SDK's own method for it uses what aiohttp has deprecated.
        told = await self._make_client("").api_call("oauth.v2.access", data=asked)
        team, token = told.get("team") or {}, str(told.get("access_token") or "")
        if not team.get("id") or not token or told.get("is_enterprise_install"):
            return None
        who = (await self._make_client(token).auth_test()).data
        assert isinstance(who, Mapping)
        parts = {name: str(who.get(name) or "") for name in ("user_id", "bot_id", "url", "enterprise_id")}
        by = (told.get("authed_user") or {}).get("id")
        return Installation(
            PLATFORM, str(team["id"]), str(team.get("name") or ""), token, str(by or ""), parts
        )

    def _state(self) -> str:
        made = f"{self._now():.0f}.{secrets.token_urlsafe(16)}"
        return f"{made}.{self._signed(made)}"

    def _take(self, state: str, cookies: str) -> bool:
        """Whether the state is ours, this browser's, fresh and not used before; it is used now."""
        made, _, signature = state.rpartition(".")
        if not hmac.compare_digest(self._signed(made).encode(), signature.encode("utf-8", "replace")):
            return False
        held = SimpleCookie()
        try:
            held.load(cookies)
        except Exception:  # a cookie that cannot be read is none
            return False
        at = self._now()
        self._used = {one: until for one, until in self._used.items() if until > at}
        mine = COOKIE in held and hmac.compare_digest(held[COOKIE].value.encode(), state.encode())
        if not mine or state in self._used or at - float(made.partition(".")[0]) > VALID_FOR:
            return False
        self._used[state] = at + VALID_FOR
        return True

    def _signed(self, made: str) -> str:
        return hmac.new(self._key, made.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


async def _page(send: Send, status: int, said: str) -> None:
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>Sextant</title><body style='font:1.1rem/1.5 system-ui;max-width:32rem;margin:4rem auto;"
        f"padding:0 1rem'><h1>Sextant</h1><p>{html.escape(said)}</p></body></html>"
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    await answer(send, status, headers, body.encode())
