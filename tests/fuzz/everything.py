"""All ways in."""

from tests.fuzz import slack, texts

ENTRIES = (*texts.ENTRIES, *slack.ENTRIES)
