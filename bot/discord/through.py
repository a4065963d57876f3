"""Replies through the interaction that asked for them: as its response, after it, or to its person alone."""

import asyncio
import logging

import discord

from bot import posts, taps
from bot.discord.components import view
from bot.discord.gating import PRIVATE, direct
from bot.discord.interactions import UNANSWERED, Held, Interactions, follow
from bot.discord.panels import Panel, Post, Text, in_one, in_words
from bot.discord.posting import Posting, stamp_of
from bot.discord.refusals import is_over
from bot.posts import Parts
from storage.records import Sending

logger = logging.getLogger(__name__)

WAITS_FOR = 3.0
"""Seconds that it may take to show how far back somebody is."""


class Through:
    """Speaks through the interactions that are kept, while they live."""

    def __init__(self, interactions: Interactions) -> None:
        self._interactions = interactions

    def asked(self, sending: Sending) -> Held | None:
        """The interaction that a reply answers, if it can still be answered."""
        return self._interactions.find(sending.answers_to)

    async def begun(self, sending: Sending) -> None:
        """Wait until the interaction that a reply answers was acknowledged: what comes first is kept."""
        await self._interactions.begun(sending.answers_to)

    async def response(self, held: Held, sending: Sending, shown: tuple[Post, ...]) -> str:
        """As the interaction's own response. To edit it twice is to edit it once, so a retry is safe. It is
        one post: whether a second one stands already could not be told where the bot was not invited.
        """
        shows = view(in_one(tuple(map(in_words, shown))), stamp_of(sending, 0))
        answer = await held.interaction.edit_original_response(view=shows)
        return "" if held.way == "alone" else self._stands(held, [answer.id])

    async def beside(self, posting: Posting, held: Held, sending: Sending, shown: tuple[Post, ...]) -> str:
        """After the response, where the bot may not write in the channel itself."""
        channel = held.interaction.channel_id or 0
        standing = await posting.standing(channel, sending) if sending.attempt > 1 else {}
        messages: list[int] = []
        for number, post in enumerate(shown):
            stamp = stamp_of(sending, number)
            found = standing.get(stamp)
            messages.append(found or await follow(held.interaction, view(in_words(post), stamp)))
        return self._stands(held, messages)

    async def alone(self, held: Held, shown: tuple[Post, ...]) -> str:
        """After the response, to its person alone. Discord lists no such message, so one whose delivery is in
        doubt is told again rather than not at all.
        """
        await follow(held.interaction, view(in_one(tuple(map(in_words, shown)))), alone=True)
        return ""

    async def waits(self, answers_to: str, number: int) -> None:
        """Say as the response, until the reply takes its place, how far back in the line somebody is."""
        held = self._interactions.find(answers_to)
        if held is None or held.way not in ("through", "alone"):
            return
        shown = view((Panel((Text(f"I am busy; you are number {number:,} in line."),)),))
        try:
            async with asyncio.timeout(WAITS_FOR):
                await held.interaction.edit_original_response(view=shown)
        except UNANSWERED as error:  # it is only a courtesy
            logger.debug("line_not_told error=%s", type(error).__name__)

    async def lead(self, held: Held, thread: int) -> None:
        """Say as the response where the answer stands, to the person alone."""
        shown = view((Panel((Text(f"I answer in <#{thread}>."),)),))
        try:
            await held.interaction.edit_original_response(view=shown)
        except UNANSWERED as error:  # Discord shows them the thread itself
            logger.info("not_led error=%s", type(error).__name__)

    async def edit(self, message: int, post: Post) -> bool:
        """Edit what was said through an interaction that still lives. False: it was not, or is over."""
        held = self._interactions.find(f"post:{message}")
        if held is None:
            return False
        try:
            await held.interaction.followup.edit_message(message, view=view(in_words(post)))
        except discord.HTTPException as error:
            if not is_over(error):
                raise
            return False
        return True

    async def edit_tapped(self, sending: Sending, message: int, post: Post) -> bool:
        """Edit the post in which somebody tapped, as their tap allows. False: they tapped in another."""
        tap = self.asked(sending)
        if tap is None or tap.way != "beside" or getattr(tap.interaction.message, "id", 0) != message:
            return False
        await tap.interaction.edit_original_response(view=view(in_words(post)))
        return True

    def _stands(self, held: Held, messages: list[int]) -> str:
        for message in messages:
            self._interactions.hold(f"post:{message}", held.interaction, "through")
        return joined(held.interaction.channel_id or 0, messages)


def curious(sending: Sending, parts: Parts) -> Parts:
    """What answers a tap that changed nothing; empty where a reply says more than that."""
    return posts.curious(parts) if taps.is_tap(sending.answers_to) else ()


def is_apart(sending: Sending) -> bool:
    """Whether a reply opens a private thread, so that nobody else may read it."""
    return sending.place.key.startswith(PRIVATE)


def many_read(sending: Sending) -> bool:
    """Whether more people than one read where a reply goes."""
    return sending.place != direct(sending.place.channel)


def joined(channel: int, messages: list[int]) -> str:
    """A post as its delivery is noted: `channel:message`, with "," where it is several messages."""
    return ",".join(f"{channel}:{message}" for message in messages)
