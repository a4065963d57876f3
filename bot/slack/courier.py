"""Brings replies to Slack, with metadata by which a later attempt finds what an earlier one posted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.courier import Gone, Later
from bot.draft import Draft
from bot.posts import Parts
from bot.replies import Answered, AskOutcome, GiveVerdict, Reply
from bot.slack import alone, pictures
from bot.slack.around import Around
from bot.slack.calls import ASKED_TO_WAIT, Calls, RefusedError, backoff
from bot.slack.directory import Directory
from bot.slack.looking import Looking, metadata
from bot.slack.pictures import Pictures
from bot.slack.render import Post, post
from bot.slack.split import pieces
from bot.slack.streaming import Streaming, ended
from bot.slack.unasked import Unasked
from bot.slack.workspaces import PLATFORM, Workspace, Workspaces
from bot.weekly_halts import NOT_INSTALLED
from storage.inbox import Inbox
from storage.records import NEW, Claimed, InLine, Place, Sending

logger = logging.getLogger(__name__)

DELIVERS_FOR = 45.0
"""Seconds for one delivery with all its calls: less than its lease, or another process would begin it too."""
STATUS_FOR = 3.0
_NO_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
_NO_POST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
THINKING = ("Reading what you wrote", "Asking the guidance", "Weighing the levers")


class SlackCourier:
    """Delivers to all workspaces."""

    platform = PLATFORM

    def __init__(
        self, workspaces: Workspaces, calls: Calls, directory: Directory, inbox: Inbox, guests: bool
    ) -> None:
        """`guests`: whether people of other organisations may read what it says."""
        self._workspaces = workspaces
        self._calls = calls
        self._inbox = inbox
        self._looking = Looking(calls, inbox)
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
        except RefusedError as error:
            logger.error("slack_delivery_refused outbox=%s code=%s", sending.id, error.code)
            raise

    @asynccontextmanager
    async def working(self, claimed: Claimed, draft: Draft) -> AsyncIterator[None]:
        """Show in the thread that it is being thought about, and what is written so far, until the block ends
        however it ends.
        """
        if claimed.place.key.startswith(NEW):
            yield  # its thread is not there yet
            return
        await self._status(claimed.place, "is thinking…")
        streaming = Streaming(self._calls, self._workspaces, self._inbox, claimed)
        showing = asyncio.ensure_future(streaming.show(draft))
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
            await asyncio.shield(self._status(claimed.place, ""))
            await asyncio.shield(streaming.leave())

    async def waits(self, one: InLine, number: int) -> None:
        """Say in the thread how far back in the line a message is, as a status: the answer ends it."""
        if not one.place.key.startswith(NEW):  # its thread is not there yet
            in_line = f"is busy; you are number {number:,} in line…"
            await self._status(one.place, in_line if number else "", ())

    async def _status(self, place: Place, status: str, meanwhile: Sequence[str] = THINKING) -> None:
        where: dict[str, Any] = {"channel_id": place.channel, "thread_ts": place.key, "status": status}
        if status and meanwhile:
            where["loading_messages"] = list(meanwhile)
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
            stands = {**await self._looking.posted(workspace, sending), **stands}
        if 0 not in stands:
            around = replace(around, picture=await self._pictures.of(workspace, sending, parts))
        posts = post(parts, around)
        draft = "" if onto else await self._draft(workspace, sending)
        posting = _Posting(self._calls, workspace, sending, stands, draft)
        try:
            await posting.show(posts, bool(onto), closing)
        except Later as later:
            if untouched and not stands and later.why == ASKED_TO_WAIT:
                self._untouched.add(sending.id)
            raise
        for number in sorted(set(stands) - set(range(len(posts)))):
            await posting.remove(number)
        ids = [stands[number] for number in sorted(stands)]
        return ids[0] if sending.place.key.startswith(NEW) else ",".join(ids)

    async def _draft(self, workspace: Workspace, sending: Sending) -> str:
        """The streamed message that the reply takes the place of, ended; empty where none stands."""
        ts = await self._looking.draft(workspace, sending)
        if ts:
            more = {"metadata": metadata(sending, 0)}
            await ended(self._calls, workspace, sending.place.channel, ts, sending.attempt, **more)
        return ts


class _Posting:
    """One delivery under way: what of it stands, and how to add the rest.

    `draft` is the streamed message whose place it takes, if there is one.
    """

    def __init__(
        self, calls: Calls, workspace: Workspace, sending: Sending, stands: dict[int, str], draft: str
    ) -> None:
        self._calls = calls
        self._workspace = workspace
        self._sending = sending
        self._stands = stands
        self._draft = draft

    async def show(self, posts: tuple[Post, ...], edits: bool, closing: bool) -> None:
        """Add what does not stand, unless an earlier post is only closed; edit what shows something else."""
        if self._draft and self._stands.setdefault(0, self._draft) != self._draft:
            await self.delete(self._draft)  # it came to light after the reply was posted
        for number, one in enumerate(posts):
            if number not in self._stands:
                if not closing:
                    await self.add(number, one)
            elif edits or self._stands[number] == self._draft:
                await self.change(number, one, closing)

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
        drafted = self._stands[number] == self._draft
        named = {"metadata": metadata(self._sending, number)} if drafted else {}
        try:
            await self._say("chat.update", one, **where, **named)
        except RefusedError as error:
            if closing or error.code not in _NO_POST:
                raise
            if drafted:
                await self.delete(self._draft)
            await self.add(number, one)  # somebody deleted the reply, so it is said anew

    async def remove(self, number: int) -> None:
        await self.delete(self._stands.pop(number))

    async def delete(self, ts: str) -> None:
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
