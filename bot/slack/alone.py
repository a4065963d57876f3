"""What is told to one person alone, where many read: what they were curious about, which changes nothing."""

import logging
from typing import Any

from bot import posts, taps
from bot.posts import Parts
from bot.slack.calls import Calls, RefusedError
from bot.slack.render import Post
from bot.slack.workspaces import Workspace
from storage.records import NEW, Sending

logger = logging.getLogger(__name__)


def curious(sending: Sending, parts: Parts) -> Parts:
    """What answers a tap that changed nothing; empty where a reply says more than that, or where all may have
    seen its beginning.
    """
    tapped = taps.is_tap(sending.answers_to) and sending.draft is None
    return posts.curious(parts) if tapped else ()


def many_read(sending: Sending) -> bool:
    """Whether more people than one read where a reply goes."""
    return not sending.place.channel.startswith("D") and not sending.place.key.startswith(NEW)


async def tell(calls: Calls, workspace: Workspace, sending: Sending, shown: tuple[Post, ...]) -> bool:
    """Tell it to whoever tapped and nobody else. False: Slack does not do that for them, so say it to all.

    Slack keeps no such message, so one whose delivery is in doubt is told again rather than not at all.

    Raises:
        Later: it may be tried again.
        Gone: the bot may not speak there.
    """
    where: dict[str, Any] = {
        "channel": sending.place.channel,
        "thread_ts": sending.place.key,
        "user": sending.author,
    }
    try:
        for one in shown:
            said = {"text": one.text, "blocks": list(one.blocks)}
            await calls(workspace, "chat.postEphemeral", sending.attempt, **where, **said)
    except RefusedError as error:
        logger.info("slack_not_told_alone outbox=%s code=%s", sending.id, error.code)
        return False
    return True
