"""A Discord on the loopback interface: REST v10 and a gateway over one state, with people who use it.

It keeps servers, channels, threads, messages, interactions and nonces as Discord does, checks what it is sent
against Discord's own schemas, and goes wrong in the ways that Discord does when a test asks for it.
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_schemas import wrong_dispatch, wrong_request

Data = dict[str, Any]

TOKEN = "loopback.token"
EPOCH = 1420070400000
TEXT, DM, PUBLIC_THREAD = 0, 1, 11
VIEW, SEND, HISTORY, THREADS, IN_THREADS = 1 << 10, 1 << 11, 1 << 16, 1 << 35, 1 << 38
EVERYTHING = VIEW | SEND | HISTORY | THREADS | IN_THREADS
EPHEMERAL, COMPONENTS_V2, LOADING = 1 << 6, 1 << 15, 1 << 7
CONTENT_INTENT, CONTENT_FLAG = 1 << 15, 1 << 19


class Refused(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, code: int, message: str = "refused") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Fault:
    """What goes wrong with the next matching requests. `after`: only once the request took effect."""

    method: str
    path: str
    status: int = 500
    code: int = 0
    after: bool = False
    hang: bool = False
    lose: bool = False
    retry_after: float = 0.0
    times: int = 1


@dataclass
class Used:
    """An interaction, and what the bot did with it."""

    id: str
    token: str
    frame: Data
    channel: str
    acknowledged: list[Data] = field(default_factory=list)
    original: Data | None = None
    source: Data | None = None
    followups: list[Data] = field(default_factory=list)
    over: bool = False

    @property
    def modal(self) -> Data | None:
        """The form that it was answered with."""
        forms = [one["data"] for one in self.acknowledged if one["type"] == 9]
        return forms[0] if forms else None

    @property
    def ephemeral(self) -> list[Data]:
        """What only the person sees, oldest first."""
        shown = [self.original, *self.followups]
        return [one for one in shown if one is not None and one["flags"] & EPHEMERAL]


@dataclass
class Connection:
    """One gateway session: what was sent in it, for a resume."""

    id: str
    intents: int
    shard: tuple[int, int]
    socket: web.WebSocketResponse | None = None
    sent: list[Data] = field(default_factory=list)
    beats: int = 0
    resumed: int = 0


class Discord:
    """The stand-in. Use `async with Discord() as discord`."""

    def __init__(self, shards: int = 1) -> None:
        self.shards = shards
        self._ids = itertools.count(1)
        self.me: Data = self._user("Sextant", bot=True)
        self.application = self.me["id"]
        self.flags = CONTENT_FLAG
        self.channels: dict[str, Data] = {}
        self.messages: dict[str, list[Data]] = {}
        self.guilds: dict[str, Data] = {}
        self.users: dict[str, Data] = {self.me["id"]: self.me}
        self.closed_dms: set[str] = set()
        self.used: dict[str, Used] = {}
        self.commands: list[Data] = []
        self.requests: list[tuple[str, str, Any]] = []
        self.faults: list[Fault] = []
        self.wrong: list[str] = []
        self.sessions: dict[str, Connection] = {}
        self.identified = 0
        self.refuse_intents = False
        self.pings: list[Data] = []
        self._nonces: dict[str, Data] = {}
        self._dms: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._hanging = asyncio.Event()
        self.ada = self.person("Ada")
        self.bob = self.person("Bob")
        self.guild = self.new_guild("Team")
        self.general = self.new_channel(self.guild, "general")

    # ---- running

    async def __aenter__(self) -> "Discord":
        app = web.Application()
        app.router.add_get("/gateway/", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._hanging.set()
        for session in self.sessions.values():
            if session.socket is not None:
                await session.socket.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The base of the API."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    async def until(self, true: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(seconds):
            while not true():
                self._changed.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._changed.wait()
                except TimeoutError:
                    pass

    # ---- people and places

    def person(self, name: str, bot: bool = False) -> Data:
        """A new person, or another bot."""
        user = self._user(name, bot)
        self.users[user["id"]] = user
        return user

    def new_guild(self, name: str, installed: bool = True) -> Data:
        """A server; the bot is in it unless it is only installed for a person."""
        guild_id, role_id = self.snowflake(), self.snowflake()
        guild = {
            "id": guild_id,
            "name": name,
            "installed": installed,
            "owner_id": self.ada["id"],
            "roles": [
                _role(guild_id, "@everyone", 0),
                _role(role_id, "Sextant", EVERYTHING) | {"managed": True, "tags": {"bot_id": self.me["id"]}},
            ],
            "bot_role": role_id,
        }
        self.guilds[guild_id] = guild
        return guild

    def new_channel(self, guild: Data, name: str, denied: int = 0, kind: int = TEXT) -> Data:
        """A text channel; `denied` takes permissions from the bot there."""
        channel = {
            "id": self.snowflake(),
            "type": kind,
            "guild_id": guild["id"],
            "name": name,
            "position": 0,
            "permission_overwrites": [
                {"id": guild["bot_role"], "type": 0, "allow": "0", "deny": str(denied)},
            ],
            "denied": denied,
        }
        return self._keep(channel)

    def dm(self, user: Data) -> Data:
        """The direct message channel with a person."""
        if user["id"] not in self._dms:
            channel = {"id": self.snowflake(), "type": DM, "recipients": [user]}
            self._dms[user["id"]] = self._keep(channel)["id"]
        return self.channels[self._dms[user["id"]]]

    def thread(self, message: Data) -> Data | None:
        """The thread that was opened from a message."""
        return self.channels.get(message["id"])

    def in_channel(self, channel: Data | str) -> list[Data]:
        """The messages of a channel, oldest first."""
        return self.messages[channel if isinstance(channel, str) else channel["id"]]

    def by_bot(self, channel: Data | str) -> list[Data]:
        """What the bot posted in a channel."""
        return [one for one in self.in_channel(channel) if one["author"]["id"] == self.me["id"]]

    def asked(self, method: str, path: str) -> list[Any]:
        """The bodies of the requests whose path matches."""
        return [body for verb, at, body in self.requests if verb == method and re.fullmatch(path, at)]

    def fault(self, method: str, path: str, **how: Any) -> Fault:
        """Let something go wrong with the next matching requests."""
        fault = Fault(method, path, **how)
        self.faults.append(fault)
        return fault

    # ---- what people do

    async def say(self, user: Data, channel: Data, text: str, **more: Any) -> Data:
        """A message; `<@id>` in it mentions."""
        message = self._message(user, channel, {"content": text})
        message.update(more)
        if message.get("message_reference"):
            message["type"] = 19
            replied = self._find(channel["id"], message["message_reference"]["message_id"])
            message["referenced_message"] = replied
        named = re.findall(r"<@!?(\d+)>", text)
        message["mentions"] = [self.users[one] for one in dict.fromkeys(named) if one in self.users]
        message["mention_roles"] = re.findall(r"<@&(\d+)>", text)
        self.messages[channel["id"]].append(message)
        if channel.get("thread_metadata", {}).get("archived"):
            await self._unarchive(channel)
        await self.dispatch("MESSAGE_CREATE", self._as_sent(message), channel)
        return message

    async def mention(self, user: Data, channel: Data, text: str, **more: Any) -> Data:
        """A message that mentions the bot."""
        return await self.say(user, channel, f"<@{self.me['id']}> {text}", **more)

    async def edit(self, message: Data, text: str | None) -> None:
        """A person edits their message; None stands for a preview that Discord adds."""
        channel = self.channels[message["channel_id"]]
        if text is None:
            message["embeds"] = [{"type": "link", "url": "https://example.org"}]
        else:
            message["content"] = text
            message["edited_timestamp"] = _now()
        await self.dispatch("MESSAGE_UPDATE", self._as_sent(message), channel)

    async def command(self, user: Data, channel: Data, name: str, **options: Any) -> Used:
        """A slash command."""
        kinds = {str: 3, bool: 5}
        data = {
            "id": "1",
            "name": name,
            "type": 1,
            "options": [
                {"name": key, "type": kinds[type(value)], "value": value} for key, value in options.items()
            ],
        }
        return await self._use(user, channel, 2, data)

    async def menu(self, user: Data, channel: Data, name: str, message: Data) -> Used:
        """A message's context menu."""
        data = {
            "id": "2",
            "name": name,
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: self._shown(message)}},
        }
        return await self._use(user, channel, 2, data)

    async def click(self, user: Data, message: Data, custom_id: str, values: list[str] | None = None) -> Used:
        """A button, or a select with values."""
        if values is None:
            data: Data = {"custom_id": custom_id, "component_type": 2}
        else:
            data = {"custom_id": custom_id, "component_type": 3, "values": values}
        assert any(custom_id == one.get("custom_id") for one in walk(message["components"])), custom_id
        channel = self.channels[message["channel_id"]]
        return await self._use(user, channel, 3, data, message)

    async def submit(self, user: Data, opened: Used, resolved: Data | None = None, **fields: Any) -> Used:
        """Send in the form with which an interaction was answered; a list is what was selected."""
        assert opened.modal is not None
        return await self.send_form(user, self.channels[opened.channel], opened.modal, resolved, **fields)

    async def send_form(
        self, user: Data, channel: Data, modal: Data, resolved: Data | None = None, **fields: Any
    ) -> Used:
        """Send in a form."""
        known = {one["custom_id"]: one["type"] for one in walk(modal["components"]) if "custom_id" in one}
        rows = []
        for number, (name, value) in enumerate(fields.items(), 1):
            held = {"values": value} if isinstance(value, list) else {"value": value}
            inner = {"type": known[name], "id": number * 2, "custom_id": name, **held}
            rows.append({"type": 18, "id": number * 2 - 1, "component": inner})
        data = {"custom_id": modal["custom_id"], "components": rows, "resolved": resolved or {}}
        return await self._use(user, channel, 5, data)

    async def archive(self, thread: Data) -> None:
        """A thread goes to the archive."""
        thread["thread_metadata"]["archived"] = True
        await self.dispatch("THREAD_UPDATE", self._channel_sent(thread), thread)

    async def delete_channel(self, channel: Data) -> None:
        """A channel or thread is deleted."""
        del self.channels[channel["id"]]
        await self.dispatch("THREAD_DELETE", self._channel_sent(channel), channel)

    async def _use(self, user: Data, channel: Data, kind: int, data: Data, source: Data | None = None) -> Used:
        guild = self.guilds.get(channel.get("guild_id", ""))
        installed = bool(guild and guild["installed"])
        interaction_id = self.snowflake()
        used = Used(interaction_id, f"token-{interaction_id}", {}, channel["id"], source=source)
        frame: Data = {
            "id": interaction_id,
            "application_id": self.application,
            "type": kind,
            "token": used.token,
            "version": 1,
            "data": data,
            "channel": self._channel_sent(channel) | {"permissions": str(EVERYTHING)},
            "channel_id": channel["id"],
            "app_permissions": str(EVERYTHING),
            "locale": "en-GB",
            "entitlements": [],
            "attachment_size_limit": 10485760,
            "authorizing_integration_owners": {"0": guild["id"]} if guild and installed else {"1": user["id"]},
            "context": 0 if guild else 1 if channel["type"] == DM else 2,
        }
        if guild:
            frame["guild_id"] = guild["id"]
            frame["guild_locale"] = "en-GB"
            frame["guild"] = {"id": guild["id"], "locale": "en-GB", "features": []}
            frame["member"] = _member(user) | {"permissions": str(EVERYTHING)}
        else:
            frame["user"] = user
        if source is not None:
            frame["message"] = self._shown(source)
        used.frame = frame
        self.used[used.token] = used
        await self.dispatch("INTERACTION_CREATE", frame, channel)
        return used

    # ---- gateway

    async def dispatch(self, name: str, data: Data, channel: Data | None = None) -> None:
        """Tell every session that should know."""
        for session in list(self.sessions.values()):
            if channel is not None and not self._is_for(session, channel):
                continue
            told = data
            if name in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
                told = self._within_intents(session, data)
            await self._send(session, name, told)

    async def redeliver(self, name: str) -> None:
        """Send the last dispatch of a name once more, as a resumed session may see it."""
        for session in self.sessions.values():
            frames = [frame for frame in session.sent if frame["t"] == name]
            if frames and session.socket is not None:
                await self._send(session, name, frames[-1]["d"])

    async def drop(self, resumable: bool = True) -> None:
        """Cut every connection; without its session the bot has to begin anew."""
        for session in list(self.sessions.values()):
            if not resumable:
                del self.sessions[session.id]
            if session.socket is not None:
                await session.socket.close(code=4000)
                session.socket = None

    async def heard(self) -> None:
        """Wait until the bot has taken in all that was sent to it."""
        for session in list(self.sessions.values()):
            if session.socket is None or session.socket.closed:
                continue
            before = session.beats
            await session.socket.send_json({"op": 1, "d": None, "s": None, "t": None})
            await self.until(lambda session=session, before=before: session.beats > before)

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
        session: Connection | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            said = json.loads(frame.data)
            if said["op"] == 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
                if session is not None:
                    session.beats += 1
                    self._changed.set()
            elif said["op"] == 2:
                session = await self._identify(socket, said["d"])
            elif said["op"] == 6:
                session = await self._resume(socket, said["d"])
        if session is not None and session.socket is socket:
            session.socket = None
        self._changed.set()
        return socket

    async def _identify(self, socket: web.WebSocketResponse, data: Data) -> Connection | None:
        if data["token"] != TOKEN:
            await socket.close(code=4004)
            return None
        if self.refuse_intents and data["intents"] & CONTENT_INTENT:
            await socket.close(code=4014)
            return None
        shard = tuple(data.get("shard") or (0, 1))
        session = Connection(f"s{next(self._ids)}", data["intents"], (shard[0], shard[1]), socket)
        self.sessions[session.id] = session
        self.identified += 1
        guilds = [one for one in self.guilds.values() if one["installed"] and self._on(session, one["id"])]
        ready = {
            "v": 10,
            "user": self.me,
            "guilds": [{"id": one["id"], "unavailable": True} for one in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway/",
            "shard": list(session.shard),
            "application": {"id": self.application, "flags": self.flags, "flags_new": str(self.flags)},
        }
        await self._send(session, "READY", ready)
        for guild in guilds:
            await self._send(session, "GUILD_CREATE", self._guild_sent(guild))
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Data) -> Connection | None:
        session = self.sessions.get(data["session_id"])
        if session is None:
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            return None
        session.socket, session.resumed = socket, session.resumed + 1
        for frame in session.sent:
            if frame["s"] > data["seq"]:
                await socket.send_json(frame)
        await self._send(session, "RESUMED", {})
        return session

    async def _send(self, session: Connection, name: str, data: Data) -> None:
        frame = {"op": 0, "s": len(session.sent) + 1, "t": name, "d": json.loads(json.dumps(data))}
        self.wrong += wrong_dispatch(frame)
        session.sent.append(frame)
        if session.socket is not None and not session.socket.closed:
            await session.socket.send_json(frame)

    def _is_for(self, session: Connection, channel: Data) -> bool:
        guild = channel.get("guild_id")
        if guild is None:
            return session.shard[0] == 0
        return self._on(session, guild)

    def _on(self, session: Connection, guild: str) -> bool:
        return (int(guild) >> 22) % session.shard[1] == session.shard[0]

    def _within_intents(self, session: Connection, data: Data) -> Data:
        """Without its content, unless the session may see it."""
        mine = data["author"]["id"] == self.me["id"]
        named = any(one["id"] == self.me["id"] for one in data["mentions"])
        if session.intents & CONTENT_INTENT or "guild_id" not in data or mine or named:
            return data
        return data | {"content": "", "components": [], "embeds": [], "attachments": []}

    # ---- REST

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path, method = "/" + request.match_info["path"], request.method
        body = await request.json() if request.can_read_body else None
        self.requests.append((method, path, body))
        self._changed.set()
        if request.headers.get("Authorization") not in (f"Bot {TOKEN}", None):
            return _refusal(401, 0, "401: Unauthorized")
        self.wrong += wrong_request(method, path, body)
        self._look_for_pings(path, body)
        fault = self._fault(method, path)
        if fault is not None and fault.hang:
            await self._hanging.wait()
        if fault is not None and not fault.after:
            return self._failing(request, fault)
        try:
            answer = await self._do(method, path, body, request)
        except Refused as refused:
            return _refusal(refused.status, refused.code, refused.message)
        self._changed.set()
        if fault is not None:
            return self._failing(request, fault)
        if answer is None:
            return web.Response(status=204)
        return _json(answer)

    def _failing(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.lose:
            assert request.transport is not None
            request.transport.abort()
        if fault.status == 429:
            told = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": False}
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
                "remaining": 999,
                "reset_after": 1,
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
            {"id": self.snowflake(), "application_id": app, "version": "1", "nsfw": False, "description": "", **one}
            for one in body
        ]
        return self.commands

    async def _open_dm(self, body: Any, query: Any) -> Data:
        return self._channel_sent(self.dm(self.users[body["recipient_id"]]))

    async def _get_channel(self, channel: str, body: Any, query: Any) -> Data:
        return self._channel_sent(self._channel(channel))

    async def _patch_channel(self, channel: str, body: Any, query: Any) -> Data:
        found = self._channel(channel)
        if body.get("archived") is False:
            if found["thread_metadata"]["locked"]:
                raise Refused(403, 50013, "Missing Permissions")
            await self._unarchive(found)
        return self._channel_sent(found)

    async def _type(self, channel: str, body: Any, query: Any) -> None:
        self._channel(channel)

    async def _history(self, channel: str, body: Any, query: Any) -> list[Data]:
        found = self._channel(channel)
        self._needs(found, HISTORY)
        since, most = int(query.get("after", 0)), int(query.get("limit", 50))
        kept = [self._shown(one) for one in self.messages[channel] if int(one["id"]) > since]
        return kept[:most][::-1]

    async def _create(self, channel: str, body: Any, query: Any) -> Data:
        found = self._channel(channel)
        if found["type"] == DM and found["recipients"][0]["id"] in self.closed_dms:
            raise Refused(403, 50007, "Cannot send messages to this user")
        self._needs(found, IN_THREADS if found["type"] == PUBLIC_THREAD else SEND)
        if found.get("thread_metadata", {}).get("archived"):
            raise Refused(400, 50083, "Thread is archived")
        nonce = f"{channel}:{body.get('nonce')}"
        if body.get("enforce_nonce") and nonce in self._nonces:
            return self._shown(self._nonces[nonce])
        message = self._message(self.me, found, body)
        if body.get("message_reference"):
            message["message_reference"] = {"type": 0, **body["message_reference"]}
            message["type"] = 19
        self.messages[channel].append(message)
        if body.get("enforce_nonce"):
            self._nonces[nonce] = message
        await self.dispatch("MESSAGE_CREATE", self._as_sent(message), found)
        return self._shown(message)

    def forget_nonces(self) -> None:
        """Some minutes later."""
        self._nonces.clear()

    async def _edit(self, channel: str, message: str, body: Any, query: Any) -> Data:
        found = self._find(channel, message)
        if self._channel(channel).get("thread_metadata", {}).get("archived"):
            raise Refused(400, 50083, "Thread is archived")
        if found["author"]["id"] != self.me["id"]:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        return self._put(found, body)

    async def _delete(self, channel: str, message: str, body: Any, query: Any) -> None:
        self.messages[channel].remove(self._find(channel, message))

    async def _open_thread(self, channel: str, message: str, body: Any, query: Any) -> Data:
        found = self._channel(channel)
        self._needs(found, THREADS)
        if found["type"] != TEXT:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if message in self.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        self._find(channel, message)
        thread = {
            "id": message,
            "type": PUBLIC_THREAD,
            "guild_id": found["guild_id"],
            "parent_id": channel,
            "owner_id": self.me["id"],
            "name": body["name"],
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "rate_limit_per_user": 0,
            "denied": found["denied"],
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": body.get("auto_archive_duration", 1440),
                "archive_timestamp": _now(),
                "locked": False,
                "create_timestamp": _now(),
            },
        }
        self._keep(thread)
        await self.dispatch("THREAD_CREATE", self._channel_sent(thread), thread)
        return self._channel_sent(thread)

    async def _callback(self, interaction: str, token: str, body: Any, query: Any) -> Any:
        used = self.used[token]
        if used.over:
            raise Refused(404, 10062, "Unknown interaction")
        if used.acknowledged:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        used.acknowledged.append(body)
        kind, data = body["type"], body.get("data") or {}
        if kind in (4, 5):
            self._answer(used, data, loading=kind == 5)
        elif kind == 7:
            assert used.source is not None
            used.original = self._put(used.source, data)
        elif kind == 6:
            used.original = used.source
        if not query.get("with_response"):
            return None
        told = {"interaction": {"id": used.id, "type": used.frame["type"]}, "resource": {"type": kind}}
        if used.original is not None and kind in (4, 5):
            told["interaction"] |= {
                "response_message_id": used.original["id"],
                "response_message_loading": kind == 5,
                "response_message_ephemeral": bool(used.original["flags"] & EPHEMERAL),
            }
            told["resource"]["message"] = self._shown(used.original)
        return told

    async def _original(self, app: str, token: str, body: Any, query: Any) -> Data:
        return self._shown(self._alive(token).original or {})

    async def _edit_original(self, app: str, token: str, body: Any, query: Any) -> Data:
        used = self._alive(token)
        if used.original is None:
            raise Refused(404, 10008, "Unknown Message")
        return self._put(used.original, body)

    async def _follow_up(self, app: str, token: str, body: Any, query: Any) -> Data:
        used = self._alive(token)
        if used.original is not None and used.original["flags"] & LOADING:
            return self._put(used.original, body)
        message = self._message(self.me, self._place(used), body)
        used.followups.append(message)
        if not message["flags"] & EPHEMERAL and used.channel in self.messages:
            self.messages[used.channel].append(message)
        return self._shown(message)

    async def _edit_follow_up(self, app: str, token: str, message: str, body: Any, query: Any) -> Data:
        used = self._alive(token)
        for one in (used.original, *used.followups):
            if one is not None and one["id"] == message:
                return self._put(one, body)
        raise Refused(404, 10008, "Unknown Message")

    def _answer(self, used: Used, data: Data, loading: bool) -> None:
        message = self._message(self.me, self._place(used), data)
        message["type"] = 20 if used.frame["type"] == 2 else 19
        if loading:
            message["flags"] |= LOADING
        used.original = message
        if not message["flags"] & EPHEMERAL:
            self.messages[used.channel].append(message)

    def _alive(self, token: str) -> Used:
        used = self.used[token]
        if used.over:
            raise Refused(404, 10015, "Unknown Webhook")
        return used

    def _place(self, used: Used) -> Data:
        return self.channels.get(used.channel, {"id": used.channel})

    # ---- state

    def snowflake(self) -> str:
        """The next id."""
        return str((int(time.time() * 1000) - EPOCH << 22) + next(self._ids))

    def _keep(self, channel: Data) -> Data:
        self.channels[channel["id"]] = channel
        self.messages.setdefault(channel["id"], [])
        return channel

    def _channel(self, channel: str) -> Data:
        found = self.channels.get(channel)
        if found is None:
            raise Refused(404, 10003, "Unknown Channel")
        guild = self.guilds.get(found.get("guild_id", ""))
        if guild is not None and not guild["installed"]:
            raise Refused(403, 50001, "Missing Access")
        return found

    def _find(self, channel: str, message: str) -> Data:
        for one in self.messages.get(channel, ()):
            if one["id"] == message:
                return one
        raise Refused(404, 10008, "Unknown Message")

    def _needs(self, channel: Data, bit: int) -> None:
        if channel.get("denied", 0) & bit:
            raise Refused(403, 50013, "Missing Permissions")

    async def _unarchive(self, thread: Data) -> None:
        thread["thread_metadata"]["archived"] = False
        await self.dispatch("THREAD_UPDATE", self._channel_sent(thread), thread)

    def _user(self, name: str, bot: bool = False) -> Data:
        return {
            "id": self.snowflake(),
            "username": name.lower(),
            "global_name": None if bot else name,
            "discriminator": "0",
            "avatar": None,
            "bot": bot,
        }

    def _message(self, author: Data, channel: Data, body: Data) -> Data:
        message = {
            "id": self.snowflake(),
            "channel_id": channel["id"],
            "author": author,
            "content": "",
            "timestamp": _now(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
            "components": [],
        }
        self._put(message, body)
        message["edited_timestamp"] = None
        return message

    def _put(self, message: Data, body: Data) -> Data:
        flags = (body.get("flags") or 0) | (message["flags"] & EPHEMERAL)
        components = body.get("components") or []
        content = body.get("content") or ""
        if flags & COMPONENTS_V2 and content:
            raise Refused(400, 50035, "content cannot be used with components v2")
        if not flags & COMPONENTS_V2 and not content and components:
            raise Refused(400, 50035, "an empty message")
        if len(content) > 2000:
            raise Refused(400, 50035, "content is longer than 2000")
        if flags & COMPONENTS_V2:
            self._limits(components)
        if "components" in body:
            message["components"] = _numbered(components)
        if "content" in body:
            message["content"] = content
        message["flags"] = flags & ~LOADING
        message["edited_timestamp"] = _now()
        return message

    def _limits(self, components: list[Data]) -> None:
        """What Discord refuses and its schema does not say."""
        every = list(walk(components))
        text = sum(len(one.get("content", "")) for one in every if one["type"] == 10)
        ids = [one["custom_id"] for one in every if "custom_id" in one]
        if len(every) > 40 or text > 4000 or len(ids) != len(set(ids)) or not every:
            raise Refused(400, 50035, f"{len(every)} components, {text} characters, ids {ids}")

    def _shown(self, message: Data) -> Data:
        return {key: value for key, value in message.items() if key != "nonce"}

    def _as_sent(self, message: Data) -> Data:
        channel = self.channels[message["channel_id"]]
        if "guild_id" not in channel:
            return self._shown(message) | {"channel_type": channel["type"]}
        member = {key: value for key, value in _member(message["author"]).items() if key != "user"}
        return self._shown(message) | {"guild_id": channel["guild_id"], "member": member}

    def _channel_sent(self, channel: Data) -> Data:
        return {key: value for key, value in channel.items() if key != "denied"}

    def _guild_sent(self, guild: Data) -> Data:
        mine = [one for one in self.channels.values() if one.get("guild_id") == guild["id"]]
        sent = {key: value for key, value in guild.items() if key not in ("installed", "bot_role", "granted")}
        return sent | {
            "unavailable": False,
            "member_count": 3,
            "joined_at": _now(),
            "members": [_member(self.me) | {"roles": [guild["bot_role"]]}],
            "channels": [self._channel_sent(one) for one in mine if one["type"] != PUBLIC_THREAD],
            "threads": [
                self._channel_sent(one)
                for one in mine
                if one["type"] == PUBLIC_THREAD and not one["thread_metadata"]["archived"]
            ],
            "features": [],
            "emojis": [],
            "stickers": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-GB",
            "afk_timeout": 300,
            "system_channel_flags": 0,
        }


def walk(components: Any) -> Any:
    """Every component, also those within others."""
    for one in components or ():
        yield one
        for key in ("components", "component", "accessory", "data"):
            inner = one.get(key)
            yield from walk(inner if isinstance(inner, list) else [inner] if isinstance(inner, dict) else ())


def text_of(message: Data) -> str:
    """All that a person reads in a message, its buttons and options included."""
    said = [message["content"]]
    for one in walk(message["components"]):
        said += [one.get("content", ""), one.get("label", ""), one.get("placeholder", "")]
        said += [option["label"] for option in one.get("options", ())]
    return "\n".join(line for line in said if line)


def buttons(message: Data) -> dict[str, str]:
    """The ids that a message's buttons carry, by their labels."""
    return {one["label"]: one["custom_id"] for one in walk(message["components"]) if one["type"] == 2}


def _numbered(components: list[Data]) -> list[Data]:
    """With an id for every component that has none, as Discord gives them."""
    kept = json.loads(json.dumps(components))
    taken = {one["id"] for one in walk(kept) if one.get("id")}
    free = (number for number in itertools.count(1) if number not in taken)
    for one in walk(kept):
        if not one.get("id"):
            one["id"] = next(free)
    return kept


def _role(role: str, name: str, permissions: int) -> Data:
    return {
        "id": role,
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0 if name == "@everyone" else 1,
        "permissions": str(permissions),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def _member(user: Data) -> Data:
    return {
        "user": user,
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # The library takes a content type with a charset for text.
    body = json.dumps(data).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _refusal(status: int, code: int, message: str) -> web.Response:
    return _json({"code": code, "message": message}, status)


ID, TOKENS = r"(\d+)", r"([\w-]+)"
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", r"/gateway/bot", Discord._gateway_bot),
    ("GET", r"/users/@me", Discord._who),
    ("GET", r"/users/@me/guilds", Discord._my_guilds),
    ("POST", r"/users/@me/channels", Discord._open_dm),
    ("GET", r"/oauth2/applications/@me", Discord._app),
    ("GET", rf"/applications/{ID}/commands", Discord._get_commands),
    ("PUT", rf"/applications/{ID}/commands", Discord._put_commands),
    ("GET", rf"/channels/{ID}", Discord._get_channel),
    ("PATCH", rf"/channels/{ID}", Discord._patch_channel),
    ("POST", rf"/channels/{ID}/typing", Discord._type),
    ("GET", rf"/channels/{ID}/messages", Discord._history),
    ("POST", rf"/channels/{ID}/messages", Discord._create),
    ("PATCH", rf"/channels/{ID}/messages/{ID}", Discord._edit),
    ("DELETE", rf"/channels/{ID}/messages/{ID}", Discord._delete),
    ("POST", rf"/channels/{ID}/messages/{ID}/threads", Discord._open_thread),
    ("POST", rf"/interactions/{ID}/{TOKENS}/callback", Discord._callback),
    ("GET", rf"/webhooks/{ID}/{TOKENS}/messages/@original", Discord._original),
    ("PATCH", rf"/webhooks/{ID}/{TOKENS}/messages/@original", Discord._edit_original),
    ("POST", rf"/webhooks/{ID}/{TOKENS}", Discord._follow_up),
    ("PATCH", rf"/webhooks/{ID}/{TOKENS}/messages/{ID}", Discord._edit_follow_up),
]
