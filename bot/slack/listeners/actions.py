"""Buttons, menus and boxes: each carries ids only, and is checked again when it is tapped."""

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond

from bot import taps
from bot.courier import Gone, Later
from bot.digest_wording import RESULTS
from bot.slack import blocks as kit
from bot.slack import modals
from bot.slack.around import Around
from bot.slack.asking import DONE, MANY, TAP
from bot.slack.calls import RefusedError, within
from bot.slack.card import MODAL
from bot.slack.desk import Desk
from bot.slack.directory import IN_TIME, Person
from bot.slack.listeners.aside import tell
from bot.slack.listeners.command import FORGET
from bot.slack.listeners.promptly import SorryError, promptly
from bot.slack.modals import Origin
from bot.slack.render import post
from bot.slack.workspaces import PLATFORM, Workspace
from bot.taps import Carried, Tap
from storage.errors import StorageError
from storage.records import Place, random_letters

logger = logging.getLogger(__name__)

LATE = "That came too late; look at the newest message of the thread."
NONE_CHOSEN = "Tick at least one box first, or “Not sure”."
KEPT = "Nothing was forgotten."
NOT_FORGOTTEN = (
    "That went wrong on my side, and nothing was forgotten. Please tap again. Reference for your operator:"
)
UNKEPT = "I cannot write anything down right now. Please tap again in a few minutes."
OVERHEARD = "People of another organisation read this channel by now, so I say no more here."
TOO_SLOW = "That took too long. Please tap again."
TAP_AGAIN = "tap again"


@dataclass(frozen=True, slots=True)
class Click:
    """A tap as it is known to be: by whom, in which thread of ours, and on what."""

    workspace: Workspace
    person: Person
    place: Place
    carried: Carried
    trigger: str
    respond: AsyncRespond


def register(app: AsyncApp, desk: Desk) -> None:
    """Taps that answer, that open a modal, and those of the confirmation to be forgotten."""

    async def tapped(
        ack: AsyncAck,
        body: dict[str, Any],
        action: dict[str, Any],
        respond: AsyncRespond,
        context: AsyncBoltContext,
    ) -> None:
        await _taken(desk, context["workspace"], body, action, respond)
        await ack()

    async def opens(
        ack: AsyncAck,
        body: dict[str, Any],
        action: dict[str, Any],
        respond: AsyncRespond,
        context: AsyncBoltContext,
    ) -> None:
        try:
            click = await promptly(
                _click(desk, context["workspace"], body, action, respond, known=True), TAP_AGAIN
            )
            if click is not None:  # at once: what it takes to open a modal is valid for three seconds
                desk.afterwards(_open(desk, click))
        except SorryError as sorry:
            desk.afterwards(tell(respond, str(sorry), _where(body)[1]))
        await ack()

    async def forgets(
        ack: AsyncAck,
        body: dict[str, Any],
        action: dict[str, Any],
        respond: AsyncRespond,
        context: AsyncBoltContext,
    ) -> None:
        workspace: Workspace = context["workspace"]
        try:
            who = desk.person(workspace, str(body["user"]["id"]), _teams(body))
            person = await promptly(who, TAP_AGAIN)
            if person is not None:
                desk.afterwards(_forget(desk, workspace, person, action, respond))
        except SorryError as sorry:
            desk.afterwards(tell(respond, str(sorry)))
        await ack()

    app.action(re.compile(rf"{TAP}_\d+"))(tapped)
    app.action(DONE)(tapped)
    app.action(re.compile(rf"{MODAL}_[a-z_]+"))(opens)
    app.action(re.compile(rf"{FORGET}_[a-z]+"))(forgets)


async def _taken(
    desk: Desk,
    workspace: Workspace,
    body: Mapping[str, Any],
    action: Mapping[str, Any],
    respond: AsyncRespond,
) -> None:
    """Take a tap in its thread's order: now, or by itself once whoever tapped can be looked up."""

    async def take() -> None:
        async with desk.in_order(workspace.team, *_where(body)):
            await _tapped(desk, workspace, body, action, respond)

    try:
        await within(IN_TIME, take())
    except Later as later:  # Slack brings no tap again
        desk.again(f"{workspace.team}:{body.get('trigger_id')}", later.seconds, take)
        raise
    except StorageError as error:
        logger.error("slack_not_kept why=%s", error)
        desk.afterwards(tell(respond, UNKEPT, _where(body)[1]))


async def _tapped(
    desk: Desk,
    workspace: Workspace,
    body: Mapping[str, Any],
    action: Mapping[str, Any],
    respond: AsyncRespond,
) -> None:
    click = await _click(desk, workspace, body, action, respond)
    if click is not None and not await _is_overheard(desk, click):
        await _take(desk, click, chosen(body, action))


def carried_by(action: Mapping[str, Any]) -> Carried | None:
    """What the tapped thing carries; None when it is not ours."""
    value = action.get("value") or (action.get("selected_option") or {}).get("value") or ""
    return taps.decode(str(value))


def chosen(body: Mapping[str, Any], action: Mapping[str, Any]) -> tuple[int, ...]:
    """The numbers of the options that a tap chooses."""
    carried = carried_by(action)
    if carried is None:
        return ()
    if action.get("action_id") != DONE:
        return () if carried.index is None else (carried.index,)
    held = ((body.get("state") or {}).get("values") or {}).values()
    ticked = ((block.get(MANY) or {}).get("selected_options") or () for block in held)
    found = [taps.decode(str(option.get("value", ""))) for options in ticked for option in options]
    return tuple(one.index for one in found if one and one.turn == carried.turn and one.index is not None)


async def _click(
    desk: Desk,
    workspace: Workspace,
    body: Mapping[str, Any],
    action: Mapping[str, Any],
    respond: AsyncRespond,
    known: bool = False,
) -> Click | None:
    """The tap, or None for one that is not ours, not from somebody let in, or in no thread of ours."""
    carried, (channel, key) = carried_by(action), _where(body)
    person = await desk.person(workspace, str(body["user"]["id"]), _teams(body), known)
    if carried is None or person is None or not channel:
        return None
    place = await asyncio.to_thread(thread_of, desk, workspace, channel, key, carried.turn)
    if place is None:
        desk.afterwards(tell(respond, LATE))
        return None
    return Click(workspace, person, place, carried, str(body.get("trigger_id") or ""), respond)


def thread_of(desk: Desk, workspace: Workspace, channel: str, key: str, turn: str) -> Place | None:
    """The thread of ours in which something was tapped.

    A thread that a post opened is found by its turn until the delivery of that post is written down.
    """
    place = Place(PLATFORM, workspace.team, channel, key)
    if desk.turns.known(place):
        return place
    queries = desk.turns.queries
    put = queries.question(turn) or queries.verdict(turn)
    thread = queries.thread(put.thread_id) if put is not None else None
    if thread is None or (thread.place.workspace, thread.place.channel) != (workspace.team, channel):
        return None
    return thread.place


async def overheard(desk: Desk, workspace: Workspace, channel: str) -> bool:
    """Whether other organisations read a channel and no setting lets them."""
    if channel.startswith("D") or desk.guests:
        return False
    return (await desk.directory.conversation(workspace, channel)).shared


async def _is_overheard(desk: Desk, click: Click) -> bool:
    """Whether the reply would be read by other organisations; the person is told."""
    if not await overheard(desk, click.workspace, click.place.channel):
        return False
    desk.afterwards(tell(click.respond, OVERHEARD, click.place.key))
    return True


async def _take(desk: Desk, click: Click, numbers: tuple[int, ...]) -> None:
    carried, place, person = click.carried, click.place, click.person
    offered = await asyncio.to_thread(_offered, desk, carried)
    picked = [offered[number] for number in numbers if number < len(offered)]
    if offered and not picked:
        desk.afterwards(tell(click.respond, NONE_CHOSEN, place.key))
        return
    tap = Tap(carried.act, carried.turn, tuple(value for value, _ in picked))
    said = "; ".join(label for _, label in picked) or carried.act.replace("_", " ")
    incoming = taps.incoming(tap, place, person.user, person.name, said)
    if tap.act in taps.AGAIN:
        incoming = replace(incoming, platform_id=f"{incoming.platform_id}:{click.trigger}")
    await desk.receive(incoming)


def _offered(desk: Desk, carried: Carried) -> list[tuple[str, str]]:
    """The values among which a tap chooses, with their labels; none where there is nothing to choose."""
    if carried.act == "outcome":
        return list(RESULTS.items())
    put = desk.turns.queries.question(carried.turn) if carried.act == "answer" else None
    return [(one.value, one.label) for one in put.question.options] if put is not None else []


async def _open(desk: Desk, click: Click) -> None:
    try:
        if await _is_overheard(desk, click):
            return
        view = await _view(desk, click)
        if view is not None:
            await desk.calls(click.workspace, "views.open", trigger_id=click.trigger, view=view)
    except (Later, Gone, RefusedError):
        await tell(click.respond, TOO_SLOW, click.place.key)


async def _view(desk: Desk, click: Click) -> dict[str, Any] | None:
    """The modal that a tap opens; None for a tap that opens none."""
    origin = Origin(click.place.channel, click.place.key, click.carried.turn)
    match click.carried.act:
        case "log":
            given = await asyncio.to_thread(desk.turns.queries.verdict, click.carried.turn)
            return modals.other_lever(origin, given.verdict.lever if given is not None else "")
        case "not_right":
            return modals.not_right(origin)
        case "share":
            return modals.share(origin)
    return None


async def _forget(
    desk: Desk, workspace: Workspace, person: Person, action: Mapping[str, Any], respond: AsyncRespond
) -> None:
    if action.get("value") != "forget":
        await respond(text=KEPT, blocks=list(kit.sections(KEPT)), replace_original=True)
        return
    try:
        done = await asyncio.to_thread(desk.people.forget, PLATFORM, workspace.team, person.user)
    except Exception as error:  # what it says may hold a person's words
        reference = random_letters(6)
        logger.error("slack_forget_failed reference=%s error=%s", reference, type(error).__name__)
        await tell(respond, f"{NOT_FORGOTTEN} {reference}")
        return
    (one,) = post((done,), Around())
    await respond(text=one.text, blocks=list(one.blocks), replace_original=True)


def _where(body: Mapping[str, Any]) -> tuple[str, str]:
    """The channel and the thread of what was tapped; empty where it stands in none."""
    container, message = body.get("container") or {}, body.get("message") or {}
    key = container.get("thread_ts") or message.get("thread_ts") or container.get("message_ts")
    return str(container.get("channel_id") or ""), str(key or "")


def _teams(body: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({str((body.get("user") or {}).get("team_id") or "")} - {""})
