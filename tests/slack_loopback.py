"""A Slack of one's own on the loopback address: Web API and Socket Mode, with conversations that it keeps.

It refuses what Slack refuses, can be told to fail, and remembers every request that did not fit Slack's
published shapes; a test that uses it fails at the end if there was one.
"""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests import slack_specs

TEAM, BOT, BOT_ID = "T0001", "UBOT", "BBOT"
SCOPES = (
    "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,files:write,"
    "groups:history,groups:read,im:history,im:read,im:write,mpim:history,mpim:read,users:read"
)
MOST_BLOCKS, MOST_TEXT = 50, 13_000
TRIES, DUE = 4, 5.0
"""How often a delivery comes that is not acknowledged, and after how many seconds it comes again."""


@dataclass(frozen=True)
class Fault:
    """How a call fails: an HTTP status, an error of Slack's, silence, or a line cut after it was done."""

    status: int = 200
    error: str = ""
    retry_after: str = ""
    hangs: bool = False
    cut: bool = False


@dataclass
class Channel:
    """A conversation and what stands in it."""

    kind: str = "channel"
    member: bool = True
    shared: bool = False
    archived: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class File:
    """A file: announced, sent, completed, and after that still looked at while `busy` more posts name it."""

    name: str
    length: int
    data: bytes = b""
    complete: bool = False
    busy: int = 0


@dataclass(frozen=True)
class Call:
    """One request that came."""

    method: str
    body: dict[str, Any]
    token: str


class LoopbackSlack:
    """The server and its state."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {
            "C1": Channel(),
            "C2": Channel(),
            "G1": Channel("group"),
            "DADA": Channel("im"),
            "DBOB": Channel("im"),
        }
        self.users: dict[str, dict[str, Any]] = {
            "UADA": user("UADA", "Ada"),
            "UBOB": user("UBOB", "Bob"),
            "UGUEST": user("UGUEST", "Gus", is_restricted=True),
            "UOUT": user("UOUT", "Olga", team_id="T0002", is_stranger=True),
        }
        self.calls: list[Call] = []
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.invalid: list[str] = []
        self.ephemerals: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.homes: dict[str, dict[str, Any]] = {}
        self.statuses: list[tuple[str, str, str]] = []
        self.answers: list[dict[str, Any]] = []
        self.acks: dict[str, dict[str, Any]] = {}
        self.connections = 0
        self.checks = True
        self.scopes = SCOPES
        self.tokens = {"xoxb-1", "xapp-1"}
        self.files: dict[str, File] = {}
        self.files_are_busy_for = 0
        self.absent: set[str] = set()
        """People who are no longer there."""
        self._sockets: list[web.WebSocketResponse] = []
        self._clock = itertools.count(1)
        self._envelopes = itertools.count(1)
        self._changed = asyncio.Event()
        self._freed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application(client_max_size=4_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self._link)
        app.router.add_post("/response/{id}", self._response)
        app.router.add_post("/upload/{id}", self._upload)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/"

    async def stop(self) -> None:
        self._freed.set()
        for socket in self._sockets:
            await socket.close()
        assert self._runner is not None
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    # What a test asks.

    def posts(self, channel: str, thread: str = "") -> list[dict[str, Any]]:
        """The bot's messages in a conversation, or in one of its threads."""
        return [
            one
            for one in self.channels[channel].messages
            if one.get("bot_id") == BOT_ID and (not thread or one.get("thread_ts") == thread)
        ]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def until(self, true: Callable[[], object], seconds: float = 15.0) -> None:
        """Wait until something is so; looked at whenever something happened here, and now and then."""
        async with asyncio.timeout(seconds):
            while not true():
                self._changed.clear()
                try:
                    await asyncio.wait_for(self._changed.wait(), 0.02)
                except TimeoutError:
                    continue

    # What a test does.

    def ts(self) -> str:
        """The time of a new message: each later than the one before."""
        return f"17000{next(self._clock):05d}.000100"

    def say(self, channel: str, author: str, text: str, thread: str = "", **more: Any) -> dict[str, Any]:
        """Let a person write; gives the event that tells of it."""
        ts = self.ts()
        held: dict[str, Any] = {"type": "message", "user": author, "text": text, "ts": ts, "team": TEAM}
        held["client_msg_id"] = f"m-{ts}"
        if thread:
            held["thread_ts"] = thread
        held |= more
        self.channels[channel].messages.append(dict(held))
        kind = self.channels[channel].kind
        return {**held, "channel": channel, "channel_type": kind, "event_ts": ts}

    def envelope(self, event: dict[str, Any], team: str = TEAM, **more: Any) -> dict[str, Any]:
        """The event as the Events API wraps it."""
        number = next(self._envelopes)
        return {
            "token": "verification",
            "team_id": team,
            "api_app_id": "A1",
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number}",
            "event_time": 1_700_000_000,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team,
                    "user_id": BOT,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            **more,
        }

    async def push(
        self, payload: dict[str, Any], kind: str = "events_api", wait: bool = True
    ) -> dict[str, Any]:
        """Deliver over the newest connection of Socket Mode; gives the acknowledgement.

        What is not acknowledged comes again, three times at most, as Slack does.
        """
        for attempt in range(TRIES):
            envelope = await self._send(payload, kind, attempt)
            if not wait:
                return {}
            with suppress(TimeoutError):
                await self.until(lambda envelope=envelope: envelope in self.acks, DUE)  # type: ignore[misc]
                return self.acks[envelope].get("payload") or {}
        raise TimeoutError("a delivery was never acknowledged")

    async def _send(self, payload: dict[str, Any], kind: str, attempt: int) -> str:
        await self.until(lambda: any(not socket.closed for socket in self._sockets))
        socket = next(one for one in reversed(self._sockets) if not one.closed)
        envelope = f"e-{next(self._envelopes)}"
        await socket.send_json(
            {
                "envelope_id": envelope,
                "payload": payload,
                "type": kind,
                "accepts_response_payload": kind != "events_api",
                "retry_attempt": attempt,
                "retry_reason": "timeout" if attempt else "",
            }
        )
        return envelope

    async def disconnect(self, rude: bool = False) -> None:
        """End the connection: Slack asks to reconnect, or it breaks."""
        before = self.connections
        for socket in self._sockets:
            if socket.closed:
                continue
            if rude:
                await socket.close()
            else:
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await self.until(lambda: self.connections > before)

    def click(
        self, channel: str, message: dict[str, Any], action: dict[str, Any], by: str = "UADA", **more: Any
    ) -> dict[str, Any]:
        """What Slack sends when somebody taps something in a message."""
        team = self.users[by]["team_id"]
        container = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel,
            "is_ephemeral": False,
        }
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        return {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "acme"},
            "user": {"id": by, "username": by.lower(), "name": by.lower(), "team_id": team},
            "api_app_id": "A1",
            "token": "verification",
            "container": container,
            "trigger_id": f"trigger-{next(self._envelopes)}",
            "channel": {"id": channel, "name": "general"},
            "message": message,
            "state": {"values": {}},
            "response_url": f"{self.url.removesuffix('api/')}response/{next(self._envelopes)}",
            "actions": [{"block_id": "b", "action_ts": self.ts(), "type": action["type"], **action}],
            **more,
        }

    def command(self, text: str, by: str = "UADA", channel: str = "C1") -> dict[str, Any]:
        """What Slack sends for the slash command."""
        number = next(self._envelopes)
        return {
            "token": "verification",
            "team_id": TEAM,
            "team_domain": "acme",
            "channel_id": channel,
            "channel_name": "general",
            "user_id": by,
            "user_name": by.lower(),
            "command": "/sextant",
            "text": text,
            "api_app_id": "A1",
            "response_url": f"{self.url.removesuffix('api/')}response/{number}",
            "trigger_id": f"trigger-{number}",
        }

    # The server.

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await _body(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls.append(Call(method, body, token))
        if self.checks:
            self.invalid += slack_specs.faults(method.replace(".", "_"), body)
        fault = self.faults[method].pop(0) if self.faults[method] else Fault()
        if fault.hangs:
            self._changed.set()
            await self._freed.wait()
            return web.Response(status=500)
        if fault.status != 200:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            said = {"ok": False, "error": "ratelimited" if fault.status == 429 else "internal_error"}
            self._changed.set()
            return web.json_response(said, status=fault.status, headers=headers)
        told = {"ok": False, "error": fault.error} if fault.error else self._done(method, body, token)
        self._changed.set()
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(told, headers={"x-oauth-scopes": self.scopes})

    def _done(self, method: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        if method != "oauth.v2.access" and token not in self.tokens:
            return {"ok": False, "error": "invalid_auth"}
        act = getattr(self, "_" + method.replace(".", "_"), None)
        if act is None:
            return {"ok": False, "error": "unknown_method"}
        told: dict[str, Any] = act(body)
        return {"ok": True, **told} if "error" not in told else {"ok": False, **told}

    def _auth_test(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": "https://acme.slack.com/",
            "team": "Acme",
            "user": "sextant",
            "team_id": TEAM,
            "user_id": BOT,
            "bot_id": BOT_ID,
        }

    def _apps_connections_open(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.url.replace("http", "ws", 1).removesuffix("api/") + "link"}

    def _oauth_v2_access(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("code") != "good" or body.get("client_secret") != "client-secret":
            return {"error": "invalid_code"}
        return {
            "access_token": "xoxb-1",
            "bot_user_id": BOT,
            "team": {"id": TEAM, "name": "Acme"},
            "authed_user": {"id": "UADA"},
            "is_enterprise_install": False,
        }

    def _users_info(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self.users.get(body["user"])
        return {"user": found} if found else {"error": "user_not_found"}

    def _conversations_info(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self.channels.get(body["channel"])
        if found is None or (found.kind != "channel" and not found.member):
            return {"error": "channel_not_found"}
        return {
            "channel": {
                "id": body["channel"],
                "name": f"room-{body['channel'].lower()}",
                "is_channel": found.kind in ("channel", "group"),
                "is_private": found.kind == "group",
                "is_im": found.kind == "im",
                "is_member": found.member,
                "is_ext_shared": found.shared,
            }
        }

    def _conversations_open(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["users"] in self.absent:
            return {"error": "user_not_found"}
        direct = f"D{body['users'][1:]}"
        self.channels.setdefault(direct, Channel("im"))
        return {"channel": {"id": direct}}

    def _chat_postMessage(self, body: dict[str, Any]) -> dict[str, Any]:
        channel = self.channels.get(body["channel"])
        if channel is None:
            return {"error": "channel_not_found"}
        if channel.archived:
            return {"error": "is_archived"}
        if not channel.member:
            return {"error": "not_in_channel"}
        if error := _too_long(body) or self._without_file(body):
            return {"error": error}
        message = {
            "type": "message",
            "user": BOT,
            "bot_id": BOT_ID,
            "ts": self.ts(),
            **{name: body[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in body},
        }
        channel.messages.append(message)
        return {"channel": body["channel"], "ts": message["ts"], "message": message}

    def _chat_startStream(self, body: dict[str, Any]) -> dict[str, Any]:
        channel = self.channels.get(body["channel"])
        if channel is None:
            return {"error": "channel_not_found"}
        if channel.kind != "im" and not {"recipient_team_id", "recipient_user_id"} <= body.keys():
            return {"error": "missing_recipient_user_id"}
        told = self._chat_postMessage({**body, "text": body["markdown_text"]})
        if "message" in told:
            told["message"]["streaming_state"] = "in_progress"
        return told

    def _chat_appendStream(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._message(body)
        if found is None:
            return {"error": "message_not_found"}
        if found.get("streaming_state") != "in_progress":
            return {"error": "message_not_in_streaming_state"}
        found["text"] += body["markdown_text"]
        return {"channel": body["channel"], "ts": body["ts"]}

    def _chat_stopStream(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._message(body)
        if found is None:
            return {"error": "message_not_found"}
        if found.get("streaming_state") != "in_progress":
            return {"error": "message_not_in_streaming_state"}
        found["streaming_state"] = "completed"
        found.update({name: body[name] for name in ("blocks", "metadata") if name in body})
        return {"channel": body["channel"], "ts": body["ts"], "message": found}

    def _chat_update(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._message(body)
        if found is None:
            return {"error": "message_not_found"}
        if found.get("streaming_state") == "in_progress":
            return {"error": "streaming_state_conflict"}
        if error := _too_long(body) or self._without_file(body):
            return {"error": error}
        found.update({name: body[name] for name in ("text", "blocks", "metadata") if name in body})
        found["edits"] = found.get("edits", 0) + 1
        return {"channel": body["channel"], "ts": body["ts"]}

    def _chat_delete(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._message(body)
        if found is None:
            return {"error": "message_not_found"}
        if found.get("streaming_state") == "in_progress":
            return {"error": "cant_delete_message"}
        self.channels[body["channel"]].messages.remove(found)
        return {"channel": body["channel"], "ts": body["ts"]}

    def _message(self, body: dict[str, Any]) -> dict[str, Any] | None:
        messages = self.channels[body["channel"]].messages
        return next((one for one in messages if one["ts"] == body["ts"] and "bot_id" in one), None)

    def _chat_postEphemeral(self, body: dict[str, Any]) -> dict[str, Any]:
        if not self.channels[body["channel"]].member:
            return {"error": "not_in_channel"}
        self.ephemerals.append(body)
        return {"message_ts": self.ts()}

    def _files_getUploadURLExternal(self, body: dict[str, Any]) -> dict[str, Any]:
        if "files:write" not in self.scopes.split(","):
            return {"error": "missing_scope", "needed": "files:write"}
        file = f"F{len(self.files) + 1:08}"
        self.files[file] = File(body["filename"], body["length"], busy=self.files_are_busy_for)
        return {"upload_url": f"{self.url.removesuffix('api/')}upload/{file}", "file_id": file}

    def _files_completeUploadExternal(self, body: dict[str, Any]) -> dict[str, Any]:
        for one in body["files"]:
            file = self.files.get(one["id"])
            if file is None or len(file.data) != file.length:
                return {"error": "file_not_found"}
            file.complete = True
        return {"files": [{"id": one["id"], "title": one.get("title", "")} for one in body["files"]]}

    def _without_file(self, body: dict[str, Any]) -> str:
        """Slack takes a while to look at a file, and shows no picture of it before."""
        for block in body.get("blocks") or ():
            file = self.files.get((block.get("slack_file") or {}).get("id", ""))
            if block["type"] == "image" and (file is None or not file.complete or file.busy):
                if file is not None:
                    file.busy -= 1
                return "invalid_blocks"
        return ""

    def _conversations_replies(self, body: dict[str, Any]) -> dict[str, Any]:
        held = self.channels[body["channel"]].messages
        thread = [one for one in held if body["ts"] in (one["ts"], one.get("thread_ts"))]
        return _page(thread, body)

    def _conversations_history(self, body: dict[str, Any]) -> dict[str, Any]:
        return _page(
            [one for one in self.channels[body["channel"]].messages if not one.get("thread_ts")], body
        )

    def _views_open(self, body: dict[str, Any]) -> dict[str, Any]:
        self.views.append(body["view"])
        return {"view": {"id": f"V{len(self.views)}", **body["view"]}}

    def _views_publish(self, body: dict[str, Any]) -> dict[str, Any]:
        self.homes[body["user_id"]] = body["view"]
        return {"view": body["view"]}

    def _assistant_threads_setStatus(self, body: dict[str, Any]) -> dict[str, Any]:
        self.statuses.append((body["channel_id"], body["thread_ts"], body["status"]))
        return {}

    def _assistant_threads_setSuggestedPrompts(self, body: dict[str, Any]) -> dict[str, Any]:
        return {}

    async def _response(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        self.answers.append(body)
        if self.checks and "blocks" in body:
            held = {"channel": "C1", "user": "U1", "text": body["text"], "blocks": body["blocks"]}
            self.invalid += slack_specs.faults("chat_postEphemeral", held)
        self._changed.set()
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        """Where a file goes: an address of its own, known to whoever was told it, without any token."""
        assert "Authorization" not in request.headers
        self.calls.append(Call("upload", {}, ""))
        fault = self.faults["upload"].pop(0) if self.faults["upload"] else Fault()
        if fault.hangs:
            self._changed.set()
            await self._freed.wait()
        if fault.status == 200 and not fault.hangs:
            self.files[request.match_info["id"]].data = await request.read()
        self._changed.set()
        return web.Response(text="OK", status=fault.status)

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        self._sockets.append(socket)
        self.connections += 1
        self._changed.set()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                held = json.loads(message.data)
                self.acks[held["envelope_id"]] = held
                self._changed.set()
        return socket


def user(who: str, name: str, **more: Any) -> dict[str, Any]:
    """Somebody as `users.info` tells of them."""
    profile = {"display_name": name, "real_name": name}
    return {"id": who, "team_id": TEAM, "name": name.lower(), "profile": profile, "is_bot": False, **more}


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        held: dict[str, Any] = json.loads(await request.text())
        return held
    form = dict(request.query) | {name: str(value) for name, value in (await request.post()).items()}
    made: dict[str, Any] = dict(form)
    for name in ("limit", "length"):
        if name in made:
            made[name] = int(made[name])
    if "files" in made:
        made["files"] = json.loads(made["files"])
    for name in ("include_all_metadata", "inclusive"):
        if name in made:
            made[name] = made[name] in ("1", "true")
    return made


def _page(messages: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    oldest = float(body.get("oldest", 0))
    shown = [one for one in messages if float(one["ts"]) >= oldest or oldest > 1.75e9]
    start, size = int(body.get("cursor", 0) or 0), min(body.get("limit", 100), 100)
    more = str(start + size) if start + size < len(shown) else ""
    page = [
        one if body.get("include_all_metadata") else {k: v for k, v in one.items() if k != "metadata"}
        for one in shown[start : start + size]
    ]
    return {"messages": page, "response_metadata": {"next_cursor": more}}


def _too_long(body: dict[str, Any]) -> str:
    blocks = body.get("blocks") or []
    if len(blocks) > MOST_BLOCKS:
        return "invalid_blocks"
    if sum(len(text) for block in blocks for text in texts(block)) > MOST_TEXT:
        return "msg_blocks_too_long"
    return "" if blocks or body.get("text") else "no_text"


def texts(value: Any) -> list[str]:
    """All texts in a block, in the order in which they are read."""
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for name, one in value.items() if not isinstance(one, str) for text in texts(one)]
    return []
