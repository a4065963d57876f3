"""The case as it stood at a moment, rebuilt from the log: what a verdict is replayed from."""

import json

from decision.evidence import Case, Evidence
from storage.database import DatabaseFile, Row
from storage.standing import COUNTS_FROM, LATEST

_EVIDENCE = f"""SELECT factor, value, quote, source, certainty, alternatives FROM evidence
    WHERE thread_id = :thread AND turn_id >= {COUNTS_FROM} AND turn_id <= :until ORDER BY id"""  # noqa: S608
_LAST_SAID = f"""SELECT factor, value, quote, source, certainty, alternatives FROM evidence
    WHERE thread_id = :thread AND turn_id = (SELECT max(turn_id) FROM evidence
        WHERE thread_id = :thread AND turn_id >= {COUNTS_FROM}) ORDER BY id"""  # noqa: S608
_ASKED = f"""SELECT factor FROM questions
    WHERE thread_id = :thread AND turn_id >= {COUNTS_FROM} AND turn_id <= :until ORDER BY id"""  # noqa: S608
_JUDGED = f"""SELECT t.id, t.thread_id,
        (SELECT v.evidence_removed_at FROM verdicts AS v WHERE v.turn_id = t.id) AS removed_at,
        (SELECT json_group_array(q.factor) FROM (SELECT factor FROM questions AS q
            WHERE q.thread_id = t.thread_id AND q.turn_id < t.id
                AND q.turn_id >= {COUNTS_FROM.replace(":thread", "t.thread_id").replace(":until", "t.id")}
                AND NOT (q.turn_id = (SELECT max(turn_id) FROM questions
                        WHERE thread_id = t.thread_id AND turn_id <= t.id)
                    AND NOT EXISTS (SELECT 1 FROM verdicts WHERE turn_id = t.id AND final = 1)
                    AND NOT EXISTS (SELECT 1 FROM answers AS a
                        WHERE a.question_id = q.id AND a.turn_id <= t.id))
            ORDER BY q.id) AS q) AS asked
    FROM turns AS t WHERE t.key = :turn"""  # noqa: S608


def of_thread(file: DatabaseFile, thread_id: str) -> Case:
    """The case of a thread: what was said and asked since the last "start over"."""
    asked = file.rows(_ASKED, {"thread": thread_id, "until": LATEST})
    return Case(evidence_of(file, thread_id), tuple(row["factor"] for row in asked))


def judged(file: DatabaseFile, turn: str) -> Case | None:
    """The case as the turn with this key judged it; None when there is no such turn, or no whole case.

    A question that stayed open was not yet counted as asked, so that it could be put again. A case is not
    whole when evidence that its verdict rested on was deleted since.
    """
    row = file.row(_JUDGED, {"turn": turn})
    if row is None or row["removed_at"] is not None:
        return None
    return Case(evidence_of(file, row["thread_id"], row["id"]), tuple(json.loads(row["asked"])))


def last_said(file: DatabaseFile, thread_id: str) -> tuple[Evidence, ...]:
    """What was read from the newest message of a thread that said anything about its case."""
    rows = file.rows(_LAST_SAID, {"thread": thread_id, "until": LATEST})
    return tuple(map(_evidence, rows))


def evidence_of(file: DatabaseFile, thread_id: str, until: int = LATEST) -> tuple[Evidence, ...]:
    """The evidence of a thread that counted at turn number `until`, oldest first."""
    return tuple(map(_evidence, file.rows(_EVIDENCE, {"thread": thread_id, "until": until})))


def _evidence(row: Row) -> Evidence:
    return Evidence(
        factor=row["factor"],
        value=row["value"],
        quote=row["quote"],
        source=row["source"],
        certainty=row["certainty"],
        alternatives=tuple((value, share) for value, share in json.loads(row["alternatives"])),
    )
