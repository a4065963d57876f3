"""Words for one person alone, which nobody else in the conversation sees."""

from typing import Any

from bot.slack import blocks as kit
from bot.slack.desk import Desk
from bot.slack.workspaces import Workspace


async def tell(
    desk: Desk, workspace: Workspace, channel: str, user: str, text: str, thread: str = ""
) -> None:
    """Tell somebody something where they are; `text` is our own and needs no escape."""
    where: dict[str, Any] = {"channel": channel, "user": user}
    if thread:
        where["thread_ts"] = thread
    blocks = list(kit.sections(text))
    await desk.calls(workspace, "chat.postEphemeral", text=text, blocks=blocks, **where)
