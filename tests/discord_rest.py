"""The REST API of the stand-in for Discord, with its refusals, and with faults when a test wants them."""

import json
import re
from typing import Any

from aiohttp import web

from tests.discord_parts import (
    DM,
    EVERYTHING,
    FORUM,
    HISTORY,
    IN_THREADS,
    SEND,
    THREAD_TYPES,
    TOKEN,
    Data,
    Fault,
    Refused,
)
from tests.discord_schemas import wrong_request
from tests.discord_threads import Threads


class Rest(Threads):
    """Answers requests over the state."""

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path, method = "/" + request.match_info["path"], request.method
        body = _strings(await _read(request)) if request.can_read_body else None
        self.requests.append((method, path, body))
        self._changed.set()
        if request.headers.get("Authorization") not in (f"Bot {TOKEN}", None):
            return _refusal(401, 0, "401: Unauthorized")
        self.wrong += wrong_request(method, path, body)
        self._look_for_pings(path, body)
        fault = self._fault(method, path)
        if fault is not None and fault.hang and not fault.after:
            await self._hanging.wait()
        if fault is not None and not fault.after:
            return self._failing(request, fault)
        try:
            answer = await self._do(method, path, body, request)
        except Refused as refused:
            return _refusal(refused.status, refused.code, refused.message)
        self._changed.set()
        if fault is not None and fault.hang:
            await self._hanging.wait()
        elif fault is not None:
            return self._failing(request, fault)
        if answer is None:
            return web.Response(status=204)
        return _json(answer)

    def _failing(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.lose:
            assert request.transport is not None
            request.transport.abort()
        if fault.status == 429:
            told = {
                "message": "You are being rate limited.",
                "retry_after": fault.retry_after,
                "global": False,
            }
            headers = {"Retry-After": str(fault.retry_after), "Via": "1.1 loopback"}
            return _json(told, 429, headers)
        return _refusal(fault.status, fault.code, "a fault")

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and re.fullmatch(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _look_for_pings(self, path: str, body: Any) -> None:
        """Keep every message that could notify somebody."""
        message = body.get("data") if path.endswith("/callback") else body
        if not isinstance(message, dict) or path.endswith("/commands") or "title" in message:
            return
        if not message.get("content") and not message.get("components"):
            return
        allowed = message.get("allowed_mentions", {})
        if allowed.get("parse") != [] or any(allowed.get(key) for key in ("users", "roles", "replied_user")):
            self.pings.append(message)

    async def _do(self, method: str, path: str, body: Any, request: web.Request) -> Any:
        for verb, pattern, do in ROUTES:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return await do(self, *found.groups(), body=body, query=request.query)
        raise Refused(404, 0, f"no route {method} {path}")

    async def _gateway_bot(self, body: Any, query: Any) -> Data:
        return {
            "url": f"ws://127.0.0.1:{self.port}/gateway/",
            "shards": self.shards,
            "session_start_limit": {
                "total": 1000,
                "remaining": self.starts_left,
                "reset_after": 3_600_000,
                "max_concurrency": 16,
            },
        }

    async def _who(self, body: Any, query: Any) -> Data:
        return self.me

    async def _app(self, body: Any, query: Any) -> Data:
        return {
            "id": self.application,
            "name": "Sextant",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": self.flags,
            "owner": self.ada,
            "team": None,
        }

    async def _my_guilds(self, body: Any, query: Any) -> list[Data]:
        return [
            {
                "id": one["id"],
                "name": one["name"],
                "icon": None,
                "owner": False,
                "permissions": one.get("granted", str(EVERYTHING)),
                "features": [],
            }
            for one in self.guilds.values()
            if one["installed"] and int(one["id"]) > int(query.get("after", 0))
        ]

    async def _get_commands(self, app: str, body: Any, query: Any) -> list[Data]:
        return self.commands

    async def _put_commands(self, app: str, body: Any, query: Any) -> list[Data]:
        self.commands = [
            {
                "id": self.snowflake(),
                "application_id": app,
                "version": "1",
                "nsfw": False,
                "description": "",
                **one,
                "default_member_permissions": _text_of(one.get("default_member_permissions")),
            }
            for one in body
        ]
        return self.commands

    async def _open_dm(self, body: Any, query: Any) -> Data:
        return self._channel_sent(self.dm(self.users[body["recipient_id"]]))

    async def _get_channel(self, channel: str, body: Any, query: Any) -> Data:
        return self._channel_sent(self._channel(channel))

    async def _type(self, channel: str, body: Any, query: Any) -> None:
        self._channel(channel)

    async def _history(self, channel: str, body: Any, query: Any) -> list[Data]:
        found = self._channel(channel)
        self._needs(found, HISTORY)
        since, until = int(query.get("after", 0)), int(query.get("before", 1 << 63))
        most = int(query.get("limit", 50))
        kept = [self._shown(one) for one in self.messages[channel] if since < int(one["id"]) < until]
        return (kept[:most] if "after" in query else kept[-most:])[::-1]

    async def _create(self, channel: str, body: Any, query: Any) -> Data:
        found = self._channel(channel)
        if found["type"] == DM and found["recipients"][0]["id"] in self.closed_dms:
            raise Refused(403, 50007, "Cannot send messages to this user")
        if found["type"] == FORUM:
            raise Refused(400, 50008, "Cannot send messages in a non-text channel")
        self._needs(found, IN_THREADS if found["type"] in THREAD_TYPES else SEND)
        if found.get("thread_metadata", {}).get("archived"):
            raise Refused(400, 50083, "Thread is archived")
        nonce = f"{channel}:{body.get('nonce')}"
        if body.get("enforce_nonce") and nonce in self._nonces:
            return self._shown(self._nonces[nonce])
        if body.get("message_reference") and found.get("denied", 0) & HISTORY:
            raise Refused(403, 160002, "Cannot reply without permission to read message history")
        message = self._message(self.me, found, body)
        if body.get("message_reference"):
            message["message_reference"] = {"type": 0, **body["message_reference"]}
            message["type"] = 19
        self.messages[channel].append(message)
        if body.get("enforce_nonce"):
            self._nonces[nonce] = message
        await self.dispatch("MESSAGE_CREATE", self._as_sent(message), found)
        return self._shown(message)

    async def _edit(self, channel: str, message: str, body: Any, query: Any) -> Data:
        found = self._find(channel, message)
        if self._channel(channel).get("thread_metadata", {}).get("archived"):
            raise Refused(400, 50083, "Thread is archived")
        if found["author"]["id"] != self.me["id"]:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        return self._put(found, body)

    async def _delete(self, channel: str, message: str, body: Any, query: Any) -> None:
        self.messages[channel].remove(self._find(channel, message))


async def _read(request: web.Request) -> Any:
    """The body; with files, their names and sizes stand beside it under a name that no schema knows."""
    if not request.content_type.startswith("multipart/"):
        return await request.json()
    form = await request.post()
    body = json.loads(str(form["payload_json"]))
    for number, one in enumerate(body.get("attachments", ())):
        one["id"] = str(number)
    files = [one for one in form.values() if isinstance(one, web.FileField)]
    return body | {"files": {one.filename: len(one.file.read()) for one in files}}


def _text_of(permissions: Any) -> str | None:
    """Permissions as Discord tells them, whatever it was told."""
    return None if permissions is None else str(permissions)


def _strings(body: Any) -> Any:
    """With ids as strings: the library sends some as numbers, which Discord takes and its schema does not."""
    if isinstance(body, dict):
        return {key: _strings(value) for key, value in body.items()}
    if isinstance(body, list):
        return [_strings(value) for value in body]
    return str(body) if isinstance(body, int) and body > 1 << 40 else body


def _json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # The library takes a content type with a charset for text.
    body = json.dumps(data).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _refusal(status: int, code: int, message: str) -> web.Response:
    return _json({"code": code, "message": message}, status)


ID, TOKENS = r"(\d+)", r"([\w-]+)"
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", r"/gateway/bot", Rest._gateway_bot),
    ("GET", r"/users/@me", Rest._who),
    ("GET", r"/users/@me/guilds", Rest._my_guilds),
    ("POST", r"/users/@me/channels", Rest._open_dm),
    ("GET", r"/oauth2/applications/@me", Rest._app),
    ("GET", rf"/applications/{ID}/commands", Rest._get_commands),
    ("PUT", rf"/applications/{ID}/commands", Rest._put_commands),
    ("GET", rf"/channels/{ID}", Rest._get_channel),
    ("PATCH", rf"/channels/{ID}", Rest._patch_channel),
    ("POST", rf"/channels/{ID}/typing", Rest._type),
    ("GET", rf"/channels/{ID}/messages", Rest._history),
    ("POST", rf"/channels/{ID}/messages", Rest._create),
    ("PATCH", rf"/channels/{ID}/messages/{ID}", Rest._edit),
    ("DELETE", rf"/channels/{ID}/messages/{ID}", Rest._delete),
    ("POST", rf"/channels/{ID}/messages/{ID}/threads", Rest._open_thread),
    ("POST", rf"/channels/{ID}/threads", Rest._open_apart),
    ("PUT", rf"/channels/{ID}/thread-members/{ID}", Rest._add_member),
    ("POST", rf"/interactions/{ID}/{TOKENS}/callback", Rest._callback),
    ("GET", rf"/webhooks/{ID}/{TOKENS}/messages/@original", Rest._original),
    ("PATCH", rf"/webhooks/{ID}/{TOKENS}/messages/@original", Rest._edit_original),
    ("POST", rf"/webhooks/{ID}/{TOKENS}", Rest._follow_up),
    ("PATCH", rf"/webhooks/{ID}/{TOKENS}/messages/{ID}", Rest._edit_follow_up),
]
