"""A digest that can no longer be posted is paused, and whoever wished it is told, once."""

import logging
from collections.abc import Mapping
from typing import Literal

from bot import posts
from bot.weekly_replies import Digest, DigestHalted
from storage.records import NEW, Sending
from storage.subscriptions import Channel, Subscriptions

logger = logging.getLogger(__name__)

OUTSIDE = "people of another organisation read it"
"""Why a platform posts nothing by itself in a channel that was the team's own."""
TOO_WIDE = "people of another organisation read it, and the digest tells of other channels"
NOT_INSTALLED = "the app is not installed there"
"""Of no channel's making: whoever installs it again finds everything as it was."""

_WHYS: Mapping[str, Literal["shared", "wide"]] = {OUTSIDE: "shared", TOO_WIDE: "wide"}


def halt(subscriptions: Subscriptions, sending: Sending, why: str) -> None:
    """Pause the digest of a channel where it could not be posted; nothing for any other reply."""
    place = sending.place
    opens = not sending.turn and place.key.startswith(NEW)
    if not opens or why == NOT_INSTALLED:
        return
    if not any(isinstance(part, Digest) for part in posts.from_json(sending.body)):
        return
    told = posts.to_json((DigestHalted(place.channel, _WHYS.get(why, "gone")),))
    channel = Channel(place.platform, place.workspace, place.channel, place.private)
    if subscriptions.halt(channel, told):
        logger.warning("digest_halted platform=%s channel=%s why=%s", place.platform, place.channel, why)
