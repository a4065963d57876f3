"""What is said when something goes wrong on our side: the log has the error, the person a reference to it."""

import logging
from traceback import extract_tb

from bot.replies import Failed
from storage.records import Claimed, random_letters

logger = logging.getLogger(__name__)


def failed(claim: Claimed, error: Exception) -> Failed:
    """The reply to a message that could not be answered. What the error says is told to nobody."""
    reference = random_letters(6)
    where = " < ".join(
        f"{frame.name}:{frame.lineno}" for frame in reversed(extract_tb(error.__traceback__)[-4:])
    )  # the error's own words may hold a person's
    logger.error(
        "turn_failed inbox=%s thread=%s reference=%s error=%s where=%s",
        *(claim.id, claim.thread_id, reference, type(error).__name__, where),
    )
    return Failed(reference)


def given_up(claim: Claimed) -> Failed:
    """The reply to a message that is not tried any more."""
    reference = random_letters(6)
    logger.error("message_given_up inbox=%s thread=%s reference=%s", claim.id, claim.thread_id, reference)
    return Failed(reference)
