"""Who reviewed and deleted what, and when: never anybody's words or name, and never taken back.

A review is noted by the database itself, when it is written; what takes data out notes it in its own
transaction.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from storage.database import DatabaseFile, Row, insert
from storage.instant import from_text
from storage.sight import Sight

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

What = Literal["approved", "overridden", "commented", "forgotten", "exported", "expired", "uninstalled"]
Actor = Literal["person", "operator", "setting"]

_NAMES = """(SELECT r.by_name FROM reviews AS r WHERE r.decision_id = a.about AND r.by = a.by
        AND r.by_name <> '' ORDER BY r.id DESC LIMIT 1),
    (SELECT s.name FROM sign_ins AS s WHERE s.person = a.by AND s.platform = a.platform
        AND s.workspace = a.workspace ORDER BY s.started_at DESC LIMIT 1)"""
_NEWEST = f"""SELECT a.*, coalesce({_NAMES}, '') AS by_name FROM audit AS a
    WHERE {{seen}} ORDER BY a.id DESC LIMIT :limit OFFSET :offset"""  # noqa: S608  # our own words only


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done. `by` is the platform's id of a person, `about` the id of a decision, where there is one.

    `actor`: a person in a chat or the console, who runs Sextant at its command line, or a setting by itself.
    `counts` says how many of each were taken out or given out. `by_name` is how they were called in the
    review itself or when they signed in, as long as that is kept: the audit holds no name.
    """

    what: What
    actor: Actor
    platform: str
    workspace: str
    by: str
    about: str
    counts: Mapping[str, int]
    at: datetime
    by_name: str = ""


class Audit:
    """Reads and adds to the audit of one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def newest(self, limit: int = 50, offset: int = 0, sight: Sight | None = None) -> list[Entry]:
        """What was done, newest first: everywhere, or as far as somebody may know of it."""
        seen, values = (sight.audit, sight.values) if sight is not None else ("1", {})
        rows = self._file.rows(_NEWEST.format(seen=seen), {**values, "limit": limit, "offset": offset})
        return list(map(_entry, rows))

    def took_out(self, platform: str, workspace: str, by: str, decisions: int) -> None:
        """Note that a person took a list of decisions with them as a file."""
        with self._file.transaction() as tables:
            counts = {"decisions": decisions}
            note(tables, "exported", "person", self._file.now(), platform, workspace, counts, by)


def note(
    tables: "Tables",
    what: What,
    actor: Actor,
    now: datetime,
    platform: str = "",
    workspace: str = "",
    counts: Mapping[str, int] | None = None,
    by: str = "",
) -> None:
    """Note what was done, within the caller's transaction. Whom it was about is never noted."""
    insert(
        tables,
        "audit",
        what=what,
        actor=actor,
        platform=platform,
        workspace=workspace,
        by=by,
        about="",
        counts=json.dumps(dict(counts or {})),
        done_at=now,
    )


def _entry(row: Row) -> Entry:
    return Entry(
        what=row["what"],
        actor=row["actor"],
        platform=row["platform"],
        workspace=row["workspace"],
        by=row["by"],
        about=row["about"],
        counts=json.loads(row["counts"]),
        at=from_text(row["done_at"]),
        by_name=row["by_name"],
    )
