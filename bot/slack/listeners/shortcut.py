"""The message shortcut "Triage this"."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond

from bot.slack.desk import Desk
from bot.slack.gating import said
from bot.slack.listeners.aside import tell
from bot.slack.listeners.promptly import SorryError, promptly
from bot.slack.mrkdwn import readable
from bot.slack.workspaces import PLATFORM, Workspace
from storage.records import BY_SHORTCUT, NEW, Incoming, Place

CALLBACK = "sextant_triage"
TWICE = "I am on that message already; look in its thread."
IN_DIRECT = "I am not in that conversation, so I answer you in our direct messages."
OWN = "That is my own message. Choose one in which somebody tells what disappoints them."
CHOOSE_AGAIN = "choose it again"
NO_TEXT = "There is no text in that message that I could read."


def register(app: AsyncApp, desk: Desk) -> None:
    """Triage a message where it stands, or in the person's direct messages where the bot may not speak."""

    async def triage(
        ack: AsyncAck, shortcut: dict[str, Any], respond: AsyncRespond, context: AsyncBoltContext
    ) -> None:
        try:
            await promptly(_triage(desk, context["workspace"], shortcut, respond), CHOOSE_AGAIN)
        except SorryError as sorry:
            desk.afterwards(tell(respond, str(sorry)))
        await ack()

    app.shortcut({"type": "message_action", "callback_id": CALLBACK})(triage)


async def _triage(
    desk: Desk, workspace: Workspace, shortcut: Mapping[str, Any], respond: AsyncRespond
) -> None:
    user, channel = shortcut["user"], str(shortcut["channel"]["id"])
    message = shortcut["message"]
    person = await desk.person(workspace, str(user["id"]), frozenset({str(user.get("team_id") or "")} - {""}))
    if person is None:
        return
    text = readable(str(message.get("text") or ""), workspace.bot_user)
    own = workspace.bot_user == message.get("user")
    if own or not text:
        desk.afterwards(tell(respond, OWN if own else NO_TEXT))
        return
    conversation = await desk.directory.conversation(workspace, channel)
    ts = str(message["ts"])
    place = Place(
        PLATFORM, workspace.team, channel, str(message.get("thread_ts") or ts), conversation.private
    )
    taken = f"{channel}:{ts}"
    if not conversation.member or (conversation.shared and not desk.guests):
        direct = await desk.directory.direct(workspace, person.user)
        place = Place(PLATFORM, workspace.team, direct, f"{NEW}{shortcut['trigger_id']}", private=True)
        taken = f"shortcut:{person.user}:{taken}"  # between the two of us: it does not stand for the message
    author, name = await _author(desk, workspace, message, person.user, person.name)
    body = {BY_SHORTCUT: "1"}
    fresh = await desk.receive(Incoming(place, taken, author, text, author_name=name, body=body))
    if not fresh:
        desk.afterwards(tell(respond, TWICE))
    elif place.channel != channel:
        desk.afterwards(tell(respond, IN_DIRECT))


async def _author(
    desk: Desk, workspace: Workspace, message: Mapping[str, Any], user: str, name: str
) -> tuple[str, str]:
    """Whose words they are, so that they can be forgotten; an app's or an outsider's are the clicker's."""
    written = said({**message, "channel": "-"}, workspace.bot_user)
    if written is None:
        return user, name
    person = await desk.person(workspace, written.user, written.teams)
    return (person.user, person.name) if person is not None else (user, name)
