"""Modals that were sent off: another lever with a reason, what is not right, where to share."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import taps
from bot.names import LEVERS
from bot.slack.desk import Desk
from bot.slack.listeners.actions import OVERHEARD, overheard, thread_of
from bot.slack.listeners.promptly import SorryError, promptly
from bot.slack.modals import CALLBACK, origin_of, refusal, tap_of
from bot.slack.workspaces import Workspace
from bot.taps import Tap
from storage.records import Incoming, Place

NOT_IN = "I am not in that channel. Invite me there with /invite, then share again."
OUTSIDE = "People of another organisation read that channel, so I do not share there."

NOTHING = "Please fill this in."
SEND_AGAIN = "send it again"
LOST = "I cannot find the thread that this is about. Copy your words, and tell me there."


def register(app: AsyncApp, desk: Desk) -> None:
    """What a modal says is a tap like any other."""

    async def sent(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        try:
            refused = await promptly(_taken(desk, context["workspace"], body["user"], view), SEND_AGAIN)
        except SorryError as sorry:
            refused = str(sorry)
        if refused:
            await ack(response_action="errors", errors=refusal(view, refused))
        else:
            await ack()

    app.view(re.compile(rf"{CALLBACK}_[a-z_]+"))(sent)


async def _taken(desk: Desk, workspace: Workspace, user: Mapping[str, Any], view: dict[str, Any]) -> str:
    """Take in what a modal says, or say why not."""
    teams = frozenset({str(user.get("team_id") or "")} - {""})
    person = await desk.person(workspace, str(user["id"]), teams)
    origin = origin_of(view)
    if person is None or origin is None:
        return ""
    tap = tap_of(str(view["callback_id"]).removeprefix(f"{CALLBACK}_"), view, origin.turn)
    place = await asyncio.to_thread(thread_of, desk, workspace, origin.channel, origin.key, origin.turn)
    if tap is None or place is None:
        return NOTHING if tap is None else LOST
    refused = await _refused(desk, workspace, place, tap)
    if refused:
        return refused
    if tap.act == "share":
        target = await desk.directory.conversation(workspace, tap.values[0])
        tap = replace(tap, public=not target.private)
    said = taps.incoming(tap, place, person.user, person.name, _said(tap))
    await desk.receive(_once_a_modal(said, view))
    return ""


async def _refused(desk: Desk, workspace: Workspace, place: Place, tap: Tap) -> str:
    """Why it is not answered in its thread, or a verdict not shared in a channel; empty when it may be."""
    if await overheard(desk, workspace, place.channel):
        return OVERHEARD
    if tap.act != "share":
        return ""
    desk.directory.changed(workspace, tap.values[0])  # the bot may just have been invited
    conversation = await desk.directory.conversation(workspace, tap.values[0])
    if conversation.shared and not desk.guests:
        return OUTSIDE
    return "" if conversation.member else NOT_IN


def _once_a_modal(said: Incoming, view: Mapping[str, Any]) -> Incoming:
    """A second modal of the same person is a second word, not a double click."""
    return replace(said, platform_id=f"{said.platform_id}:{view.get('id', '')}")


def _said(tap: Tap) -> str:
    match tap.act:
        case "log":
            return f"log {LEVERS[tap.lever]}: {tap.note}" if tap.note else f"log {LEVERS[tap.lever]}"
        case "not_right":
            return tap.note
        case _:
            return "share"
