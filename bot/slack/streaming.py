"""A reply that people see while it is written: a streamed message in its thread, which becomes the post.

It is a courtesy: where it fails, the reply is posted all the same. That it is begun is noted before and
after, so that the reply takes its place whatever happens in between.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from bot.courier import Gone, Later
from bot.draft import Draft
from bot.slack.calls import ASKED_TO_WAIT, Calls, RefusedError
from bot.slack.mrkdwn import markdown
from bot.slack.workspaces import Workspace, Workspaces
from storage.inbox import Inbox
from storage.records import NEW, Claimed

logger = logging.getLogger(__name__)

BEGINS_IN = 4.0
"""Seconds for Slack to begin a stream: the turn waits that long at the most, see `draft.SETTLES_IN`."""

EVERY = 1.0
"""Seconds between additions to a stream: well within Slack's limit of a hundred a minute in a workspace."""


class Streaming:
    """The draft of one reply, as it is shown in its thread."""

    def __init__(self, calls: Calls, workspaces: Workspaces, inbox: Inbox, claimed: Claimed) -> None:
        self._calls = calls
        self._workspaces = workspaces
        self._inbox = inbox
        self._claimed = claimed
        self._ts = ""

    async def show(self, draft: Draft) -> None:
        """Show the sentences as they come, until the draft is over."""
        try:
            workspace = await self._workspaces.find(self._claimed.place.workspace)
            if workspace is not None and streamable(self._claimed) and await self._begin(workspace, draft):
                await self._go_on(workspace, draft)
        except Exception as error:  # what it says may hold a person's words
            logger.info("slack_stream_failed inbox=%s error=%s", self._claimed.id, type(error).__name__)

    async def leave(self) -> None:
        """Take the message away if no reply will take its place: its author was forgotten meanwhile."""
        if not self._ts:
            return
        try:
            workspace = await self._workspaces.find(self._claimed.place.workspace)
            if workspace is not None and await asyncio.to_thread(self._inbox.unanswered, self._claimed):
                await ended(self._calls, workspace, self._claimed.place.channel, self._ts)
                await self._call(workspace, "chat.delete", ts=self._ts)
        except Exception as error:
            logger.warning("slack_stream_left inbox=%s error=%s", self._claimed.id, type(error).__name__)

    async def _begin(self, workspace: Workspace, draft: Draft) -> bool:
        said = await draft.news()
        with draft.beginning() as may:
            if not (said and may and await asyncio.to_thread(self._inbox.begin_draft, self._claimed)):
                return False
            try:
                async with asyncio.timeout(BEGINS_IN):
                    self._ts = await self._start(workspace, written(said, draft.headline))
            except (RefusedError, Gone, Later) as error:
                if not isinstance(error, Later) or error.why == ASKED_TO_WAIT:
                    await self._note(None)  # else it may stand all the same, and is looked for
                why = error.code if isinstance(error, RefusedError) else error.why
                logger.info("slack_stream_refused inbox=%s why=%s", self._claimed.id, why)
                return False
            return await self._note(self._ts)

    async def _start(self, workspace: Workspace, text: str) -> str:
        told = await self._call(
            workspace,
            "chat.startStream",
            thread_ts=self._claimed.place.key,
            recipient_team_id=workspace.team,
            recipient_user_id=self._claimed.author,
            markdown_text=text,
        )
        return str(told["ts"])

    async def _go_on(self, workspace: Workspace, draft: Draft) -> None:
        said: tuple[str, ...] = ()
        wait = EVERY
        while True:
            await asyncio.sleep(wait)
            said = said or await draft.news()
            if not said:
                return
            try:
                await self._call(
                    workspace, "chat.appendStream", ts=self._ts, markdown_text=f" {written(said)}"
                )
                said, wait = (), EVERY
            except Later as later:
                if later.why != ASKED_TO_WAIT:  # it may stand; the reply will say it in any case
                    raise
                wait = later.seconds

    async def _call(self, workspace: Workspace, method: str, **more: Any) -> Any:
        return await self._calls(workspace, method, channel=self._claimed.place.channel, **more)

    async def _note(self, post: str | None) -> bool:
        return await asyncio.to_thread(self._inbox.note_draft, self._claimed, post)


def streamable(claimed: Claimed) -> bool:
    """Whether the reply to a message may be streamed: it is a new one, in a thread that is there, and no
    earlier attempt may have left the beginning of one.
    """
    return not claimed.place.key.startswith(NEW) and claimed.draft is None and not claimed.body.get("edits")


def written(said: Sequence[str], headline: str = "") -> str:
    """Sentences as Markdown, below what they are about, if that is given."""
    text = " ".join(map(markdown, said))
    return f"**{markdown(headline)}**\n\n{text}" if headline else text


async def ended(
    calls: Calls, workspace: Workspace, channel: str, ts: str, attempt: int = 1, **more: Any
) -> None:
    """End a stream, which Slack lets nobody edit or delete before. Slack may have ended it itself."""
    try:
        await calls(workspace, "chat.stopStream", attempt, channel=channel, ts=ts, **more)
    except RefusedError as error:
        logger.info("slack_stream_not_ended code=%s", error.code)
