"""All ways in."""

from tests.fuzz import discord, slack, texts

ENTRIES = (*texts.ENTRIES, *slack.ENTRIES, *discord.ENTRIES)
