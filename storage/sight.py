"""Whose eyes a list is for, as SQL: the one place that says which rows a person may be shown.

Nobody but the keeper sees anything of another workspace. A thread is a person's own when they opened it or
spoke in it. A private thread is nobody else's.
"""

import json
from dataclasses import dataclass

from storage.database import stored
from storage.week import OWN


@dataclass(frozen=True, slots=True)
class Sight:
    """A person of a platform's workspace. `wide`: they see all of it that is not somebody else's alone.

    `leading` are workspaces of which they see as much, and `everywhere` means all of the platform. With
    `global_ids` a person has the same id in every workspace, so that all their threads are their own.
    `keeper`: they hold the database file, whose terminal threads are theirs. `unbound`: they are told what
    was done to all workspaces at once.
    """

    platform: str
    workspace: str
    person: str
    wide: bool = False
    keeper: bool = False
    leading: tuple[str, ...] = ()
    everywhere: bool = False
    global_ids: bool = False
    unbound: bool = False

    @property
    def values(self) -> dict[str, str]:
        """What the clauses are filled in from."""
        return {
            "me_platform": stored(self.platform),
            "me_workspace": stored(self.workspace),
            "me_leading": json.dumps(self.leading),
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

    @property
    def audit(self) -> str:
        """The clause for rows of `audit AS a`; those without a platform are of all workspaces at once."""
        if self.keeper:
            return "1"
        here = f"({self._there('a')})" if self.wide else "0"
        return f"({here} OR a.platform = '')" if self.unbound else here

    @property
    def own(self) -> str:
        """The clause for rows of `threads AS t` that are their own."""
        return self._own("t.platform", "t.id")

    def _open(self, rows: str, closed: str) -> str:
        """What is nobody's alone: all of it for the keeper, else what is of the workspaces they may see."""
        if self.keeper:
            return f"{closed} = 0"
        return f"{closed} = 0 AND {self._there(rows)}"

    def _there(self, rows: str) -> str:
        """What is of the workspaces they may see."""
        here = f"{rows}.platform = :me_platform"
        if self.everywhere:
            return here
        if self.leading:
            return f"{here} AND {rows}.workspace IN (SELECT value FROM json_each(:me_leading))"  # noqa: S608
        return f"{here} AND {rows}.workspace = :me_workspace"

    def _own(self, platform: str, thread: str) -> str:
        if self.keeper:
            return f"{platform} = '{OWN}'"
        here = _ANYWHERE if self.global_ids else _HERE
        if self.wide:  # asked of the few private rows only, one by one
            own = f"{here} AND (o.opened_by = :me OR {_SPOKE})"
            return f"{thread} IN (SELECT o.id FROM threads AS o WHERE o.id = {thread} AND {own})"  # noqa: S608
        return f"{thread} IN ({_MINE.format(here=here)})"


_HERE = "o.platform = :me_platform AND o.workspace = :me_workspace"
_ANYWHERE = "o.platform = :me_platform"
_SPOKE = "EXISTS (SELECT 1 FROM messages AS m WHERE m.thread_id = o.id AND m.author = :me)"
_MINE = """SELECT o.id FROM threads AS o WHERE o.opened_by = :me AND {here}
    UNION SELECT o.id FROM messages AS m JOIN threads AS o ON o.id = m.thread_id
        WHERE m.author = :me AND {here}"""
