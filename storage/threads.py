"""Find the thread that a place on a platform stands for, or open it."""

from datetime import datetime
from typing import TYPE_CHECKING

from storage.database import insert, stored
from storage.records import BY_SHORTCUT, Place, random_letters

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_FIND = (
    "SELECT id FROM threads WHERE platform = :platform AND workspace = :workspace "
    "AND channel = :channel AND key = :key"
)

VOICES = f"""SELECT count(*) AS voices FROM (SELECT author FROM voices WHERE thread_id = :thread
    UNION SELECT author FROM inbox WHERE thread_id = :thread AND kind = 'message'
        AND json_extract(body, '$.{BY_SHORTCUT}') IS NULL)"""  # noqa: S608  # our own word
"""How many people spoke in a thread, to the bot or to each other."""

_MOVE = (
    "UPDATE OR IGNORE threads SET channel = :channel, key = :key, private = max(private, :private) "
    "WHERE id = :id AND platform = :platform AND workspace = :workspace"
)
_HIDE = "UPDATE threads SET private = 1 WHERE id = :id AND private = 0"


def find_or_open(tables: "Tables", place: Place, opened_by: str, title: str, now: datetime) -> str:
    """The thread's id. Whoever opened it first gave it its title; needs an open transaction.

    A thread once known as private stays private, whoever opened it without knowing.
    """
    known = find(tables, place)
    if known is not None:
        if place.private:
            tables.execute(_HIDE, {"id": known})
        return known
    thread_id = f"t-{random_letters(10)}"
    insert(
        tables,
        "threads",
        id=thread_id,
        **_columns(place),
        private=place.private,
        title=title,
        opened_by=opened_by,
        opened_at=now,
    )
    return thread_id


def move(tables: "Tables", thread_id: str, place: Place) -> None:
    """Let a thread live at another place of its workspace from now on; nothing where another lives there."""
    tables.execute(_MOVE, {**_columns(place), "private": int(place.private), "id": thread_id})


def find(tables: "Tables", place: Place) -> str | None:
    """The thread's id, or None when nobody opened one at the place."""
    found = tables.execute(_FIND, _columns(place)).fetchone()
    return str(found[0]) if found else None


def _columns(place: Place) -> dict[str, str]:
    return {
        "platform": stored(place.platform),
        "workspace": stored(place.workspace),
        "channel": stored(place.channel),
        "key": stored(place.key),
    }
