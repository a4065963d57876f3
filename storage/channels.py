"""What channels are called, as an adapter was told last. A private channel's name is for its own people."""

from dataclasses import dataclass

from storage.database import DatabaseFile, stored
from storage.records import Place

_FIND = """SELECT name, private FROM channels
    WHERE platform = :platform AND workspace = :workspace AND channel = :channel"""
_NOTE = """INSERT INTO channels (platform, workspace, channel, name, private, named_at)
    VALUES (:platform, :workspace, :channel, :name, :private, :now)
    ON CONFLICT (platform, workspace, channel)
    DO UPDATE SET name = excluded.name, private = excluded.private, named_at = excluded.named_at"""
_HIDE = """UPDATE threads SET private = 1 WHERE platform = :platform AND workspace = :workspace
    AND channel = :channel AND private = 0"""
_OPEN = "SELECT channel, name FROM channels WHERE platform = :platform AND private = 0 {here} ORDER BY name"
_HERE = "AND workspace IN (SELECT value FROM json_each(:workspaces))"


@dataclass(frozen=True, slots=True)
class ChannelName:
    """What a channel is called, and whether not everybody of its workspace may read it."""

    name: str
    private: bool


class Channels:
    """Reads and writes one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def note(self, place: Place, name: str) -> None:
        """The channel of a place is called so now; `place.private` says whether it is private.

        Of a private one nothing is shown elsewhere any more, not even what was said while it was public.
        """
        values = {**_key(place), "name": stored(name), "private": int(place.private)}
        known = self.find(place)
        if known != ChannelName(values["name"], place.private):
            with self._file.transaction(durable=False) as tables:
                tables.execute(_NOTE, {**values, "now": stored(self._file.now())})
                if place.private:
                    tables.execute(_HIDE, _key(place))

    def find(self, place: Place) -> ChannelName | None:
        """What the channel of a place is called; None where no adapter was told."""
        row = self._file.row(_FIND, _key(place))
        return ChannelName(row["name"], bool(row["private"])) if row else None

    def open_to_all(self, platform: str, workspaces: str = "") -> list[tuple[str, str]]:
        """The ids and names of the public channels of a platform: of some workspaces (JSON), or of all."""
        sql = _OPEN.format(here=_HERE if workspaces else "")
        rows = self._file.rows(sql, {"platform": stored(platform), "workspaces": workspaces})
        return [(row["channel"], row["name"]) for row in rows]


def _key(place: Place) -> dict[str, str]:
    return {
        "platform": stored(place.platform),
        "workspace": stored(place.workspace),
        "channel": stored(place.channel),
    }
