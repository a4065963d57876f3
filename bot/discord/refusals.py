"""What it means when Discord does not take something."""

import discord

from bot.courier import Gone, Later

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
ACKNOWLEDGED = 40060
"""An interaction was acknowledged before, perhaps with a response whose word was lost."""
OVER = 50027
"""The token of an interaction is no longer valid."""
ARCHIVED = 50083
NO_REPLY = 160002
"""A message cannot be a reply where the history may not be read."""
HAS_THREAD = 160004


def for_good(error: discord.HTTPException) -> bool:
    """Whether to say it again would be refused again."""
    return 400 <= error.status < 500 and error.status not in (401, 408, 429)


def is_over(error: discord.HTTPException) -> bool:
    """Whether an interaction can no longer be answered, or what was said through it is gone."""
    return error.status == 404 or error.code == OVER


def outcome(error: discord.HTTPException) -> Later | Gone:
    """What an error means for a delivery."""
    if error.status == 429:
        return Later(_retry_after(error), "asked to wait")
    if for_good(error):
        return gone(error)
    if error.status == 401:
        return Later(30.0, "the token is not accepted")
    return Later(3.0, "Discord fails")


def gone(error: Exception) -> Gone:
    """That there is no place for a reply, in the operator's words."""
    status, code = getattr(error, "status", 0), getattr(error, "code", 0)
    return Gone(f"Discord refused it for good ({status}, code {code})")


def _retry_after(error: discord.HTTPException) -> float:
    headers = getattr(error.response, "headers", {})
    try:
        return float(headers.get("Retry-After", 5.0))
    except ValueError:
        return 5.0
