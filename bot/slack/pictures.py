"""The chart of a digest as a picture: drawn, sent to Slack, and named by a block of the post.

Whatever goes wrong or takes long with it, the digest is posted with the chart in words. A file that is sent
and shown nowhere is seen by nobody.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence

from bot.news import News
from bot.posts import Parts
from bot.replies import Digest
from bot.slack import blocks as kit
from bot.slack.blocks import Block
from bot.slack.calls import Calls, RefusedError
from bot.slack.mrkdwn import escape
from bot.slack.workspaces import Workspace
from storage.records import Sending

logger = logging.getLogger(__name__)

SECONDS = 12.0
"""For drawing and sending, of the 45 that a delivery has."""
WAITS = (0.3, 0.7, 1.0, 2.0, 3.0)
"""Seconds between attempts at a post whose picture Slack still looks at, which takes it a second or two."""
MOST_KEPT = 50


class Pictures:
    """Sends pictures to Slack, each once for a reply as long as this process lives."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._sent: OrderedDict[int, str] = OrderedDict()

    async def of(self, workspace: Workspace, sending: Sending, parts: Parts) -> str:
        """Slack's id of the file that a post shows; empty where it shows none, or there can be none."""
        news = _shown(parts)
        if news is None:
            return ""
        if sending.id in self._sent:
            return self._sent[sending.id]
        try:
            async with asyncio.timeout(SECONDS):
                file = await self._send(workspace, news)
        except Exception as error:  # a picture is not worth a digest
            why = error.code if isinstance(error, RefusedError) else type(error).__name__
            logger.warning("slack_picture_failed outbox=%s why=%s", sending.id, why)
            return ""
        self._sent[sending.id] = file
        while len(self._sent) > MOST_KEPT:
            self._sent.popitem(last=False)
        return file

    async def _send(self, workspace: Workspace, news: News) -> str:
        from bot.chart import levers_by_week

        data = await asyncio.to_thread(levers_by_week, news.levers)
        name = f"levers-{news.week}.png"
        place = await self._calls(workspace, "files.getUploadURLExternal", filename=name, length=len(data))
        file = str(place["file_id"])
        await self._calls.upload(workspace, str(place["upload_url"]), data)
        # Without a channel: there it would be posted by itself.
        files = [{"id": file, "title": "Decisions a week, by lever"}]
        await self._calls(workspace, "files.completeUploadExternal", files=files)
        return file


def pictured(blocks: Sequence[Block]) -> bool:
    """Whether a post shows a picture."""
    return any(block["type"] == "image" for block in blocks)


def in_words(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """A post with what its pictures show in words."""
    return tuple(
        said
        for block in blocks
        for said in (kit.context(escape(block["alt_text"])) if block["type"] == "image" else (block,))
    )


def _shown(parts: Parts) -> News | None:
    """What is drawn in a post: the digest that fits on a screen, where there is anything to draw."""
    shown = (part.news for part in parts if isinstance(part, Digest) and not part.whole)
    return next((news for news in shown if news.levers.counts), None)
