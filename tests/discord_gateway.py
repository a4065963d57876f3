"""The gateway of the stand-in for Discord: sessions that can be cut, resumed and begun anew."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_parts import CONTENT_INTENT, Connection, Data
from tests.discord_schemas import wrong_dispatch
from tests.discord_state import State


class Gateway(State):
    """Tells the bot what happens, within its intents and shards."""

    def let_go(self) -> None:
        """Answer what hangs."""
        self._hanging.set()

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
        await self.admits.wait()
        if data["token"] != self.token:
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
