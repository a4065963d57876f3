"""What the stand-in for Discord keeps: people, servers, channels, threads and messages."""

import asyncio
import itertools
import re
import time
from typing import Any

from tests.discord_parts import (
    COMPONENTS_V2,
    CONTENT_FLAG,
    DM,
    EPHEMERAL,
    EPOCH,
    EVERYTHING,
    GROUP,
    LOADING,
    SHAPES,
    TEXT,
    THREAD_TYPES,
    TOKEN,
    VIEW,
    Connection,
    Data,
    Fault,
    Refused,
    Used,
    member_of,
    now,
    numbered,
    role_of,
    walk,
)


class State:
    """The state, and how to look at it."""

    def __init__(self, shards: int = 1) -> None:
        self.shards = shards
        self.token = TOKEN
        self._ids = itertools.count(1)
        self.ago = 0.0  # how many seconds ago it is on this Discord
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
        self.identified, self.starts_left = 0, 999
        self.refuse_intents = False
        self.pings: list[Data] = []
        self.roles: dict[str, list[str]] = {}
        self._nonces: dict[str, Data] = {}
        self._dms: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._hanging = asyncio.Event()
        self.admits = asyncio.Event()
        self.admits.set()
        self.ada = self.person("Ada")
        self.bob = self.person("Bob")
        self.guild = self.new_guild("Team")
        self.general = self.new_channel(self.guild, "general")

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
                role_of(guild_id, "@everyone", VIEW),
                role_of(role_id, "Sextant", EVERYTHING)
                | {"managed": True, "tags": {"bot_id": self.me["id"]}},
            ],
            "bot_role": role_id,
        }
        self.guilds[guild_id] = guild
        return guild

    def new_channel(
        self, guild: Data, name: str, denied: int = 0, hidden: bool = False, kind: int = TEXT
    ) -> Data:
        """A channel; `denied` takes permissions from the bot there, `hidden` is for invited people."""
        channel = {
            "id": self.snowflake(),
            "type": kind,
            "guild_id": guild["id"],
            "name": name,
            "position": 0,
            "permission_overwrites": [
                {"id": guild["id"], "type": 0, "allow": "0", "deny": str(VIEW if hidden else 0)},
                {"id": guild["bot_role"], "type": 0, "allow": str(VIEW), "deny": str(denied)},
            ],
            "denied": denied,
            **SHAPES.get(kind, {}),
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

    def snowflake(self) -> str:
        """The next id."""
        return str((int((time.time() - self.ago) * 1000) - EPOCH << 22) + next(self._ids))

    def _keep(self, channel: Data) -> Data:
        self.channels[channel["id"]] = channel
        self.messages.setdefault(channel["id"], [])
        return channel

    def _channel(self, channel: str) -> Data:
        found = self.channels.get(channel)
        if found is None:
            raise Refused(404, 10003, "Unknown Channel")
        guild = self.guilds.get(found.get("guild_id", ""))
        if found["type"] == GROUP or (guild is not None and not guild["installed"]):
            raise Refused(403, 50001, "Missing Access")
        return found

    def _find(self, channel: str, message: str) -> Data:
        for one in self.messages.get(channel, ()):
            if one["id"] == message:
                return one
        raise Refused(404, 10008, "Unknown Message")

    def _needs(self, channel: Data, bit: int) -> None:
        guild = self.guilds.get(channel.get("guild_id", ""))
        held = int(guild["roles"][1]["permissions"]) if guild else bit
        if channel.get("denied", 0) & bit or not held & bit:
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
            "timestamp": now(),
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
            shown = [item["media"]["url"] for one in walk(components) for item in one.get("items", ())]
            if {f"attachment://{name}" for name in body.get("files", {})} != set(shown):
                raise Refused(400, 50035, f"files that are not shown, or shown that are not there: {shown}")
        if "components" in body:
            message["components"] = numbered(components)
        if "content" in body:
            message["content"] = content
        message["flags"] = flags & ~LOADING
        message["edited_timestamp"] = now()
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
        whole = self._member(message["author"], self.guilds[channel["guild_id"]])
        member = {key: value for key, value in whole.items() if key != "user"}
        return self._shown(message) | {"guild_id": channel["guild_id"], "member": member}

    def _channel_sent(self, channel: Data) -> Data:
        sent = {key: value for key, value in channel.items() if key not in ("denied", "members")}
        last = self.messages.get(channel["id"])
        return sent | {"last_message_id": last[-1]["id"] if last else None}

    def _guild_sent(self, guild: Data) -> Data:
        mine = [one for one in self.channels.values() if one.get("guild_id") == guild["id"]]
        sent = {key: value for key, value in guild.items() if key not in ("installed", "bot_role", "granted")}
        return sent | {
            "unavailable": False,
            "member_count": 3,
            "joined_at": now(),
            "members": [self._member(self.me, guild)],
            "channels": [self._channel_sent(one) for one in mine if one["type"] not in THREAD_TYPES],
            "threads": [
                self._channel_sent(one)
                for one in mine
                if one["type"] in THREAD_TYPES and not one["thread_metadata"]["archived"]
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

    def _member(self, user: Data, guild: Data) -> Data:
        mine = [guild["bot_role"]] if user is self.me else self.roles.get(user["id"], [])
        return member_of(user) | {"roles": mine}

    def forget_nonces(self) -> None:
        """Some minutes later."""
        self._nonces.clear()
