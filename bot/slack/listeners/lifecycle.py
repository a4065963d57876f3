"""The app's own comings and goings, and everything that nobody else listens to."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.slack.desk import Desk
from bot.slack.workspaces import Workspace

_MOVED = (
    "member_joined_channel",
    "member_left_channel",
    "channel_rename",
    "channel_shared",
    "channel_unshared",
)
_ANY = re.compile(".*")


def register(app: AsyncApp, desk: Desk) -> None:
    """Must come last: what it does not know it acknowledges."""

    async def uninstalled(body: dict[str, Any]) -> None:
        await desk.workspaces.removed(str(body.get("team_id") or ""), float(body.get("event_time") or 0))

    async def revoked(body: dict[str, Any], event: dict[str, Any]) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await desk.workspaces.removed(str(body.get("team_id") or ""), float(body.get("event_time") or 0))

    async def moved(event: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        channel = event.get("channel")
        if isinstance(channel, str):
            desk.directory.changed(workspace, channel)

    async def unknown(ack: AsyncAck) -> None:
        await ack()

    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(revoked)
    for kind in _MOVED:
        app.event(kind)(moved)
    app.event(_ANY)(unknown)
    app.action(_ANY)(unknown)
    app.shortcut(_ANY)(unknown)
    app.command(_ANY)(unknown)
    app.view(_ANY)(unknown)
    app.view_closed(_ANY)(unknown)
    app.options(_ANY)(unknown)
