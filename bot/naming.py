"""What channels are called, noted as adapters come by it, so that the console need not show ids."""

import asyncio
import logging

from storage.channels import Channels
from storage.errors import StorageError
from storage.records import Place

logger = logging.getLogger(__name__)

MOST = 10_000


class Naming:
    """Notes a name once as long as it stays the same; for the loop of one adapter."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._noted: dict[tuple[str, str, str], tuple[str, bool]] = {}

    async def note(self, place: Place, name: str) -> None:
        """The channel of a place is called so now; without a name nothing is noted. It fails without harm."""
        key, said = (place.platform, place.workspace, place.channel), (name, place.private)
        if not name or self._noted.get(key) == said:
            return
        try:
            await asyncio.to_thread(self._channels.note, place, name)
        except StorageError as error:
            logger.warning("channel_not_named error=%s", type(error).__name__)
            return
        if len(self._noted) >= MOST:
            self._noted.clear()
        self._noted[key] = said
