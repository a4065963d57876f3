"""Brings replies to Slack, with metadata by which a later attempt finds what an earlier one posted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.lanes import Gone, Later
from bot.posts import Parts
from bot.replies import Answered, AskOutcome, GiveVerdict, Reply
from bot.slack import alone, pictures
from bot.slack.around import Around
from bot.slack.calls import ASKED_TO_WAIT, Calls, RefusedError, backoff
from bot.slack.directory import Directory
from bot.slack.pictures import Pictures
from bot.slack.render import Post, post
from bot.slack.split import pieces
from bot.slack.unasked import Unasked
from bot.slack.workspaces import PLATFORM, Workspace, Workspaces
from bot.weekly_halts import NOT_INSTALLED
from storage.records import NEW, Claimed, Place, Sending

logger = logging.getLogger(__name__)

DELIVERS_FOR = 45.0
"""Seconds for one delivery with all its calls: less than its lease, or another process would begin it too."""
STATUS_FOR = 3.0
CLOCKS_DIFFER = 600.0
"""Seconds by which Slack's clock may differ from ours, when an earlier attempt's post is looked for."""
METADATA = "sextant_reply"
PAGE = 200
_NO_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
_NO_POST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
THINKING = ("Reading what you wrote", "Asking the guidance", "Weighing the levers")


class SlackCourier:
    """Delivers to all workspaces."""

    platform = PLATFORM

    def __init__(self, workspaces: Workspaces, calls: Calls, directory: Directory, guests: bool) -> None:
        """`guests`: whether people of other organisations may read what it says."""
        self._workspaces = workspaces
        self._calls = calls
        self._unasked = Unasked(directory, guests)
        self._pictures = Pictures(calls)
        self._untouched: set[int] = set()
        """Deliveries of which nothing can stand yet: each attempt at them was put off by Slack."""

    async def deliver(self, sending: Sending, parts: Parts, onto: str) -> str:
        """Post the parts, or edit the earlier post `onto`; gives Slack's ids of the messages, with commas."""
        try:
            async with asyncio.timeout(DELIVERS_FOR):
                workspace = await self._workspaces.find(sending.place.workspace)
                if workspace is None:
                    raise Gone(NOT_INSTALLED)
                sending = await self._unasked(workspace, sending, parts)
                return await self._deliver(workspace, sending, parts, onto)
        except (TimeoutError, OSError):
            raise Later(backoff(sending.attempt), "Slack is out of reach") from None

    @asynccontextmanager
    async def working(self, claimed: Claimed) -> AsyncIterator[None]:
        """Show in the thread that it is being thought about, until the block ends however it ends."""
        if claimed.place.key.startswith(NEW):
            yield  # its thread is not there yet
            return
        await self._status(claimed.place, "is thinking…")
        try:
            yield
        finally:
            await asyncio.shield(self._status(claimed.place, ""))

    async def _status(self, place: Place, status: str) -> None:
        where: dict[str, Any] = {"channel_id": place.channel, "thread_ts": place.key, "status": status}
        if status:
            where["loading_messages"] = list(THINKING)
        try:
            async with asyncio.timeout(STATUS_FOR):
                workspace = await self._workspaces.find(place.workspace)
                if workspace is not None:
                    await self._calls(workspace, "assistant.threads.setStatus", **where)
        except Exception as error:  # it is only a courtesy
            logger.debug("slack_status_failed error=%s", type(error).__name__)

    async def _deliver(self, workspace: Workspace, sending: Sending, parts: Parts, onto: str) -> str:
        place = sending.place
        around = Around(sending.turn, workspace.url, place.channel, place.key)
        told = () if onto else alone.curious(sending, parts)
        if told and alone.many_read(sending):
            shown = post(told, around)
            if await alone.tell(self._calls, workspace, sending, shown):
                return ""
        return await self._post(workspace, sending, told or parts, onto, around)

    async def _post(
        self, workspace: Workspace, sending: Sending, parts: Parts, onto: str, around: Around
    ) -> str:
        stands = dict(enumerate(onto.split(","))) if onto else {}
        closing = bool(onto) and any(map(_is_closed, parts))
        untouched = sending.attempt == 1 or sending.id in self._untouched
        self._untouched.discard(sending.id)
        if not untouched and not closing:
            stands = {**await self._standing(workspace, sending), **stands}
        if 0 not in stands:
            around = replace(around, picture=await self._pictures.of(workspace, sending, parts))
        posts = post(parts, around)
        posting = _Posting(self._calls, workspace, sending, stands)
        try:
            for number, one in enumerate(posts):
                if number not in stands:
                    if not closing:
                        await posting.add(number, one)
                elif onto:
                    await posting.change(number, one, closing)
        except Later as later:
            if untouched and not stands and later.why == ASKED_TO_WAIT:
                self._untouched.add(sending.id)
            raise
        for number in sorted(set(stands) - set(range(len(posts)))):
            await posting.remove(number)
        ids = [stands[number] for number in sorted(stands)]
        return ids[0] if sending.place.key.startswith(NEW) else ",".join(ids)

    async def _standing(self, workspace: Workspace, sending: Sending) -> dict[int, str]:
        """What an earlier attempt posted, by the number of the part."""
        key, channel = sending.place.key, sending.place.channel
        oldest = f"{sending.queued_at.timestamp() - CLOCKS_DIFFER:.6f}"
        if key.startswith(NEW):
            found = await self._found(workspace, sending, "conversations.history", channel, oldest=oldest)
            if 0 not in found:
                return found
            key = found[0]
        else:
            found = {}
        in_thread = {"ts": key, "oldest": oldest}
        return found | await self._found(workspace, sending, "conversations.replies", channel, **in_thread)

    async def _found(
        self, workspace: Workspace, sending: Sending, method: str, channel: str, **where: str
    ) -> dict[int, str]:
        found: dict[int, str] = {}
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            told = await self._calls(
                workspace,
                method,
                sending.attempt,
                channel=channel,
                limit=PAGE,
                include_all_metadata=True,
                **where,
                **more,
            )
            for message in told.get("messages", ()):
                number = part_of(message, sending)
                if number is not None:
                    found.setdefault(number, str(message["ts"]))
            cursor = str((told.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found


class _Posting:
    """One delivery under way: what of it stands, and how to add the rest."""

    def __init__(self, calls: Calls, workspace: Workspace, sending: Sending, stands: dict[int, str]) -> None:
        self._calls = calls
        self._workspace = workspace
        self._sending = sending
        self._stands = stands

    async def add(self, number: int, one: Post) -> None:
        thread = self._sending.place.key
        if thread.startswith(NEW):
            thread = self._stands.get(0, "")
        where = {"thread_ts": thread} if thread else {}
        told = await self._say(
            "chat.postMessage",
            one,
            channel=self._sending.place.channel,
            metadata=metadata(self._sending, number),
            unfurl_links=False,
            unfurl_media=False,
            **where,
        )
        self._stands[number] = str(told["ts"])

    async def change(self, number: int, one: Post, closing: bool) -> None:
        where = {"channel": self._sending.place.channel, "ts": self._stands[number]}
        try:
            await self._say("chat.update", one, **where)
        except RefusedError as error:
            if closing or error.code not in _NO_POST:
                raise
            await self.add(number, one)  # somebody deleted the reply, so it is said anew

    async def remove(self, number: int) -> None:
        ts = self._stands.pop(number)
        where = {"channel": self._sending.place.channel, "ts": ts}
        try:
            await self._calls(self._workspace, "chat.delete", self._sending.attempt, **where)
        except RefusedError as error:
            if error.code not in _NO_POST:
                raise

    async def _say(self, method: str, one: Post, **where: Any) -> Mapping[str, Any]:
        """Say it with blocks; in plain text where Slack does not take them."""
        attempt = self._sending.attempt
        if pictures.pictured(one.blocks):
            return await self._say_pictured(method, one, **where)
        try:
            return await self._calls(
                self._workspace, method, attempt, text=one.text, blocks=list(one.blocks), **where
            )
        except RefusedError as error:
            if error.code not in _NO_BLOCKS:
                raise
            logger.error("slack_blocks_refused outbox=%s code=%s", self._sending.id, error.code)
            text = next(pieces(one.text, 3000), "")
            return await self._calls(self._workspace, method, attempt, text=text, blocks=[], **where)

    async def _say_pictured(self, method: str, one: Post, **where: Any) -> Mapping[str, Any]:
        """Say it once Slack has looked at the picture; in words where it does not take it."""
        for wait in pictures.WAITS:
            try:
                said = {"text": one.text, "blocks": list(one.blocks), **where}
                return await self._calls(self._workspace, method, self._sending.attempt, **said)
            except RefusedError as error:
                if error.code not in _NO_BLOCKS:
                    raise
            await asyncio.sleep(wait)
        logger.warning("slack_picture_refused outbox=%s", self._sending.id)
        return await self._say(method, replace(one, blocks=pictures.in_words(one.blocks)), **where)


def _is_closed(part: Reply) -> bool:
    """Whether a part stands for what was answered or logged since: it is edited where it was asked."""
    match part:
        case Answered():
            return True
        case AskOutcome():
            return bool(part.answered)
        case GiveVerdict():
            return bool(part.logged or part.replaced)
    return False


def metadata(sending: Sending, number: int) -> dict[str, Any]:
    """What a message carries so that a later attempt knows it again; nothing that anybody said."""
    return {
        "event_type": METADATA,
        "event_payload": {"reply": f"{sending.thread_id}:{sending.id}", "part": number},
    }


def part_of(message: Mapping[str, Any], sending: Sending) -> int | None:
    """Which part of a delivery a message is; None when it is none."""
    held = message.get("metadata") or {}
    carried = held.get("event_payload") or {}
    if held.get("event_type") != METADATA or carried.get("reply") != f"{sending.thread_id}:{sending.id}":
        return None
    part = carried.get("part")
    return int(part) if isinstance(part, int | float) else None
