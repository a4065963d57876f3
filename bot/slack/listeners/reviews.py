"""Reviews from App Home, and the link into the console. Home is shown anew after each."""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.chat_reviews import MOST_DUE, ChatReviews
from bot.courier import Gone, Later
from bot.reviewing import ReviewError
from bot.slack import blocks as kit
from bot.slack import reviews as shown
from bot.slack.around import Around
from bot.slack.calls import RefusedError
from bot.slack.desk import Desk
from bot.slack.listeners.promptly import SorryError, promptly
from bot.slack.mrkdwn import escape
from bot.slack.reviews import about, sent
from bot.slack.standing import home
from bot.slack.workspaces import PLATFORM, Workspace
from storage.access import Guest

logger = logging.getLogger(__name__)

Body = dict[str, Any]

TAP_AGAIN, SEND_AGAIN = "tap again", "send it again"


def register(app: AsyncApp, desk: Desk) -> None:
    """Buttons of Home, and the modals that they open."""

    async def approves(ack: AsyncAck, body: Body, action: Body, context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        try:
            await promptly(_approve(desk, workspace, body, action), TAP_AGAIN)
        except SorryError as sorry:
            desk.afterwards(_tell(desk, workspace, body, str(sorry)))
        await ack()

    async def opens(ack: AsyncAck, body: Body, action: Body, context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        guest, carried = (
            await _guest(desk, workspace, body, known=True),
            about(str(action.get("value") or "")),
        )
        if guest is not None and carried is not None:  # at once: a modal can be opened for three seconds
            what = str(action["action_id"]).removeprefix("review_")
            desk.afterwards(_open(desk, workspace, guest, body, (what, carried.decision)))
        await ack()

    async def asks_in(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        guest = await _guest(desk, workspace, body, known=True)
        if guest is not None:
            desk.afterwards(_open(desk, workspace, guest, body))
        await ack()

    async def says(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        workspace: Workspace = context["workspace"]
        said = sent(view)
        if said is None:
            await ack()
            return
        try:
            await promptly(_say(desk, workspace, body, said), SEND_AGAIN)
        except (ReviewError, SorryError) as error:
            at = shown.DAY if said.what == "look" else shown.REASON
            await ack(response_action="errors", errors={at: str(error)})
            return
        await ack()

    app.action(shown.APPROVE)(approves)
    app.action(re.compile(rf"{shown.OVERRIDE}|{shown.COMMENT}|{shown.LOOK}"))(opens)
    app.action(shown.OPEN_CONSOLE)(asks_in)
    app.view(re.compile(rf"{shown.CALLBACK}_[a-z]+"))(says)


async def _approve(desk: Desk, workspace: Workspace, body: Body, action: Body) -> None:
    guest, carried = await _guest(desk, workspace, body), about(str(action.get("value") or ""))
    if guest is not None and carried is not None:
        said = await _approved(desk.reviews, guest, carried)
        desk.afterwards(publish(desk, workspace, guest, said))


async def _say(desk: Desk, workspace: Workspace, body: Body, said: shown.Sent) -> None:
    guest = await _guest(desk, workspace, body)
    if guest is not None:
        told = await asyncio.to_thread(_kept, desk.reviews, guest, said)
        desk.afterwards(publish(desk, workspace, guest, told))


async def _tell(desk: Desk, workspace: Workspace, body: Body, said: str) -> None:
    """Say on their Home why nothing came of a tap; there is no other place to say it."""
    guest = await _guest(desk, workspace, body, known=True)
    if guest is not None:
        await publish(desk, workspace, guest, said)


def _kept(reviews: ChatReviews, guest: Guest, said: shown.Sent) -> str:
    about = said.about
    if said.what == "look":
        return reviews.look_again(guest, about.decision, said.look, said.reason)
    return reviews.review(guest, about.decision, said.what, about.reviews, said.reason, said.lever, said.look)


async def publish(desk: Desk, workspace: Workspace, guest: Guest, said: str = "") -> None:
    """Show somebody their Home; `said` tells at its top what came of what they did."""
    lead = desk.reviews.leads(guest)
    standing = await asyncio.to_thread(
        desk.people.standing, PLATFORM, workspace.team, guest.person, lead=False
    )
    more, around = list(shown.console(lead)), Around(url=workspace.url)
    if lead:
        waiting = await asyncio.to_thread(desk.reviews.waiting, guest, shown.MOST_SHOWN)
        rest = await asyncio.to_thread(desk.reviews.rest, guest, len(waiting))
        due = await asyncio.to_thread(desk.reviews.due, guest, MOST_DUE)
        more = [*shown.reviewable(waiting, around), *shown.beside(rest, due), *more]
    first = list(kit.sections(escape(said))) if said else []
    blocks = [*first, *home(standing, around, more)]
    view = {"type": "home", "blocks": blocks}
    await desk.calls(workspace, "views.publish", user_id=guest.person, view=view)


async def _approved(reviews: ChatReviews, guest: Guest, carried: shown.About) -> str:
    try:
        return await asyncio.to_thread(reviews.review, guest, carried.decision, "approved", carried.reviews)
    except ReviewError as error:
        return str(error)


async def _open(
    desk: Desk, workspace: Workspace, guest: Guest, body: Body, wanted: tuple[str, str] | None = None
) -> None:
    """Open a modal: to review what is wanted, or with a link into the console."""
    view = await asyncio.to_thread(_view, desk.reviews, guest, wanted)
    try:
        await desk.calls(workspace, "views.open", trigger_id=str(body.get("trigger_id") or ""), view=view)
    except (Later, Gone, RefusedError) as error:
        logger.info("slack_modal_not_opened error=%s", type(error).__name__)
        await publish(desk, workspace, guest, "That took too long. Please tap again.")


def _view(reviews: ChatReviews, guest: Guest, wanted: tuple[str, str] | None) -> dict[str, Any]:
    if wanted is None:
        return shown.way_in(reviews.link(guest))
    what, decision = wanted
    try:
        return shown.modal(what, reviews.one(guest, decision))
    except ReviewError as error:
        return shown.sorry(str(error))


async def _guest(
    desk: Desk, workspace: Workspace, body: Mapping[str, Any], known: bool = False
) -> Guest | None:
    """Who taps; None for those who are not let in. `known`: as known last, where a modal cannot wait."""
    user = body["user"]
    teams = frozenset({str(user.get("team_id") or "")} - {""})
    person = await desk.person(workspace, str(user["id"]), teams, known)
    return Guest(PLATFORM, workspace.team, person.user, person.name) if person is not None else None
