"""How interactions are answered on the stand-in for Discord: once, then through their tokens."""

from typing import Any

from tests.discord_parts import EPHEMERAL, LOADING, Data, Refused, Used
from tests.discord_people import People


class Responses(People):
    """Callbacks, original responses and follow-ups."""

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
        used = self._alive(token)
        if used.original is None:
            raise Refused(404, 10008, "Unknown Message")
        return self._shown(used.original)

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
