"""Find the thread that a place on a platform stands for, or open it."""

from datetime import datetime
from typing import TYPE_CHECKING

from storage.database import insert, stored
from storage.records import Place, random_letters

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_FIND = (
    "SELECT id FROM threads WHERE platform = :platform AND workspace = :workspace "
    "AND channel = :channel AND key = :key"
)


def find_or_open(tables: "Tables", place: Place, opened_by: str, title: str, now: datetime) -> str:
    """The thread's id. Whoever opened it first gave it its title and privacy; needs an open transaction."""
    columns = {
        "platform": stored(place.platform),
        "workspace": stored(place.workspace),
        "channel": stored(place.channel),
        "key": stored(place.key),
    }
    found = tables.execute(_FIND, columns).fetchone()
    if found:
        return str(found[0])
    thread_id = f"t-{random_letters(10)}"
    insert(
        tables,
        "threads",
        id=thread_id,
        **columns,
        private=place.private,
        title=title,
        opened_by=opened_by,
        opened_at=now,
    )
    return thread_id
