"""Who may come in: links that sign a person in once, and what they are signed in with until they leave.

Of a link and of a cookie only the digest is kept: whoever reads the file can use neither.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import DatabaseFile, insert, stored
from storage.instant import from_text, to_text

_LINK = "SELECT * FROM sign_in_links WHERE digest = :digest"
_USE = "UPDATE sign_in_links SET used_at = :now WHERE digest = :digest AND used_at IS NULL AND ends_at > :now"
_SIGNED_IN = "SELECT * FROM sign_ins WHERE digest = :digest AND ended_at IS NULL AND ends_at > :now"
_LEAVE = "UPDATE sign_ins SET ended_at = :now WHERE digest = :digest AND ended_at IS NULL"
_ACCOUNT = "platform = :platform AND person = :person"
"""In every workspace: on Discord, and in an organisation on Slack, a person has one id for all of them."""
_LEAVE_ALL = f"UPDATE sign_ins SET ended_at = :now WHERE {_ACCOUNT} AND ended_at IS NULL"  # noqa: S608
_NO_MORE = f"UPDATE sign_in_links SET used_at = :now WHERE {_ACCOUNT} AND used_at IS NULL"  # noqa: S608
_NAME = """SELECT m.author_name FROM messages AS m JOIN threads AS t ON t.id = m.thread_id
    WHERE m.author = :person AND t.platform = :platform AND t.workspace = :workspace AND m.author_name <> ''
    ORDER BY m.id DESC LIMIT 1"""

KEPT_FOR = timedelta(days=30)
"""How long after its end a link or a sign-in is still known, to say why it is refused."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A person of a platform's workspace, and how they are called. `leads`: they lead there, as the platform
    tells at this moment.
    """

    platform: str
    workspace: str
    person: str
    name: str
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A link that was given out: to whom, until when, and whether it was used."""

    guest: Guest
    ends: datetime
    used: bool


class Access:
    """Reads and writes links and sign-ins of one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def name_of(self, platform: str, workspace: str, person: str) -> str:
        """How a person was called last; their id where that is not known."""
        row = self._file.row(_NAME, _key(Guest(platform, workspace, person, "")))
        return str(row["author_name"]) if row else person

    def offer(self, digest: str, guest: Guest, ends: datetime) -> None:
        """Keep a link that may be used once, until `ends`."""
        with self._file.transaction() as tables:
            gone = {"before": to_text(self._file.now() - KEPT_FOR)}
            tables.execute("DELETE FROM sign_in_links WHERE ends_at < :before", gone)
            tables.execute("DELETE FROM sign_ins WHERE ends_at < :before", gone)
            insert(tables, "sign_in_links", digest=digest, **_columns(guest), ends_at=ends)

    def offered(self, digest: str) -> Offer | None:
        """The link of this digest, whether or not it may still be used."""
        row = self._file.row(_LINK, {"digest": digest})
        if row is None:
            return None
        guest = Guest(row["platform"], row["workspace"], row["person"], row["name"])
        return Offer(guest, from_text(row["ends_at"]), row["used_at"] is not None)

    def use(self, link: str, sign_in: str, guest: Guest, ends: datetime) -> bool:
        """Use a link up, and sign its person in until `ends`; False, and nothing done, if it may not be."""
        with self._file.transaction() as tables:
            now = self._file.now()
            if tables.execute(_USE, {"digest": link, "now": to_text(now)}).rowcount != 1:
                return False
            insert(tables, "sign_ins", digest=sign_in, **_columns(guest), started_at=now, ends_at=ends)
        return True

    def signed_in(self, digest: str) -> Guest | None:
        """Who is signed in under this digest; None once they left or their time is over."""
        row = self._file.row(_SIGNED_IN, {"digest": digest, "now": to_text(self._file.now())})
        return Guest(row["platform"], row["workspace"], row["person"], row["name"]) if row else None

    def leave(self, digest: str) -> None:
        """Sign out of one browser."""
        with self._file.transaction() as tables:
            tables.execute(_LEAVE, {"digest": digest, "now": to_text(self._file.now())})

    def leave_everywhere(self, guest: Guest) -> int:
        """Sign an account out of all browsers, from whichever workspace; of how many. Its links end too."""
        values = {**_key(guest), "now": to_text(self._file.now())}
        with self._file.transaction() as tables:
            tables.execute(_NO_MORE, values)
            return int(tables.execute(_LEAVE_ALL, values).rowcount)


def _key(guest: Guest) -> dict[str, str]:
    return {
        "platform": stored(guest.platform),
        "workspace": stored(guest.workspace),
        "person": stored(guest.person),
    }


def _columns(guest: Guest) -> dict[str, str]:
    return {**_key(guest), "name": stored(guest.name)}
