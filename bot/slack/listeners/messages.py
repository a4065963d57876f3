"""Mentions, threads that the bot is in, and direct messages."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.slack.desk import Desk
from bot.slack.directory import Person
from bot.slack.gating import Said, said
from bot.slack.workspaces import PLATFORM, Workspace
from bot.weekly_intents import digest_request
from storage.records import Incoming, Place

NOTHING_SAID = "help"
"""What a mention without words is taken for."""


def register(app: AsyncApp, desk: Desk) -> None:
    """A mention comes as an event of its own and as a message: the second finds the first in the inbox."""

    async def heard(event: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        found = said(event, workspace.bot_user)
        if found is not None:
            await hear(desk, workspace, found)

    app.event("message")(heard)
    app.event("app_mention")(heard)


async def hear(desk: Desk, workspace: Workspace, found: Said) -> None:
    """Take in what is said to the bot; of what others say in its threads, note only that they spoke."""
    place = Place(PLATFORM, workspace.team, found.channel, found.key)
    async with desk.in_order(workspace.team, found.channel, found.key):
        if not await _is_for_us(desk, place, found):
            return
        person = await desk.person(workspace, found.user, found.teams)
        if person is None:
            return
        private = found.private
        if private is None:
            private = (await desk.directory.conversation(workspace, found.channel)).private
        await desk.receive(_incoming(found, place, private, person))


async def _is_for_us(desk: Desk, place: Place, found: Said) -> bool:
    if found.edited:  # of a message that was not for us, nothing is for us but a new mention
        taken = await asyncio.to_thread(desk.turns.received, place, found.id)
        return taken or found.direct or found.mentioned
    if found.direct or found.mentioned:
        return True
    if not found.thread or not await asyncio.to_thread(desk.turns.known, place):
        return False
    voices = await asyncio.to_thread(desk.turns.voice, place, found.user)
    return voices <= 1 and not found.calls


def _incoming(found: Said, place: Place, private: bool, person: Person) -> Incoming:
    body: dict[str, str] = {}
    platform_id = found.id
    if found.edited:
        platform_id, body["edits"] = f"{found.id}:edit:{found.edited}", found.id
    if person.zone and digest_request(found.text) is not None:
        body["zone"] = person.zone  # on whose clock a digest comes
    return Incoming(
        place=Place(place.platform, place.workspace, place.channel, place.key, private),
        platform_id=platform_id,
        author=found.user,
        text=found.text or NOTHING_SAID,
        author_name=person.name,
        body=body,
    )
