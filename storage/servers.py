"""How the bot behaves on a server, as those who manage the server want it."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from storage.database import DatabaseFile, stored
from storage.instant import to_text

Openness = Literal["public", "private"]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What can be set for a server.

    `channels` are where mentions are answered, empty for everywhere; `threads` is how those are opened;
    `triage` how a triage by command is kept unless the person says otherwise; `plain` whether messages in a
    thread are read that do not name the bot; `lead_roles` are those whose members lead on this server.
    """

    channels: tuple[str, ...] = ()
    threads: Openness = "public"
    triage: Openness = "public"
    plain: bool = True
    lead_roles: tuple[str, ...] = ()


DEFAULTS = ServerSettings()
_COLUMNS = tuple(asdict(DEFAULTS))
_CHANGE = f"""INSERT INTO servers (platform, workspace, {", ".join(_COLUMNS)}, changed_at)
    VALUES (:platform, :workspace, {", ".join(f":{name}" for name in _COLUMNS)}, :now)
    ON CONFLICT (platform, workspace) DO UPDATE SET changed_at = excluded.changed_at, """  # noqa: S608
_OF = "SELECT * FROM servers WHERE platform = :platform AND workspace = :workspace"
_FORGET = "DELETE FROM servers WHERE platform = :platform AND workspace = :workspace"


class Servers:
    """Reads and writes the settings of servers in one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def of(self, platform: str, workspace: str) -> ServerSettings:
        """A server's settings; what nobody set is as it comes."""
        row = self._file.row(_OF, {"platform": platform, "workspace": workspace})
        if row is None:
            return DEFAULTS
        return ServerSettings(
            channels=tuple(json.loads(row["channels"])),
            threads=row["threads"],
            triage=row["triage"],
            plain=bool(row["plain"]),
            lead_roles=tuple(json.loads(row["lead_roles"])),
        )

    def change(self, platform: str, workspace: str, /, **to: Any) -> ServerSettings:
        """Change some of a server's settings, named as in `ServerSettings`; the others stay as they are now.

        Raises:
            ValueError: there is no such setting.
        """
        if not to or not to.keys() <= set(_COLUMNS):
            raise ValueError(f"no such settings: {sorted(to)}")
        changes = ", ".join(f"{name} = excluded.{name}" for name in to)
        values = {name: _kept(value) for name, value in {**asdict(DEFAULTS), **to}.items()}
        where = {"platform": stored(platform), "workspace": stored(workspace)}
        with self._file.transaction() as tables:
            tables.execute(_CHANGE + changes, {**values, **where, "now": to_text(self._file.now())})
        return self.of(platform, workspace)

    def forget(self, platform: str, workspace: str) -> None:
        """Let go of what was set for a server that the bot is no longer on."""
        with self._file.transaction() as tables:
            tables.execute(_FORGET, {"platform": stored(platform), "workspace": stored(workspace)})

    def known(self, platform: str) -> list[str]:
        """The servers for which something was set."""
        rows = self._file.rows(
            "SELECT workspace FROM servers WHERE platform = :platform", {"platform": platform}
        )
        return [str(row["workspace"]) for row in rows]


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return json.dumps(value)
    return int(value) if isinstance(value, bool) else value
