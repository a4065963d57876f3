"""The line: whoever waits long is told how far back they are."""

import asyncio
from datetime import timedelta

from bot.courier import Courier
from bot.turns import Turns
from storage.records import Claimed, InLine

PATIENT_FOR = timedelta(seconds=4)
"""A message that waits no longer is not told of."""

MOST_SEEN = 1000
"""So much of the line is looked at."""

AT_ONCE = 20
"""So many are told at a time: the platform must have room for answers."""


class Line:
    """The messages of one platform that wait for their turn."""

    def __init__(self, turns: Turns, courier: Courier) -> None:
        self._turns = turns
        self._courier = courier
        self._told: dict[int, int] = {}

    async def tell(self) -> bool:
        """Tell those who wait long and do not know yet, and those who are only half as far back by now.

        False: there was nobody to tell.
        """
        line = await asyncio.to_thread(self._turns.line, self._courier.platform, MOST_SEEN)
        since = self._turns.log.now() - PATIENT_FOR
        self._told = {one.id: self._told[one.id] for one in line if one.id in self._told}
        news = [
            (one, number)
            for number, one in enumerate(line, 1)
            if one.received_at <= since and 2 * number <= self._told.get(one.id, 2 * number)
        ]
        for one, number in news[:AT_ONCE]:
            self._told[one.id] = number
            await self._courier.waits(one, number)
        return bool(news)

    async def leave(self, claimed: Claimed) -> None:
        """It is over with the waiting of a message."""
        if self._told.pop(claimed.id, 0):
            await self._courier.waits(in_line(claimed), 0)


def in_line(claimed: Claimed) -> InLine:
    """A claimed message as it stood in the line."""
    return InLine(claimed.id, claimed.place, claimed.platform_id, claimed.received_at)
