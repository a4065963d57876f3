"""All ways in."""

from tests.fuzz import console, discord, model, slack, texts

ENTRIES = (*texts.ENTRIES, *slack.ENTRIES, *discord.ENTRIES, *model.ENTRIES, *console.ENTRIES)
