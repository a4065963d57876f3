"""Where the bot is installed: a workspace's tokens, sealed so that the file alone gives nobody access."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from storage import audit
from storage.database import DatabaseFile, stored
from storage.errors import StorageError
from storage.instant import from_text

_SINCE = "SELECT installed_at FROM installations WHERE platform = :platform AND workspace = :workspace"
_REMOVE = (
    "DELETE FROM installations WHERE platform = :platform AND workspace = :workspace",
    "UPDATE inbox SET done_at = :now, error = 'uninstalled' WHERE done_at IS NULL AND thread_id IN "
    "(SELECT id FROM threads WHERE platform = :platform AND workspace = :workspace)",
    "UPDATE outbox SET done_at = :now, dead = 1, error = 'uninstalled' WHERE done_at IS NULL "
    "AND thread_id IN (SELECT id FROM threads WHERE platform = :platform AND workspace = :workspace)",
)
_PURPOSE = b"sextant installations v1"


class SealBrokenError(StorageError):
    """A sealed token cannot be opened: the secret changed, or somebody altered the row."""


class Seal:
    """Seals and opens short texts with a key made from the operator's secret (Fernet: AES-128-CBC, HMAC)."""

    def __init__(self, secret: str) -> None:
        """`secret` must hold at least 32 random characters: it is stretched by one hash only."""
        from cryptography.fernet import Fernet

        key = hashlib.blake2b(secret.encode(), digest_size=32, key=_PURPOSE).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, text: str) -> bytes:
        """The text, readable only with the same secret."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text again. Raises SealBrokenError when it was sealed with another secret or altered."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise SealBrokenError(
                "A workspace's token cannot be opened with SEXTANT_SECRET; set the secret that it was "
                "installed with, or install the app in that workspace again."
            ) from error


@dataclass(frozen=True, slots=True)
class Installation:
    """The bot in one workspace. `parts` holds the platform's own ids, such as the bot's user."""

    platform: str
    workspace: str
    name: str
    token: str = field(repr=False)
    installed_by: str = ""
    parts: dict[str, str] = field(default_factory=dict)


_WORKSPACES = """SELECT DISTINCT workspace FROM threads WHERE platform = :platform
    UNION SELECT workspace FROM installations WHERE platform = :platform ORDER BY 1"""


class Installations:
    """Keeps installations; a workspace has one, and installing again replaces it."""

    def __init__(self, file: DatabaseFile, seal: Seal) -> None:
        self._file = file
        self._seal = seal

    def save(self, one: Installation) -> None:
        """Keep it, in place of an earlier one of the same workspace."""
        sealed = self._seal.close(json.dumps({"token": one.token, "parts": one.parts}))
        with self._file.transaction() as tables:
            tables.table("installations").upsert(
                {
                    "platform": stored(one.platform),
                    "workspace": stored(one.workspace),
                    "name": stored(one.name),
                    "sealed": sealed,
                    "installed_by": stored(one.installed_by),
                    "installed_at": stored(self._file.now()),
                },
                pk=("platform", "workspace"),
            )

    def find(self, platform: str, workspace: str) -> Installation | None:
        """The installation of a workspace. Raises SealBrokenError when its token cannot be opened."""
        row = self._file.row(
            "SELECT * FROM installations WHERE platform = :platform AND workspace = :workspace",
            {"platform": platform, "workspace": workspace},
        )
        if row is None:
            return None
        held = json.loads(self._seal.open(row["sealed"]))
        return Installation(
            platform, workspace, row["name"], held["token"], row["installed_by"], held["parts"]
        )

    def remove(self, platform: str, workspace: str, before: datetime | None = None) -> bool:
        """Forget the tokens of a workspace, and close what still waits to be said or answered there.

        With `before`, nothing is done to an installation of that moment or later: False.
        """
        where = {
            "platform": stored(platform),
            "workspace": stored(workspace),
            "now": stored(self._file.now()),
        }
        with self._file.transaction() as tables:
            since = tables.execute(_SINCE, where).fetchone()
            if before is not None and since is not None and from_text(since[0]) >= before:
                return False
            if since is not None:
                audit.note(tables, "uninstalled", "person", self._file.now(), platform, workspace)
            for sql in _REMOVE:
                tables.execute(sql, where)
        return True


def workspaces_of(file: DatabaseFile, platform: str) -> list[str]:
    """The workspaces of a platform in which the bot is installed, or in which somebody spoke to it."""
    return [str(row["workspace"]) for row in file.rows(_WORKSPACES, {"platform": platform})]
