"""App Home: where a person's things stand, and the first words to say in Messages."""

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.slack.desk import Desk
from bot.slack.listeners.reviews import publish
from bot.slack.workspaces import PLATFORM, Workspace
from storage.access import Guest

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
        person = await desk.person(workspace, user)
        if person is None:
            return
        if event.get("tab") == "home":
            guest = Guest(PLATFORM, workspace.team, person.user, person.name)
            desk.afterwards(publish(desk, workspace, guest))
        elif event.get("tab") == "messages" and event.get("channel"):
            desk.afterwards(_suggest(desk, workspace, str(event["channel"])))

    app.event("app_home_opened")(opened)


async def _suggest(desk: Desk, workspace: Workspace, channel: str) -> None:
    prompts = [{"title": title, "message": message} for title, message in PROMPTS]
    await desk.calls(
        workspace,
        "assistant.threads.setSuggestedPrompts",
        channel_id=channel,
        title="What disappoints you?",
        prompts=prompts,
    )
