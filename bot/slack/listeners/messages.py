"""Mentions, threads that the bot is in, and direct messages."""

import asyncio
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.courier import Later
from bot.intents import intent_of
from bot.slack import blocks as kit
from bot.slack.calls import within
from bot.slack.desk import Desk
from bot.slack.directory import IN_TIME, Person
from bot.slack.gating import Said, said
from bot.slack.workspaces import PLATFORM, Workspace
from bot.weekly_intents import digest_request
from decision.answers import plain_answer
from storage.errors import StorageError
from storage.records import NEW, Incoming, Place

IN_DIRECT = "People of another organisation read this channel, so I answer you in our direct messages."
NO_DIGEST = "People of another organisation read this channel, so it gets no digest."
UNKEPT = (
    "I cannot write anything down right now, so I cannot answer yet. I keep trying; if nothing comes within "
    "a few minutes, please say it again."
)
UNKEPT_WAIT = 2.0
"""Seconds until it is tried again to write down what was said."""

NOTHING_SAID = "help"
"""What a mention without words is taken for."""


def register(app: AsyncApp, desk: Desk) -> None:
    """A mention comes as an event of its own and as a message: the second finds the first in the inbox."""

    async def heard(event: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        found = said(event, workspace.bot_user)
        if found is None:
            return
        try:
            await within(IN_TIME, hear(desk, workspace, found))
        except (Later, StorageError) as error:
            seconds = error.seconds if isinstance(error, Later) else UNKEPT_WAIT
            name = f"{workspace.team}:{found.id}:{found.edited}"
            desk.again(name, seconds, lambda: hear(desk, workspace, found))
            if isinstance(error, StorageError) and (found.mentioned or found.direct):
                desk.afterwards(_say_unkept(desk, workspace, found))
            raise

    app.event("message")(heard)
    app.event("app_mention")(heard)


async def hear(desk: Desk, workspace: Workspace, found: Said) -> None:
    """Take in what is said to the bot; of what others say in its threads, note only that they spoke."""
    loose = found.direct and not found.thread
    async with desk.in_order(workspace.team, found.channel, "" if loose else found.key) as turnstile:
        if loose or found.edited or not found.mentioned:  # what it means is read from what is written down
            await turnstile.empty()
        place = Place(PLATFORM, workspace.team, found.channel, found.key)
        if found.edited and not await asyncio.to_thread(desk.turns.received, place, found.id):
            found = replace(found, edited="")  # what it said before did not come here: this is the message
        if loose:
            place = await asyncio.to_thread(_loose, desk, place, found)
        if not await _may_be_for_us(desk, place, found):
            return
        person = await desk.person(workspace, found.user, found.teams)
        if person is None or not await _is_for_us(desk, workspace, place, found):
            return
        if not found.mentioned and await asyncio.to_thread(_asks_nothing, desk, place, found):
            return
        private, shared = found.direct, False
        if not found.direct:
            conversation = await desk.directory.conversation(workspace, found.channel)
            private = conversation.private if found.private is None else found.private
            if conversation.shared and not desk.guests:
                await _answer_aside(desk, workspace, found, person)
                return
            shared = conversation.shared
        turnstile.kept = kept = await desk.take(_incoming(found, place, private, person, shared))
    await kept


async def _answer_aside(desk: Desk, workspace: Workspace, found: Said, person: Person) -> None:
    """Answer in direct messages what is asked where other organisations read; say nothing there."""
    if not found.mentioned:
        return
    where = {"thread_ts": found.thread} if found.thread else {}
    who: dict[str, Any] = {"channel": found.channel, "user": found.user, **where}
    if digest_request(found.text) is not None:
        desk.afterwards(_say_aside(desk, workspace, NO_DIGEST, who))
        return
    direct = await desk.directory.direct(workspace, found.user)
    place = Place(PLATFORM, workspace.team, direct, f"{NEW}{found.id}", private=True)
    if found.thread or found.edited:
        earlier = await asyncio.to_thread(_loose, desk, place, found)
        place = earlier if earlier.channel == direct else place
    await desk.receive(_incoming(found, place, True, person))
    desk.afterwards(_say_aside(desk, workspace, IN_DIRECT, who))


async def _say_unkept(desk: Desk, workspace: Workspace, found: Said) -> None:
    """Tell a person that nothing can be written down, once for a while, however much they say."""
    if not desk.may_tell(workspace.team, found.channel, found.user):
        return
    if await desk.person(workspace, found.user, found.teams) is None:
        return
    where = {"thread_ts": found.thread} if found.thread else {}
    await _say_aside(desk, workspace, UNKEPT, {"channel": found.channel, "user": found.user, **where})


async def _say_aside(desk: Desk, workspace: Workspace, said: str, where: dict[str, Any]) -> None:
    blocks = list(kit.sections(said))
    await desk.calls(workspace, "chat.postEphemeral", text=said, blocks=blocks, **where)


def _loose(desk: Desk, place: Place, found: Said) -> Place:
    """Where something is answered that was said in no thread of a direct conversation.

    People write below a question, not into the thread that its post opens.
    """
    queries = desk.turns.queries
    if found.edited:
        thread = queries.took(place.platform, place.workspace, found.id)
    else:
        thread = queries.waiting_in(place)
    return thread.place if thread is not None else place


async def _may_be_for_us(desk: Desk, place: Place, found: Said) -> bool:
    """Without a look at who says it: Slack is asked about nobody who speaks elsewhere."""
    if found.direct or found.mentioned:
        return True
    if found.edited:
        return True
    return bool(found.thread) and await asyncio.to_thread(desk.turns.known, place)


async def _is_for_us(desk: Desk, workspace: Workspace, place: Place, found: Said) -> bool:
    if found.direct or found.mentioned or found.edited:
        return True
    spoke = [found.user]
    if found.under and await desk.person(workspace, found.under) is not None:
        spoke.append(found.under)
    return await asyncio.to_thread(_is_its_turn, desk, place, found, spoke)


def _is_its_turn(desk: Desk, place: Place, found: Said, spoke: list[str]) -> bool:
    """Whether plain words in a thread of ours are said to us: while one person speaks, or as an answer."""
    if desk.turns.received(place, f"{found.channel}:{found.thread}"):
        spoke = spoke[:1]  # the thread's first message was handed to us, so it began as ours
    voices = max([desk.turns.voice(place, who) for who in spoke])
    if voices <= 1 or found.calls:
        return not found.calls
    thread = desk.turns.queries.at(place)
    put = desk.turns.queries.open_question(thread) if thread is not None else None
    return put is not None and bool(plain_answer(found.text, put.question))


def _asks_nothing(desk: Desk, place: Place, found: Said) -> bool:
    """A picture, or thanks once there is nothing to answer, in a thread of ours."""
    thread = desk.turns.queries.at(place)
    if thread is None:
        return False
    if not found.text:
        return True
    return intent_of(found.text) == "greeting" and desk.turns.queries.open_question(thread) is None


def _incoming(found: Said, place: Place, private: bool, person: Person, shared: bool = False) -> Incoming:
    body: dict[str, str] = {}
    platform_id = found.id
    if found.edited:
        platform_id, body["edits"] = f"{found.id}:edit:{found.edited}", found.id
    if digest_request(found.text) is not None:
        body["zone"] = person.zone  # on whose clock a digest comes
        body["shared"] = "yes" if shared else ""
    return Incoming(
        place=Place(place.platform, place.workspace, place.channel, place.key, private),
        platform_id=platform_id,
        author=found.user,
        text=found.text or NOTHING_SAID,
        author_name=person.name,
        body=body,
    )
