"""What interactions ask that no triage answers: the guidance, decisions, help, and to be forgotten."""

import asyncio
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.discord.busy import Busy
from bot.discord.components import view
from bot.discord.dealing import Dealing, once
from bot.discord.decisions import all_decisions, one_decision
from bot.discord.gating import PLATFORM
from bot.discord.interactions import (
    Interaction,
    Interactions,
    defer,
    place_of,
    respond,
    tell,
    workspace,
)
from bot.discord.panels import Panel, Post, Text, in_one
from bot.discord.render import render
from bot.replies import Reply
from storage.records import Place

if TYPE_CHECKING:
    from bot.bootstrap import Application

NO_DECISION = "There is no such decision that you can see here."


class Lookups(Dealing):
    """Answers through the interaction alone."""

    def __init__(self, app: "Application", interactions: Interactions, busy: Busy, asking: Executor) -> None:
        """`asking` runs questions to the guidance: a model may take long, and nothing else waits for it."""
        super().__init__(app, interactions, busy)
        self._asking = asking

    @once
    async def ask(self, interaction: Interaction, question: str, visible: bool) -> None:
        """A question about the guidance, outside of any triage."""
        await defer(interaction, thinking=True, private=not visible)
        here, author = _here(interaction), interaction.user
        place = replace(here, private=here.private or not visible)
        reply = await asyncio.get_running_loop().run_in_executor(
            self._asking, self.app.turns.ask, place, str(author.id), author.display_name, question
        )
        await show(interaction, reply)

    @once
    async def decisions(self, interaction: Interaction, decision: str, visible: bool) -> None:
        """What was decided here, or one decision with its reasons."""
        await defer(interaction, thinking=True, private=not visible)
        who = str(interaction.user.id)
        reply: Reply | None
        if decision:
            reply = await asyncio.to_thread(one_decision, self.app, _here(interaction), who, decision)
        else:
            guest = await self.guest(interaction)
            reply = await asyncio.to_thread(all_decisions, self.app, guest, visible)
        if reply is None:
            await tell(interaction, NO_DECISION)
        else:
            await show(interaction, reply)

    @once
    async def forget(self, interaction: Interaction) -> None:
        """A person was asked and is sure."""
        await defer(interaction, thinking=False)
        where, who = workspace(interaction), str(interaction.user.id)
        forgotten = await asyncio.to_thread(self.app.people.forget, PLATFORM, where, who)
        await show(interaction, forgotten)

    @once
    async def keep(self, interaction: Interaction) -> None:
        """A person was asked and is not sure."""
        shown = view((Panel((Text("Nothing was deleted."),)),))
        await respond(lambda: interaction.response.edit_message(view=shown))

    @once
    async def say(self, interaction: Interaction, post: Post) -> None:
        """What needs no looking up, to the person alone."""
        await respond(lambda: interaction.response.send_message(view=view(post), ephemeral=True))


def _here(interaction: Interaction) -> Place:
    return replace(place_of(interaction, ""), key="")


async def show(interaction: Interaction, reply: Reply) -> None:
    """Answer the interaction itself with a reply."""
    await interaction.edit_original_response(view=view(in_one(render((reply,), ""))))
