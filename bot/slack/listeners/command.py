"""The slash command: a private triage, a question to the guidance, how things stand, and being forgotten."""

import asyncio
import logging
from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond

from bot import replies
from bot.access import is_lead
from bot.courier import Gone
from bot.replies import Reply
from bot.slack import blocks as kit
from bot.slack.around import Around
from bot.slack.blocks import Block
from bot.slack.desk import Desk
from bot.slack.directory import Person
from bot.slack.listeners.promptly import SorryError, promptly
from bot.slack.mrkdwn import readable
from bot.slack.render import post
from bot.slack.workspaces import PLATFORM, Workspace
from bot.weekly_intents import digest_request, outcome_request
from storage.access import Guest
from storage.records import NEW, Incoming, Place, random_letters

logger = logging.getLogger(__name__)

COMMAND = "/sextant"
FORGET = "sextant_forget"

Asked = Literal["help", "ask", "status", "forget", "triage"]

BEGUN = "I am on it; my answer comes in our direct messages."
BEGUN_HERE = "I am on it; my answer comes in this channel."
NOT_HERE = "I am not in this channel. Invite me with /invite, then say it again."
OUTSIDE = "People of another organisation read this channel, so I say nothing about that here."
NOT_NOW = "I could not reach Slack just now. Please try again in a moment."
LOOKING = "I look it up."
SAY_AGAIN = "say it again"
HELP = (
    f"`{COMMAND} our bot invents prices`  opens a private triage in our direct messages\n"
    f"`{COMMAND} ask can fine-tuning replace RAG?`  asks the guidance\n"
    f"`{COMMAND} status`  shows your open threads and decisions\n"
    f"`{COMMAND} digest here monday 09:00`  posts a weekly digest in this channel\n"
    f"`{COMMAND} outcome d-7f3k worked`  keeps how a decision turned out\n"
    f"`{COMMAND} forget`  takes your words and your name out of my log\n"
    "In a channel, mention me, or choose *Triage this* from a message's menu."
)
SURE = (
    "Your messages, the quotes from them and your name are taken out of my log, for good. Decisions that you "
    "logged stay, without your name and words. What stands in Slack stays there."
)


_ME = frozenset(["me", "everything", "all", "of", "it", "about", "my", "words", "data", "name", "please"])
"""What may follow `forget` without asking for less than all."""


def asked(text: str) -> tuple[Asked, str]:
    """What a command asks for, and the rest of its words. `ask` without a question asks for help."""
    first, _, rest = text.strip().partition(" ")
    match first.lower():
        case "" | "help" if not rest.strip():
            return "help", ""
        case "status" if not rest.strip():
            return "status", ""
        case "forget" if _ME.issuperset(rest.lower().split()):
            return "forget", ""
        case "ask":
            return ("ask", rest.strip()) if rest.strip() else ("help", "")
    return "triage", text.strip()


def register(app: AsyncApp, desk: Desk) -> None:
    """Answers go to the one who typed the command, and to nobody else."""

    async def command(
        ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond, context: AsyncBoltContext
    ) -> None:
        workspace: Workspace = context["workspace"]
        try:
            await promptly(_answer(desk, workspace, command, ack, respond), SAY_AGAIN)
        except SorryError as sorry:
            await _say(ack, kit.sections(str(sorry)), str(sorry))
        except Gone:
            await _say(ack, kit.sections(NOT_NOW), NOT_NOW)

    app.command(COMMAND)(command)


async def _answer(
    desk: Desk,
    workspace: Workspace,
    command: dict[str, Any],
    ack: AsyncAck,
    respond: AsyncRespond,
) -> None:
    person = await desk.person(workspace, str(command["user_id"]))
    if person is None:
        await ack()
        return
    what, words = asked(readable(str(command.get("text") or ""), workspace.bot_user))
    match what:
        case "help":
            await _say(ack, kit.sections(HELP), "How to use Sextant")
        case "status":
            await _say(ack, *await _standing(desk, workspace, person))
        case "forget":
            await _say(ack, _confirm(), SURE)
        case "ask":
            await _say(ack, kit.context(LOOKING), LOOKING)
            desk.afterwards(_ask(desk, workspace, person, words, command, respond))
        case "triage":
            aside = digest_request(words) is not None or outcome_request(words) is not None
            begun = await (_aside if aside else _triage)(desk, workspace, person, words, command)
            await _say(ack, kit.sections(begun), begun)


async def _triage(
    desk: Desk, workspace: Workspace, person: Person, words: str, command: dict[str, Any]
) -> str:
    direct = await desk.directory.direct(workspace, person.user)
    trigger = str(command["trigger_id"])
    place = Place(PLATFORM, workspace.team, direct, f"{NEW}{trigger}", private=True)
    await desk.receive(Incoming(place, f"command:{trigger}", person.user, words, author_name=person.name))
    return BEGUN


async def _aside(
    desk: Desk, workspace: Workspace, person: Person, words: str, command: dict[str, Any]
) -> str:
    """A word about digests or outcomes is about the channel it is said in, and answered there."""
    channel, trigger = str(command["channel_id"]), str(command["trigger_id"])
    found = await desk.directory.conversation(workspace, channel)
    if not found.member:
        return NOT_HERE
    if found.shared and not desk.guests:
        return OUTSIDE
    place = Place(PLATFORM, workspace.team, channel, f"{NEW}{trigger}", private=found.private)
    body = {"zone": person.zone, "shared": "yes" if found.shared else ""}
    await desk.receive(
        Incoming(place, f"command:{trigger}", person.user, words, author_name=person.name, body=body)
    )
    return BEGUN_HERE


async def _ask(
    desk: Desk,
    workspace: Workspace,
    person: Person,
    words: str,
    command: dict[str, Any],
    respond: AsyncRespond,
) -> None:
    place = Place(PLATFORM, workspace.team, str(command["channel_id"]), "", private=True)
    reply: Reply
    try:
        loop = asyncio.get_running_loop()
        ask = partial(desk.turns.ask, place, person.user, person.name, words)
        reply = await loop.run_in_executor(desk.asking, ask)
    except Exception as error:  # what it says may hold a person's words
        reference = random_letters(6)
        logger.error("slack_ask_failed reference=%s error=%s", reference, type(error).__name__)
        reply = replies.Failed(reference)
    for one in post((reply,), Around(url=workspace.url)):
        await respond(
            text=one.text,
            blocks=list(one.blocks),
            response_type="ephemeral",
            replace_original=False,
            unfurl_links=False,
        )


async def _standing(desk: Desk, workspace: Workspace, person: Person) -> tuple[list[Block], str]:
    lead = is_lead(Guest(PLATFORM, workspace.team, person.user, person.name), desk.leads)
    reply: replies.ShowStanding = await asyncio.to_thread(
        desk.people.standing, PLATFORM, workspace.team, person.user, lead
    )
    (one, *_) = post((reply,), Around(url=workspace.url))
    return list(one.blocks), one.text


def _confirm() -> list[Block]:
    buttons = (
        kit.button("Forget me", f"{FORGET}_yes", "forget", "danger"),
        kit.button("Keep it", f"{FORGET}_no", "keep"),
    )
    return [*kit.sections(f"*Shall I forget you?*\n{SURE}"), *kit.actions(buttons)]


async def _say(ack: AsyncAck, blocks: Iterable[Block], text: str) -> None:
    await ack(text=text, blocks=list(blocks), response_type="ephemeral")
