"""One deadline for all that Slack waits for, and honest words where it passes."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from bot.courier import Later
from bot.slack.calls import within
from bot.slack.directory import IN_TIME
from storage.errors import StorageError

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


class SorryError(Exception):
    """It could not be done now; the text is a sentence for the person."""


async def promptly(work: Awaitable[_T], again: str) -> _T:
    """What work gives, while Slack still waits. `again` is what to do when it fails, such as "tap again".

    What was begun may have been kept all the same; said again, it is known.

    Raises:
        SorryError: it took too long, or nothing can be written down.
    """
    try:
        found: _T = await within(IN_TIME, work)
    except Later:
        raise SorryError(f"That took too long. Please {again}.") from None
    except StorageError as error:
        logger.error("slack_not_kept why=%s", error)
        raise SorryError(
            f"I cannot write anything down right now. Please {again} in a few minutes."
        ) from None
    return found
