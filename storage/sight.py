"""Whose eyes a list is for, as SQL: the one place that says which rows a person may be shown.

Nobody but the keeper sees anything of another workspace. A thread is a person's own when they opened it or
spoke in it. A private thread is nobody else's.
"""

from dataclasses import dataclass

from storage.database import stored
from storage.week import OWN


@dataclass(frozen=True, slots=True)
class Sight:
    """A person of a platform's workspace. `wide`: they see all of it that is not somebody else's alone.

    `keeper`: they hold the database file, whose terminal threads are theirs.
    """

    platform: str
    workspace: str
    person: str
    wide: bool = False
    keeper: bool = False

    @property
    def values(self) -> dict[str, str]:
        """What the clauses are filled in from."""
        return {
            "me_platform": stored(self.platform),
            "me_workspace": stored(self.workspace),
            "me": stored(self.person),
        }

    @property
    def decisions(self) -> str:
        """The clause for rows of `standings AS s`."""
        own = self._own("s.platform", "s.thread_id")
        return f"({self._open('s', 's.hidden')} OR {own})" if self.wide else own

    @property
    def threads(self) -> str:
        """The clause for rows of `threads AS t`: of these everything may be read."""
        own = self._own("t.platform", "t.id")
        return f"({self._open('t', 't.private')} OR {own})" if self.wide else own

    def _open(self, rows: str, closed: str) -> str:
        """What is nobody's alone: all there is for the keeper, else what is of the same workspace."""
        if self.keeper:
            return f"{closed} = 0"
        return f"{closed} = 0 AND {rows}.platform = :me_platform AND {rows}.workspace = :me_workspace"

    def _own(self, platform: str, thread: str) -> str:
        if self.keeper:
            return f"{platform} = '{OWN}'"
        if self.wide:  # asked of the few private rows only, one by one
            return f"{thread} IN (SELECT o.id FROM threads AS o WHERE o.id = {thread} AND {_OWN})"  # noqa: S608
        return f"{thread} IN ({_MINE})"


_HERE = "o.platform = :me_platform AND o.workspace = :me_workspace"
_SPOKE = "EXISTS (SELECT 1 FROM messages AS m WHERE m.thread_id = o.id AND m.author = :me)"
_OWN = f"{_HERE} AND (o.opened_by = :me OR {_SPOKE})"
_MINE = f"""SELECT o.id FROM threads AS o WHERE {_HERE} AND o.opened_by = :me
    UNION SELECT o.id FROM messages AS m JOIN threads AS o ON o.id = m.thread_id
        WHERE m.author = :me AND {_HERE}"""  # noqa: S608  # our own words only
