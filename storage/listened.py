"""Until when a platform was listened to, and where to ask for what was said since."""

from datetime import datetime

from storage.database import DatabaseFile, stored
from storage.instant import from_text, to_text
from storage.leases import place_of
from storage.records import Place

_NOTE = """INSERT INTO heard_until (platform, until_at) VALUES (:platform, :until)
    ON CONFLICT (platform) DO UPDATE SET until_at = excluded.until_at"""

_WHOLE_CHANNELS = """SELECT channel FROM threads AS t
    WHERE platform = :platform AND workspace = :workspace AND key = channel
    ORDER BY (SELECT max(id) FROM turns WHERE thread_id = t.id) DESC LIMIT :limit"""
_MOVED_SINCE = """SELECT t.* FROM threads AS t
    JOIN (SELECT thread_id, max(id) AS last FROM turns WHERE recorded_at >= :since GROUP BY thread_id) AS u
        ON u.thread_id = t.id
    WHERE t.platform = :platform ORDER BY u.last DESC LIMIT :limit"""


class Listened:
    """Reads and writes one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def until(self, platform: str) -> datetime | None:
        """All that was said before this moment was heard; None where nobody listened yet."""
        wanted = {"platform": platform}
        row = self._file.row("SELECT until_at FROM heard_until WHERE platform = :platform", wanted)
        return from_text(row["until_at"]) if row else None

    def note(self, platform: str, until: datetime) -> None:
        """All that was said until then is heard. A power failure may undo this; then more is asked for."""
        with self._file.transaction(durable=False) as tables:
            tables.execute(_NOTE, {"platform": stored(platform), "until": to_text(until)})

    def whole_channels(self, platform: str, workspace: str, limit: int) -> list[str]:
        """The channels of a workspace that are one thread of ours as a whole, the last spoken in first."""
        wanted = {"platform": platform, "workspace": workspace, "limit": limit}
        return [str(row["channel"]) for row in self._file.rows(_WHOLE_CHANNELS, wanted)]

    def moved_since(self, platform: str, since: datetime, limit: int) -> list[Place]:
        """Where threads of a platform are that moved since then, the last one first."""
        wanted = {"platform": platform, "since": to_text(since), "limit": limit}
        return [place_of(row) for row in self._file.rows(_MOVED_SINCE, wanted)]
