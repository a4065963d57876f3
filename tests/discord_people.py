"""What people do on the stand-in for Discord."""

import re
from typing import Any

from tests.discord_gateway import Gateway
from tests.discord_parts import (
    DM,
    EVERYTHING,
    PRIVATE_THREAD,
    THREAD_TYPES,
    Data,
    Used,
    now,
    role_of,
    thread_of,
    walk,
)


class People(Gateway):
    """Writes, taps, fills in forms, archives and deletes."""

    def new_role(self, guild: Data, name: str, *members: Data) -> str:
        """A role of some people; its id."""
        role = role_of(self.snowflake(), name, 0)
        guild["roles"].append(role)
        for one in members:
            self.roles.setdefault(one["id"], []).append(role["id"])
        return str(role["id"])

    def grant(self, permission: int) -> None:
        """Give the bot's role on the server a permission more; before the bot connects."""
        (_, role) = self.guild["roles"][:2]
        role["permissions"] = str(int(role["permissions"]) | permission)

    async def say(self, user: Data, channel: Data, text: str, **more: Any) -> Data:
        """A message; `<@id>` in it mentions."""
        message = self._message(user, channel, {"content": text})
        message.update(more)
        if message.get("message_reference"):
            message["type"] = 19
            replied = self._find(channel["id"], message["message_reference"]["message_id"])
            message["referenced_message"] = replied
        self._name(message, text)
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
            self._name(message, text)
            message["edited_timestamp"] = now()
        await self.dispatch("MESSAGE_UPDATE", self._as_sent(message), channel)

    def _name(self, message: Data, text: str) -> None:
        """Note who is mentioned."""
        named = re.findall(r"<@!?(\d+)>", text)
        message["mentions"] = [self.users[one] for one in dict.fromkeys(named) if one in self.users]
        message["mention_roles"] = re.findall(r"<@&(\d+)>", text)

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

    async def complete(self, user: Data, channel: Data, name: str, **typed: str) -> Used:
        """A slash command that is still being typed."""
        options = [{"name": key, "type": 3, "value": value, "focused": True} for key, value in typed.items()]
        data = {"id": "1", "name": name, "type": 1, "options": options}
        return await self._use(user, channel, 4, data)

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
        used = [one for one in walk(message["components"]) if one.get("custom_id") == custom_id]
        assert used, custom_id
        data: Data = {"custom_id": custom_id, "component_type": used[0]["type"]}
        if values is not None:
            data |= {"values": values, **self._resolved(used[0]["type"], values)}
        channel = self.channels[message["channel_id"]]
        return await self._use(user, channel, 3, data, message)

    def _resolved(self, kind: int, values: list[str]) -> Data:
        """What was chosen of roles (6) and channels (8), as Discord sends it along."""
        if kind == 6:
            roles = [one for guild in self.guilds.values() for one in guild["roles"]]
            chosen = [one | {"flags": 1} for one in roles if one["id"] in values]  # the schema knows no other
            return {"resolved": {"roles": {one["id"]: one for one in chosen}}}
        if kind == 8:
            may = {"permissions": str(EVERYTHING)}
            shown = {one: self._channel_sent(self.channels[one]) | may for one in values}
            return {"resolved": {"channels": shown}}
        return {}

    async def submit(self, user: Data, opened: Used, resolved: Data | None = None, **fields: Any) -> Used:
        """Send in the form with which an interaction was answered; a list is what was selected."""
        assert opened.modal is not None
        channel = self.channels[opened.channel]
        return await self.send_form(user, channel, opened.modal, resolved, opened.source, **fields)

    async def send_form(
        self,
        user: Data,
        channel: Data,
        modal: Data,
        resolved: Data | None = None,
        source: Data | None = None,
        **fields: Any,
    ) -> Used:
        """Send in a form, which a component of `source` opened."""
        known = {one["custom_id"]: one["type"] for one in walk(modal["components"]) if "custom_id" in one}
        rows = []
        for number, (name, value) in enumerate(fields.items(), 1):
            held = {"values": value} if isinstance(value, list) else {"value": value}
            inner = {"type": known[name], "id": number * 2, "custom_id": name, **held}
            rows.append({"type": 18, "id": number * 2 - 1, "component": inner})
        data = {"custom_id": modal["custom_id"], "components": rows, "resolved": resolved or {}}
        return await self._use(user, channel, 5, data, source)

    async def new_thread(self, user: Data, parent: Data, kind: int = PRIVATE_THREAD) -> Data:
        """A thread that began from no message; to a private one the bot is invited."""
        thread = self._keep(thread_of(parent, self.snowflake(), kind, user, "a thread"))
        await self.dispatch("THREAD_CREATE", self._channel_sent(thread), thread)
        return thread

    async def archive(self, thread: Data) -> None:
        """A thread goes to the archive."""
        thread["thread_metadata"]["archived"] = True
        await self.dispatch("THREAD_UPDATE", self._channel_sent(thread), thread)

    async def delete_channel(self, channel: Data) -> None:
        """A channel or thread is deleted."""
        del self.channels[channel["id"]]
        name = "THREAD_DELETE" if channel["type"] in THREAD_TYPES else "CHANNEL_DELETE"
        await self.dispatch(name, self._channel_sent(channel), channel)

    async def remove_bot(self, guild: Data) -> None:
        """Somebody takes the bot off a server."""
        guild["installed"] = False
        await self.dispatch("GUILD_DELETE", {"id": guild["id"]}, {"guild_id": guild["id"]})

    async def _use(
        self, user: Data, channel: Data, kind: int, data: Data, source: Data | None = None
    ) -> Used:
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
            "authorizing_integration_owners": {"0": guild["id"]}
            if guild and installed
            else {"1": user["id"]},
            "context": 0 if guild else 1 if channel["type"] == DM else 2,
        }
        if guild:
            frame["guild_id"] = guild["id"]
            frame["guild_locale"] = "en-GB"
            frame["guild"] = {"id": guild["id"], "locale": "en-GB", "features": []}
            frame["member"] = self._member(user, guild) | {"permissions": str(EVERYTHING)}
        else:
            frame["user"] = user
        if source is not None:
            frame["message"] = self._shown(source)
        used.frame = frame
        self.used[used.token] = used
        await self.dispatch("INTERACTION_CREATE", frame, channel)
        return used
