"""The read side of decisions: lists with filters, one with all that led to it, and precedents for a case."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from storage.bodies import verdict_from
from storage.cases import evidence_of
from storage.database import DatabaseFile, Row, moment_of, stored
from storage.findings import Decided, DecisionRecord, Reviewed, Seen
from storage.instant import from_text, to_text
from storage.leases import place_of
from storage.records import Place, State

MOST_WORDS = 16
"""How many words of a text are searched for."""

FEW_DECISIONS = 1_000
COMMON_SHARE = 0.03
"""A word that stands in this share of many decisions tells none apart, and makes the search slow."""

_COMMON_WORDS = """
a an and are as at be but by can did do does for from had has have he how i if in into is it its me my no not
of on or our she so some than that the their them then there they this to us was we were what when which who
why will with would you your"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""Words that stand in nearly every text; to look for them finds everything, slowly."""

_WHERE = """
    WHERE (:lever = '' OR lever = :lever)
        AND (:state = '' OR state = :state)
        AND (:platform = '' OR platform = :platform)
        AND (:workspace = '' OR workspace = :workspace)
        AND (:channel = '' OR channel = :channel)
        AND (:by = '' OR by = :by)
        AND (:since = '' OR decided_at >= :since)
        AND (:before = '' OR decided_at < :before)
        AND (:private = 1 OR private = 0)
        AND (:words = '' OR number IN (SELECT rowid FROM decision_words WHERE decision_words MATCH :words))"""
_LIST = f"SELECT * FROM decision_list {_WHERE} ORDER BY number DESC LIMIT :limit OFFSET :offset"  # noqa: S608
_COUNT = f"SELECT count(*) AS n FROM decision_list {_WHERE}"  # noqa: S608
_GIVEN = "SELECT body, evidence_removed_at FROM verdicts WHERE id = :id"
_COUNTED = """
    SELECT word.value AS word, (SELECT count(*) FROM (
        SELECT 1 FROM decision_words WHERE decision_words MATCH '"' || word.value || '"' LIMIT :most)) AS n
    FROM json_each(:words) AS word"""
_PRECEDENTS = """
    SELECT listed.* FROM (
        SELECT w.rowid AS number, bm25(decision_words, 4.0, 2.0, 1.0) AS score
        FROM decision_words AS w
        JOIN decisions AS d ON d.number = w.rowid
        JOIN threads AS t ON t.id = d.thread_id
        WHERE decision_words MATCH :words AND d.thread_id <> :thread
            AND t.platform = :platform AND t.workspace = :workspace
            AND (t.private = 0 OR t.channel = :channel)
        ORDER BY score, d.number DESC LIMIT :limit) AS found
    JOIN decision_list AS listed ON listed.number = found.number
    ORDER BY found.score, found.number DESC"""


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions to list; what is empty or None does not filter.

    `lever` is the lever that holds after reviews; `by` is the platform's id of who logged it; `since` is
    included, `before` is not; every word of `text` must stand in the title, the note or the quotes.
    """

    lever: str = ""
    state: State | None = None
    platform: str = ""
    workspace: str = ""
    channel: str = ""
    by: str = ""
    since: datetime | None = None
    before: datetime | None = None
    text: str = ""
    private: bool = True


EVERYTHING = DecisionFilter()


class Archive:
    """Reads the decisions of one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def decisions(
        self, wanted: DecisionFilter = EVERYTHING, limit: int = 50, offset: int = 0
    ) -> list[Decided]:
        """The decisions that pass the filter, newest first, at most `limit` after leaving out `offset`."""
        values = {**_values(wanted), "limit": limit, "offset": offset}
        return [decided_from(row) for row in self._file.rows(_LIST, values)]

    def count(self, wanted: DecisionFilter = EVERYTHING) -> int:
        """How many decisions pass the filter."""
        return int(self._file.rows(_COUNT, _values(wanted))[0]["n"])

    def decision(self, decision_id: str) -> DecisionRecord | None:
        """One decision with its verdict, the evidence that counted, its reviews and outcomes."""
        row = self._file.row("SELECT * FROM decision_list WHERE id = :id", {"id": decision_id})
        if row is None:
            return None
        given = self._file.row(_GIVEN, {"id": row["verdict_id"]})
        return DecisionRecord(
            decided=decided_from(row),
            verdict=verdict_from(given["body"]) if given else None,
            evidence=evidence_of(self._file, row["thread_id"], row["turn_id"]),
            reviews=tuple(self._reviews(decision_id)),
            outcomes=tuple(self._outcomes(decision_id)),
            evidence_removed=moment_of(given, "evidence_removed_at") if given else None,
        )

    def precedents(self, text: str, place: Place, thread_id: str = "", limit: int = 3) -> list[Decided]:
        """The past decisions most like `text`, best first; never those of `thread_id` itself.

        They are those of the workspace of `place`; from a private thread only those of the same channel.
        """
        words = self._rare(words_of(text))
        if not words:
            return []
        values = {
            "words": " OR ".join(f'"{word}"' for word in words),
            "thread": thread_id,
            "platform": stored(place.platform),
            "workspace": stored(place.workspace),
            "channel": stored(place.channel),
            "limit": limit,
        }
        return [decided_from(row) for row in self._file.rows(_PRECEDENTS, values)]

    def _rare(self, words: list[str]) -> list[str]:
        """The words worth looking for, rarest first: those that together stand in few decisions."""
        newest = self._file.row("SELECT max(number) AS n FROM decisions")
        most = max(FEW_DECISIONS, int(COMMON_SHARE * ((newest and newest["n"]) or 0)))
        counted = self._file.rows(_COUNTED, {"words": json.dumps(words), "most": most})
        rare: list[str] = []
        found = 0
        for row in sorted(counted, key=lambda row: int(row["n"])):
            found += row["n"]
            if row["n"] == most or (rare and found > most):
                break
            rare.append(row["word"])
        return rare

    def _reviews(self, decision_id: str) -> Iterator[Reviewed]:
        rows = self._file.rows(
            "SELECT * FROM reviews WHERE decision_id = :id ORDER BY id", {"id": decision_id}
        )
        for row in rows:
            at = from_text(row["reviewed_at"])
            yield Reviewed(row["what"], row["lever"], row["by"], row["by_name"], row["reason"], at)

    def _outcomes(self, decision_id: str) -> Iterator[Seen]:
        rows = self._file.rows(
            "SELECT * FROM outcomes WHERE decision_id = :id ORDER BY id", {"id": decision_id}
        )
        for row in rows:
            yield Seen(
                result=row["result"],
                note=row["note"],
                by=row["by"],
                by_name=row["by_name"],
                at=from_text(row["seen_at"]),
                measure=row["measure"],
                before=row["measured_before"],
                after=row["measured_after"],
            )


def words_of(text: str) -> list[str]:
    """The words of a text that are worth looking for: lower-case, each once, the first `MOST_WORDS`."""
    found = dict.fromkeys(re.findall(r"\w+", stored(text).lower()))
    telling = [word for word in found if word not in _COMMON]
    return (telling or list(found))[:MOST_WORDS]


def match_all(text: str) -> str:
    """The full-text query for rows with every word of `text`; what has no words matches nothing."""
    return " AND ".join(f'"{word}"' for word in words_of(text)) or '""'


def _values(wanted: DecisionFilter) -> dict[str, object]:
    return {
        "lever": stored(wanted.lever),
        "state": wanted.state or "",
        "platform": stored(wanted.platform),
        "workspace": stored(wanted.workspace),
        "channel": stored(wanted.channel),
        "by": stored(wanted.by),
        "since": to_text(wanted.since) if wanted.since else "",
        "before": to_text(wanted.before) if wanted.before else "",
        "private": int(wanted.private),
        "words": match_all(wanted.text) if wanted.text.strip() else "",
    }


def decided_from(row: Row) -> Decided:
    """A decision from a row of `decision_list`."""
    return Decided(
        id=row["id"],
        thread_id=row["thread_id"],
        place=place_of(row),
        title=row["title"],
        lever=row["lever"],
        first_lever=row["first_lever"],
        own=bool(row["own"]),
        note=row["note"],
        by=row["by"],
        by_name=row["by_name"],
        state=row["state"],
        outcome=row["outcome"],
        at=from_text(row["decided_at"]),
    )
