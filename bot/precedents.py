"""A past decision as replies tell of it."""

from bot.news import Where
from bot.told import Precedent
from storage.findings import Decided


def precedent(one: Decided) -> Precedent:
    """What is told of it, and the thread that it was made in."""
    where = Where(one.place.platform, one.place.channel, one.place.key)
    return Precedent(one.id, one.title, one.lever, one.state, one.outcome, one.at.isoformat(), where)
