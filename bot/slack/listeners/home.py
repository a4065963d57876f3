"""App Home: where a person's things stand, and the first words to say in Messages."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.slack.around import Around
from bot.slack.desk import Desk
from bot.slack.standing import home
from bot.slack.workspaces import PLATFORM, Workspace

PROMPTS = (
    ("Outdated answers", "Our support bot gives outdated answers about our refund policy."),
    ("Invented facts", "Our assistant makes up prices and product names that do not exist."),
    ("Fine-tune or not?", "We want to fine-tune a model on our documents. Is that the right thing to do?"),
    ("Different every time", "Our classifier gives different labels for the same ticket."),
)


def register(app: AsyncApp, desk: Desk) -> None:
    """Home is made anew each time that somebody opens it."""

    async def opened(event: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        user = str(event.get("user") or "")
        if await desk.person(workspace, user) is None:
            return
        if event.get("tab") == "home":
            desk.afterwards(_publish(desk, workspace, user))
        elif event.get("tab") == "messages" and event.get("channel"):
            desk.afterwards(_suggest(desk, workspace, str(event["channel"])))

    app.event("app_home_opened")(opened)


async def _publish(desk: Desk, workspace: Workspace, user: str) -> None:
    lead = f"{PLATFORM}:{user}" in desk.leads
    standing = await asyncio.to_thread(desk.people.standing, PLATFORM, workspace.team, user, lead)
    view = {"type": "home", "blocks": home(standing, Around(url=workspace.url))}
    await desk.calls(workspace, "views.publish", user_id=user, view=view)


async def _suggest(desk: Desk, workspace: Workspace, channel: str) -> None:
    prompts = [{"title": title, "message": message} for title, message in PROMPTS]
    await desk.calls(
        workspace,
        "assistant.threads.setSuggestedPrompts",
        channel_id=channel,
        title="What disappoints you?",
        prompts=prompts,
    )
