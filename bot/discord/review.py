"""`/review` on Discord: what waits for a lead, one decision to say a word on, and the way into the console.

Only the person who asks sees any of it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from discord import app_commands

from bot.chat_reviews import CONSOLE, MOST_DUE, OWN_THREADS, chat_reviews
from bot.discord.dealing import Dealing, once
from bot.discord.forms import fields
from bot.discord.interactions import Interaction, defer, respond
from bot.discord.panels import MOST_OPTIONS
from bot.discord.review_views import (
    DAY,
    LEVER,
    REASON,
    REVIEW,
    Link,
    about,
    decision_view,
    form,
    listing,
)
from bot.reviewing import ReviewError
from storage.access import Guest

if TYPE_CHECKING:
    from bot.bootstrap import Application
    from bot.discord.client import SextantClient

ITEMS = REVIEW
"""The buttons and selects, to be registered with the client."""


@dataclass(frozen=True, slots=True)
class Said:
    """A word on a decision; `reviews` is how many there were when it was shown."""

    what: str
    decision: str
    reviews: int
    reason: str = ""
    lever: str = ""
    day: str = ""


class Review(Dealing):
    """What `/review` and its buttons do."""

    def __init__(self, app: "Application", desk: Dealing) -> None:
        super().__init__(app, desk.interactions, desk.busy)
        self._reviews = chat_reviews(app)

    @once
    async def begin(self, interaction: Interaction) -> None:
        """The command: the list for leads, for others the link to their own threads."""
        await defer(interaction, thinking=True, private=True)
        await self._show_list(interaction)

    @once
    async def listed(self, interaction: Interaction) -> None:
        """Back to the list."""
        await defer(interaction, thinking=False)
        await self._show_list(interaction)

    @once
    async def picked(self, interaction: Interaction, decision: str) -> None:
        """One decision, with what can be said of it."""
        await defer(interaction, thinking=False)
        await self._show_one(interaction, decision)

    @once
    async def tapped(self, interaction: Interaction, what: str, decision: str, reviews: int) -> None:
        """Approve at once; a form for what needs words, which is the acknowledgement."""
        if what == "approved":
            await defer(interaction, thinking=False)
            await self._keep(interaction, Said(what, decision, reviews))
        else:
            await respond(lambda: interaction.response.send_modal(form(what, decision, reviews)))

    @once
    async def filled_in(self, interaction: Interaction, said: Said) -> None:
        """A form that was sent in."""
        await defer(interaction, thinking=False)
        await self._keep(interaction, said)

    async def _keep(self, interaction: Interaction, said: Said) -> None:
        guest = await self.guest(interaction)
        try:
            kept = await asyncio.to_thread(self._kept, guest, said)
        except ReviewError as error:
            kept = str(error)
        await self._show_list(interaction, kept)

    def _kept(self, guest: Guest, said: Said) -> str:
        if said.what == "look":
            return self._reviews.look_again(guest, said.decision, said.day, said.reason)
        return self._reviews.review(
            guest, said.decision, said.what, said.reviews, said.reason, said.lever, said.day
        )

    async def _show_list(self, interaction: Interaction, said: str = "") -> None:
        guest = await self.guest(interaction)
        lead = self._reviews.leads(guest)
        waiting = await asyncio.to_thread(self._reviews.waiting, guest, MOST_OPTIONS)
        rest = await asyncio.to_thread(self._reviews.rest, guest, len(waiting))
        due = await asyncio.to_thread(self._reviews.due, guest, MOST_DUE)
        link = await asyncio.to_thread(self._reviews.link, guest)
        label = CONSOLE if self._reviews.leads(replace(guest, leads=False)) else OWN_THREADS
        shown = listing(waiting, Link(label, link), lead, said, rest, due)
        await interaction.edit_original_response(view=shown)

    async def _show_one(self, interaction: Interaction, decision: str) -> None:
        try:
            one = await asyncio.to_thread(self._reviews.one, await self.guest(interaction), decision)
        except ReviewError as error:
            await self._show_list(interaction, str(error))
            return
        await interaction.edit_original_response(view=decision_view(one))


def filled(data: Mapping[str, Any]) -> Said | None:
    """What was filled in, from an interaction's data; None for a form of somebody else."""
    found = about(str(data.get("custom_id", "")))
    if found is None:
        return None
    given = {str(one.get("custom_id", "")): one for one in fields(data.get("components", ()))}
    reason = str(given.get(REASON, {}).get("value", "")).strip()
    lever = "".join(map(str, given.get(LEVER, {}).get("values", ())))
    day = str(given.get(DAY, {}).get("value", "")).strip()
    return Said(found["what"], found["decision"], int(found["reviews"]), reason, lever, day)


def add_command(tree: "app_commands.CommandTree[SextantClient]", review: Review) -> None:
    """Give the tree the command, for servers and for people, everywhere."""

    @app_commands.command(name="review", description="Review decisions, if you lead, and open the console")
    async def asked(interaction: Interaction) -> None:
        await review.begin(interaction)

    everywhere = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
    asked.allowed_contexts = everywhere
    asked.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
    tree.add_command(asked)
