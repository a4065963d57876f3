"""The commands that people see in Discord, and whether Discord knows them as they are now."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import replies
from bot.discord.decisions import visible_decisions
from bot.discord.desk import Desk
from bot.discord.interactions import Interaction, workspace
from bot.discord.lookups import Lookups
from bot.discord.panels import LONGEST_OPTION, Button, Panel, Row, Text, clipped
from bot.discord.render import RED, render
from bot.names import LEVERS
from bot.weekly_intents import outcome_request

if TYPE_CHECKING:
    from bot.discord.client import SextantClient

logger = logging.getLogger(__name__)

LONGEST_TEXT = 4000
MOST_SUGGESTED = 25
EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
EVERYBODY = app_commands.AppInstallationType(guild=True, user=True)

Typed = app_commands.Range[str, 1, LONGEST_TEXT]
Phrase = app_commands.Range[str, 0, 300]
_TURNED_OUT = (
    ("worked", "It helped"),
    ("partly", "It helped in part"),
    ("did not work", "It did not help"),
    ("too early", "Too early to say"),
)
Command = app_commands.Command[Any, ..., None]
Suggest = Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]


def add_commands(tree: "app_commands.CommandTree[SextantClient]", desk: Desk, lookups: Lookups) -> None:
    """Give the tree its commands, for servers and for people, everywhere."""
    weekly = (_digest(desk), _outcome(desk, lookups))
    for command in (
        *(
            _triage(desk),
            _ask(lookups),
            _decisions(lookups),
            *weekly,
            _forget(lookups),
            _help(lookups),
            _triage_this(desk),
        ),
    ):
        command.allowed_contexts, command.allowed_installs = EVERYWHERE, EVERYBODY
        tree.add_command(command)


def _triage(desk: Desk) -> Command:
    @app_commands.command(
        name="triage", description="Find out where an AI feature fails, and which lever to pull"
    )
    @app_commands.describe(
        describe="What the feature should do, what it does instead, what you have tried",
        private="In a private thread, with a word to you alone; else as the server wants it",
    )
    async def triage(interaction: Interaction, describe: Typed, private: bool | None = None) -> None:
        await desk.triage(interaction, describe, private)

    return triage


def _ask(lookups: Lookups) -> Command:
    @app_commands.command(name="ask", description="Ask the guidance a question; the answer quotes it")
    @app_commands.describe(
        question="For instance: can fine-tuning replace retrieval?",
        visible="Show the answer to everybody here; otherwise only you see it",
    )
    async def ask(interaction: Interaction, question: Typed, visible: bool = False) -> None:
        await lookups.ask(interaction, question, visible)

    return ask


def _decisions(lookups: Lookups) -> Command:
    @app_commands.command(
        name="decisions", description="Your open triages, what was decided here, or one decision"
    )
    @app_commands.describe(
        decision="Show this one with its reasons, such as d-7f3k",
        visible="Show it to everybody here; otherwise only you see it",
    )
    async def decisions(interaction: Interaction, decision: str = "", visible: bool = False) -> None:
        await lookups.decisions(interaction, decision, visible)

    decisions.autocomplete("decision")(_suggested(lookups))
    return decisions


def _suggested(lookups: Lookups) -> Suggest:
    async def suggest(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        where, who = workspace(interaction), str(interaction.user.id)
        found = await asyncio.to_thread(visible_decisions, lookups.app, where, who, MOST_SUGGESTED)
        names = (
            (one.id, clipped(f"{one.id} · {LEVERS.get(one.lever, one.lever)} · {one.title}", LONGEST_OPTION))
            for one in found
        )
        wanted = current.strip().lower()
        return [app_commands.Choice(name=name, value=id_) for id_, name in names if wanted in name.lower()]

    return suggest


def _digest(desk: Desk) -> Command:
    @app_commands.command(name="digest", description="This channel's weekly digest: see it, get it, end it")
    @app_commands.describe(what="monday 09:00 Europe/Berlin, preview, pause, resume or off; nothing to look")
    async def digest(interaction: Interaction, what: Phrase = "") -> None:
        await desk.digest(interaction, what)

    return digest


def _outcome(desk: Desk, lookups: Lookups) -> Command:
    @app_commands.command(name="outcome", description="Say how a decision turned out")
    @app_commands.describe(
        decision="Such as d-7f3k; in a thread, its own when left out",
        result="Whether it helped",
        note="How it was measured, such as: solved tickets 61 % to 83 %",
    )
    @app_commands.choices(result=[app_commands.Choice(name=said, value=word) for word, said in _TURNED_OUT])
    async def outcome(
        interaction: Interaction, result: str, decision: Phrase = "", note: Phrase = ""
    ) -> None:
        text = f"outcome {decision} {result}" + (f": {note}" if note else "")
        await desk.aside(interaction, text if outcome_request(text) else "")

    outcome.autocomplete("decision")(_suggested(lookups))
    return outcome


def _forget(lookups: Lookups) -> Command:
    @app_commands.command(name="forget", description="Delete what you said to me here")
    async def forget(interaction: Interaction) -> None:
        await lookups.say(interaction, (_really(interaction.guild_id is not None),))

    return forget


def _help(lookups: Lookups) -> Command:
    @app_commands.command(name="help", description="What I do and how to talk to me")
    async def help_(interaction: Interaction) -> None:
        await lookups.say(interaction, render((replies.Greet(),), "")[0])

    return help_


def _triage_this(desk: Desk) -> app_commands.ContextMenu:
    @app_commands.context_menu(name="Triage this")
    async def triage_this(interaction: Interaction, message: discord.Message) -> None:
        await desk.triage_message(interaction, message)

    return triage_this


async def sync(tree: "app_commands.CommandTree[SextantClient]", application: int) -> bool:
    """Tell Discord the commands, if it knows others. False: it knew them, which is so at most starts."""
    mine = [command.to_dict(tree) for command in tree.get_commands()]
    for one in mine:
        one.pop("dm_permission", None)  # Discord goes by the contexts, and answers this as it likes
        if one.get("default_member_permissions") is not None:  # it takes a number and tells it as text
            one["default_member_permissions"] = str(one["default_member_permissions"])
    theirs = await tree.client.http.get_global_commands(application)
    if same(_by_name(mine), _by_name(theirs)):
        return False
    await tree.sync()
    logger.info("commands_synced count=%s", len(mine))
    return True


def same(mine: Any, theirs: Any) -> bool:
    """Whether Discord knows all that we say; what it adds, and what is empty on one side, does not count."""
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        return all(same(value, theirs.get(key)) for key, value in mine.items()) and (
            len(mine.get("options", ())) == len(theirs.get("options") or ())
        )
    if isinstance(mine, list | tuple) and isinstance(theirs, list | tuple):
        if mine and not isinstance(mine[0], Mapping):
            return sorted(mine) == sorted(theirs)
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    return bool(mine == theirs) or not (mine or theirs)


def _by_name(commands: Any) -> dict[str, Any]:
    return {f"{one.get('type', 1)}:{one['name']}": one for one in commands} | {"options": list(commands)}


def _really(guild: bool) -> Panel:
    where = "on this server" if guild else "in our direct messages"
    said = (
        f"### Delete what you said to me {where}?\n"
        "Your messages, your quotes and your name go for good, also from the log. "
        "Decisions that you logged stay, without your words and name.\n"
        "-# What stands in Discord itself, your own messages and my posts, is yours to delete there."
    )
    yes, no = Button("forget:yes", "Delete it", "danger"), Button("forget:no", "Keep it")
    return Panel((Text(said), Row((yes, no))), RED)
