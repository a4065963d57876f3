"""`/review` on Discord: what waits for a lead, one decision to say a word on, and the way into the console.

Only the person who asks sees any of it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from discord import app_commands

from bot.chat_reviews import MOST_DUE, chat_reviews
from bot.discord.desk import Desk
from bot.discord.forms import fields
from bot.discord.gating import PLATFORM
from bot.discord.interactions import Interaction, defer, respond, workspace
from bot.discord.panels import MOST_OPTIONS
from bot.discord.review_views import (
    DAY,
    LEVER,
    REASON,
    REVIEW,
    about,
    decision_view,
    form,
    listing,
)
from bot.reviewing import ReviewError
from storage.access import Guest

if TYPE_CHECKING:
    from bot.discord.client import SextantClient

ITEMS = REVIEW
"""The buttons and selects, to be registered with the client."""

Work = Callable[[], Coroutine[Any, Any, None]]


class Review:
    """What `/review` and its buttons do."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._reviews = chat_reviews(desk.app)

    async def begin(self, interaction: Interaction) -> None:
        """The command: the list for leads, for others the link to their own threads."""

        async def work() -> None:
            await defer(interaction, thinking=True, private=True)
            await self._show_list(interaction)

        await self._once(interaction, work)

    async def listed(self, interaction: Interaction) -> None:
        """Back to the list."""

        async def work() -> None:
            await defer(interaction, thinking=False)
            await self._show_list(interaction)

        await self._once(interaction, work)

    async def picked(self, interaction: Interaction, decision: str) -> None:
        """One decision, with what can be said of it."""

        async def work() -> None:
            await defer(interaction, thinking=False)
            await self._show_one(interaction, decision)

        await self._once(interaction, work)

    async def tapped(self, interaction: Interaction, what: str, decision: str, reviews: int) -> None:
        """Approve at once; a form for what needs words, which is the acknowledgement."""

        async def work() -> None:
            if what == "approved":
                await defer(interaction, thinking=False)
                await self._keep(interaction, decision, what, reviews)
                return
            await respond(lambda: interaction.response.send_modal(form(what, decision, reviews)))

        await self._once(interaction, work)

    async def filled_in(self, interaction: Interaction) -> bool:
        """A form that was sent in; False when it is not one of these."""
        data: Mapping[str, Any] = interaction.data or {}
        found = about(str(data.get("custom_id", "")))
        if found is None:
            return False
        given = {str(one.get("custom_id", "")): one for one in fields(data.get("components", ()))}
        reason = str(given.get(REASON, {}).get("value", "")).strip()
        lever = "".join(map(str, given.get(LEVER, {}).get("values", ())))
        day = str(given.get(DAY, {}).get("value", "")).strip()

        async def work() -> None:
            await defer(interaction, thinking=False)
            await self._keep(
                interaction, found["decision"], found["what"], int(found["reviews"]), reason, lever, day
            )

        await self._once(interaction, work)
        return True

    async def _once(self, interaction: Interaction, work: Work) -> None:
        """Deal with an interaction once; a stop waits for it, and what goes wrong is said by type."""
        if not self._desk.interactions.first(interaction):
            return
        with self._desk.busy:
            try:
                await work()
            except Exception as error:
                client: SextantClient = interaction.client
                await client.failed(interaction, error)

    async def _keep(
        self,
        interaction: Interaction,
        decision: str,
        what: str,
        reviews: int,
        reason: str = "",
        lever: str = "",
        day: str = "",
    ) -> None:
        guest = _guest(interaction)
        try:
            if what == "look":
                said = await asyncio.to_thread(self._reviews.look_again, guest, decision, day, reason)
            else:
                said = await asyncio.to_thread(
                    self._reviews.review, guest, decision, what, reviews, reason, lever, day
                )
        except ReviewError as error:
            said = str(error)
        await self._show_list(interaction, said)

    async def _show_list(self, interaction: Interaction, said: str = "") -> None:
        guest = _guest(interaction)
        lead = self._reviews.leads(guest)
        waiting = await asyncio.to_thread(self._reviews.waiting, guest, MOST_OPTIONS)
        rest = await asyncio.to_thread(self._reviews.rest, guest, len(waiting))
        due = await asyncio.to_thread(self._reviews.due, guest, MOST_DUE)
        link = await asyncio.to_thread(self._reviews.link, guest)
        await interaction.edit_original_response(view=listing(waiting, link, lead, said, rest, due))

    async def _show_one(self, interaction: Interaction, decision: str) -> None:
        try:
            one = await asyncio.to_thread(self._reviews.one, _guest(interaction), decision)
        except ReviewError as error:
            await self._show_list(interaction, str(error))
            return
        await interaction.edit_original_response(view=decision_view(one))


def add_command(tree: "app_commands.CommandTree[SextantClient]", review: Review) -> None:
    """Give the tree the command, for servers and for people, everywhere."""

    @app_commands.command(name="review", description="Review decisions, if you lead, and open the console")
    async def asked(interaction: Interaction) -> None:
        await review.begin(interaction)

    everywhere = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
    asked.allowed_contexts = everywhere
    asked.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
    tree.add_command(asked)


def _guest(interaction: Interaction) -> Guest:
    who = interaction.user
    return Guest(PLATFORM, workspace(interaction), str(who.id), who.display_name)
