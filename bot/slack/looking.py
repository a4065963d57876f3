"""Finds in Slack what an earlier attempt left: posts by the metadata that they carry, drafts by its lack."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.slack.calls import Calls
from bot.slack.workspaces import Workspace
from storage.inbox import Inbox
from storage.records import NEW, Sending

CLOCKS_DIFFER = 600.0
"""Seconds by which Slack's clock may differ from ours."""

METADATA = "sextant_reply"
PAGE = 200

Part = Callable[[Mapping[str, Any]], int | None]
"""Which part of what is looked for a message is; None when it is none."""


class Looking:
    """Looks for one delivery after another."""

    def __init__(self, calls: Calls, inbox: Inbox) -> None:
        self._calls = calls
        self._inbox = inbox

    async def posted(self, workspace: Workspace, sending: Sending) -> dict[int, str]:
        """What an earlier attempt posted, by the number of the part."""
        key = sending.place.key
        since = sending.queued_at.timestamp()
        ours = partial(part_of, sending)
        found: dict[int, str] = {}
        if key.startswith(NEW):
            found = await self._found(workspace, sending, "conversations.history", ours, since)
            if 0 not in found:
                return found
            key = found[0]
        return found | await self._found(workspace, sending, "conversations.replies", ours, since, ts=key)

    async def draft(self, workspace: Workspace, sending: Sending) -> str:
        """The streamed message that shows the beginning of the reply; empty where none stands."""
        if sending.draft is None or sending.draft:
            return sending.draft or ""
        since = (sending.asked_at or sending.queued_at).timestamp()
        known = await asyncio.to_thread(self._inbox.drafts, sending.thread_id)
        drafts = partial(draft_part, workspace, known)
        where = {"ts": sending.place.key}
        found = await self._found(workspace, sending, "conversations.replies", drafts, since, **where)
        return found.get(0, "")

    async def _found(
        self, workspace: Workspace, sending: Sending, method: str, part: Part, since: float, **where: str
    ) -> dict[int, str]:
        found: dict[int, str] = {}
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            told = await self._calls(
                workspace,
                method,
                sending.attempt,
                channel=sending.place.channel,
                limit=PAGE,
                include_all_metadata=True,
                oldest=f"{since - CLOCKS_DIFFER:.6f}",
                **where,
                **more,
            )
            for message in told.get("messages", ()):
                number = part(message)
                if number is not None:
                    found.setdefault(number, str(message["ts"]))
            cursor = str((told.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found


def metadata(sending: Sending, number: int) -> dict[str, Any]:
    """What a message carries so that a later attempt knows it again; nothing that anybody said."""
    return {
        "event_type": METADATA,
        "event_payload": {"reply": f"{sending.thread_id}:{sending.id}", "part": number},
    }


def part_of(sending: Sending, message: Mapping[str, Any]) -> int | None:
    """Which part of a delivery a message is; None when it is none."""
    held = message.get("metadata") or {}
    carried = held.get("event_payload") or {}
    if held.get("event_type") != METADATA or carried.get("reply") != f"{sending.thread_id}:{sending.id}":
        return None
    part = carried.get("part")
    return int(part) if isinstance(part, int | float) else None


def draft_part(workspace: Workspace, known: frozenset[str], message: Mapping[str, Any]) -> int | None:
    """0 for a streamed message of ours that became no reply yet; `known` are those that belong to others."""
    ours = message.get("user") == workspace.bot_user or message.get("bot_id") == workspace.bot_id
    named = (message.get("metadata") or {}).get("event_type") == METADATA
    new = message.get("streaming_state") and message.get("ts") not in known
    return 0 if ours and new and not named else None
