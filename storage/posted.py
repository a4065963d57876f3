"""The digests that were posted, read back for those who may see what every channel may."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import DatabaseFile
from storage.instant import from_text
from storage.leases import place_of
from storage.records import Place
from storage.sight import Sight

_POSTED = """SELECT g.id, t.platform, t.workspace, t.channel, t.key, t.private, g.week, g.queued_at, o.body,
        o.done_at, o.dead
    FROM digests AS g JOIN outbox AS o ON o.id = g.outbox_id JOIN threads AS t ON t.id = o.thread_id
    WHERE {seen} ORDER BY g.id DESC LIMIT :limit"""


@dataclass(frozen=True, slots=True)
class PostedDigest:
    """A digest as it was queued (JSON), and what became of it."""

    id: int
    place: Place
    week: str
    at: datetime
    body: str
    shown: bool


class PostedDigests:
    """Reads one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def newest(self, sight: Sight, limit: int = 20) -> list[PostedDigest]:
        """The newest digests of channels whose threads somebody may read."""
        rows = self._file.rows(_POSTED.format(seen=sight.threads), {**sight.values, "limit": limit})
        return [
            PostedDigest(
                id=row["id"],
                place=place_of(row),
                week=row["week"],
                at=from_text(row["queued_at"]),
                body=row["body"],
                shown=bool(row["done_at"]) and not row["dead"],
            )
            for row in rows
        ]
