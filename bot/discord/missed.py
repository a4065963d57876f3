"""Messages that were written while nobody listened: Discord does not tell them again after a restart.

Only some minutes and channels are looked at, and of direct messages only those of people who wrote before:
Discord does not say which others there are. What was heard before is in the inbox, so nothing counts twice.
"""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta

import discord

from bot.discord.interactions import UNANSWERED
from bot.discord.listening import Listening

logger = logging.getLogger(__name__)

Channel = discord.TextChannel | discord.Thread
Readable = Channel | discord.PartialMessageable

LOOKS_BACK = timedelta(minutes=10)
MOST_CHANNELS = 25
MOST_MESSAGES = 50


async def catch_up(client: discord.Client, listening: Listening) -> None:
    """Hear what was said in the last minutes, channel by channel, as if it were said now."""
    since = discord.utils.utcnow() - LOOKS_BACK
    first = discord.utils.time_snowflake(since)
    newest = sorted(_written_since(client, first), key=_last, reverse=True)[:MOST_CHANNELS]
    direct = await asyncio.to_thread(listening.direct_channels, MOST_CHANNELS)
    channels: list[Readable] = [*newest, *map(client.get_partial_messageable, direct)]
    for channel in channels:
        try:
            async for message in channel.history(limit=MOST_MESSAGES, after=since, oldest_first=True):
                if client.user is not None:
                    await listening.message(message, client.user)
        except UNANSWERED as error:
            logger.info("not_caught_up channel=%s error=%s", channel.id, type(error).__name__)


def _written_since(client: discord.Client, first: int) -> Iterator[Channel]:
    for guild in client.guilds:
        yield from (channel for channel in guild.text_channels if _last(channel) > first)
        yield from (thread for thread in guild.threads if _last(thread) > first)


def _last(channel: Channel) -> int:
    return channel.last_message_id or 0
