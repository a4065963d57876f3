"""Ways in from Slack: deliveries over HTTP and Socket Mode, what is tapped and filled in, and the way back
from an installation.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.adapter import EVENTS
from bot.slack.oauth import INSTALL, REDIRECT
from bot.slack.socket import Socket
from tests import slack_specs
from tests.fuzz.entries import Entry, Feed, UnhandledError, listening
from tests.fuzz.mutating import TEXTS, as_json, garbled, mutated
from tests.slack_loopback import BOT, TEAM, LoopbackSlack
from tests.slack_serving import COMPLAINT, MENTION, Served, serving, signed

ANSWERS = (200, 400, 401, 404, 405, 413)
"""What Slack may be told: done, or that it was no delivery of Slack's. 500 brings one again and again."""
INSTALLED = {
    "slack_bot_token": None,
    "slack_client_id": "1.2",
    "slack_client_secret": "client-secret",
    "secret": "s" * 32,
    "public_url": "http://127.0.0.1:1",
}


def _person(text: str, **more: Any) -> dict[str, Any]:
    ts = "1700000001.000100"
    event = {"type": "message", "user": "UADA", "text": text, "ts": ts, "team": TEAM, "client_msg_id": "m"}
    return {**event, "channel": "C1", "channel_type": "channel", "event_ts": ts, **more}


def _own_events() -> list[dict[str, Any]]:
    """Deliveries that reach deep: mentions, threads, edits, direct messages."""
    before = _person(COMPLAINT)
    now = {**before, "text": MENTION + "help", "edited": {"user": "UADA", "ts": "1700000002.000100"}}
    edit = {"type": "message", "subtype": "message_changed", "channel": "C1", "channel_type": "channel"}
    events = [
        _person(MENTION + COMPLAINT),
        _person(MENTION + "decide now", thread_ts="1700000000.000100", parent_user_id="UBOB"),
        _person("why?", channel="DADA", channel_type="im"),
        {**edit, "ts": "1.2", "event_ts": "1.2", "message": now, "previous_message": before},
        {**_person(MENTION + "digest here monday 09:00"), "type": "app_mention"},
        {"type": "app_home_opened", "user": "UADA", "tab": "home", "channel": "DADA"},
        {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}},
        {"type": "channel_rename", "channel": {"id": "C1", "name": "x"}},
    ]
    slack = LoopbackSlack()
    return [slack.envelope(event) for event in events]


def _samples() -> list[dict[str, Any]]:
    """Slack's own samples, where they are at hand."""
    if not slack_specs.here():
        return []
    from tests.test_slack_samples import samples

    return list(samples())


def _interactive() -> list[dict[str, Any]]:
    slack = LoopbackSlack()
    slack.url = "http://127.0.0.1:1/api/"
    post = {**_person("answer"), "bot_id": "BBOT", "thread_ts": "1700000000.000100"}
    clicks = [
        slack.click("C1", post, {"type": "button", "action_id": f"sextant_tap_{n}", "value": value})
        for n, value in enumerate(("why:t", "answer:t:0", "decide_now:t", "outcome:t:1", "log:t"))
    ]
    clicks.append(
        slack.click("C1", post, {"type": "button", "action_id": "sextant_done", "value": "answer:t"})
    )
    clicks.append(
        slack.click("C1", post, {"type": "button", "action_id": "sextant_modal_log", "value": "log:t"})
    )
    clicks.append(
        slack.click("C1", post, {"type": "button", "action_id": "sextant_forget_yes", "value": "forget"})
    )
    return clicks


@lru_cache(maxsize=1)
def _events() -> list[Any]:
    return [*_own_events(), *(one for one in _samples() if one.get("type") == "event_callback")]


@lru_cache(maxsize=1)
def _actions() -> list[Any]:
    sent = [one for one in _samples() if one.get("type") not in ("event_callback", None)]
    return [*_interactive(), *sent]


@lru_cache(maxsize=1)
def _commands() -> list[Any]:
    slack = LoopbackSlack()
    texts = ("help", "status", "ask can RAG help?", COMPLAINT, "forget", "digest here monday 09:00")
    return [slack.command(text) for text in texts]


@contextmanager
def _served(folder: Path, **more: Any) -> Iterator[tuple[asyncio.Runner, Served]]:
    """Sextant beside a Slack of its own, over HTTP, in a loop that runs while something is fed."""
    with asyncio.Runner() as runner:
        slack = LoopbackSlack()
        slack.checks = False
        runner.run(slack.start())
        slack.tokens.add("xoxb-1")
        opened = serving(folder, slack, http=True, **more)
        served = runner.run(opened.__aenter__())
        try:
            yield runner, served
        finally:
            runner.run(opened.__aexit__(None, None, None))
            runner.run(slack.stop())


async def _asked(
    app: Callable[..., Any],
    body: bytes,
    headers: dict[str, str],
    method: str = "POST",
    query: bytes = b"",
    path: str = "",
) -> int:
    """The status with which an application answers a request."""
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw}
    await app(scope, receive, send)
    return int(sent[0]["status"])


@contextmanager
def _http(folder: Path) -> Iterator[Feed]:
    with _served(folder) as (runner, served), listening() as quiet:
        guard = served.adapter.http()[EVENTS]

        def feed(given: tuple[bytes, dict[str, str]]) -> None:
            body, headers = given
            raw, sealed = signed(body)
            status = runner.run(_asked(guard, raw, {**sealed, **headers}))
            quiet()
            if status not in ANSWERS:
                raise UnhandledError(f"status {status}")

        yield feed
        runner.run(served.idle())
        quiet()


@contextmanager
def _socket(folder: Path) -> Iterator[Feed]:
    with _served(folder) as (runner, served), listening() as quiet:
        socket = runner.run(_connection(served))
        answers: list[Any] = []

        class Line:
            """Where acknowledgements go."""

            logger = socket._client.logger

            async def send_socket_mode_response(self, response: Any) -> None:
                answers.append(response)

        def feed(held: dict[str, Any]) -> None:
            request = None
            with suppress(ValueError):  # the SDK takes it for nothing
                request = SocketModeRequest.from_dict(held)
            if request is not None:
                runner.run(socket._take(Line(), request))  # type: ignore[arg-type]
            quiet()

        yield feed
        runner.run(served.idle())
        quiet()


async def _connection(served: Served) -> Socket:
    return Socket(served.adapter._app, "xapp-1", served.adapter._client(""))


@contextmanager
def _install(folder: Path) -> Iterator[Feed]:
    with _served(folder, **INSTALLED) as (runner, served), listening() as quiet:
        paths = served.adapter.http()

        def feed(given: tuple[bytes, dict[str, str], str, bool]) -> None:
            query, headers, method, back = given
            app = paths[REDIRECT if back else INSTALL]
            status = runner.run(_asked(app, b"", headers, method, query))
            quiet()
            if status >= 500 and status != 502:
                raise UnhandledError(f"status {status}")

        yield feed


HEADERS = st.dictionaries(
    st.sampled_from(
        ("Content-Type", "Content-Length", "X-Slack-Retry-Num", "X-Slack-Request-Timestamp", "Cookie")
    ),
    TEXTS
    | st.sampled_from(
        ("application/json", "application/x-www-form-urlencoded", "1", "²", "sextant_install=x")
    ),
    max_size=2,
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _as_form(body: Any) -> bytes:
    return urlencode({"payload": json.dumps(body)}).encode()


def _as_fields(body: Any) -> bytes:
    held = body if isinstance(body, dict) else {"command": "/sextant"}
    fields = {name: str(value) for name, value in held.items()}
    return urlencode(fields, errors="replace").encode()


def _framed(payload: Any) -> dict[str, Any]:
    kind = payload.get("type") if isinstance(payload, dict) else None
    name = "events_api" if kind == "event_callback" else "slash_commands" if kind is None else "interactive"
    return {"envelope_id": "e", "type": name, "payload": payload, "retry_attempt": 0, "retry_reason": ""}


EVERYTHING = st.deferred(lambda: mutated([*_events(), *_actions(), *_commands()]))
INSTALLING = st.tuples(
    garbled([b"code=good&state=1.x.y", b"error=access_denied&state=", b"code=%00&state=%ff&state=2"]),
    HEADERS,
    st.sampled_from(("GET", "POST", "HEAD")),
    st.booleans(),
)

ENTRIES = (
    Entry(
        "Slack events over HTTP",
        st.tuples(st.deferred(lambda: mutated(_events())).map(as_json), st.just({})),
        _http,
    ),
    Entry(
        "Slack interactions over HTTP",
        st.tuples(st.deferred(lambda: mutated(_actions())).map(_as_form), st.just(FORM)),
        _http,
    ),
    Entry(
        "Slack commands over HTTP",
        st.tuples(st.deferred(lambda: mutated(_commands())).map(_as_fields), st.just(FORM)),
        _http,
    ),
    Entry(
        "Slack requests that are none",
        st.tuples(garbled([as_json({"type": "x"}), b"payload=%7B"]), HEADERS),
        _http,
    ),
    Entry(
        "Slack over Socket Mode",
        EVERYTHING.map(_framed) | EVERYTHING.map(_framed).flatmap(lambda one: mutated([one])),
        _socket,
    ),
    Entry("installation in Slack", INSTALLING, _install),
)
__all__ = ["BOT", "ENTRIES"]
