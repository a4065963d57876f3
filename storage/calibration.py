"""What the verdicts promised, beside what became of the decisions that followed them."""

from dataclasses import dataclass
from typing import Literal

from storage.database import DatabaseFile

_PAIRS = """SELECT d.id, v.confidence, o.result FROM outcomes AS o
    JOIN decisions AS d ON d.id = o.decision_id
    JOIN verdicts AS v ON v.id = d.verdict_id
    WHERE d.own = 0 AND o.result <> 'too_early'
        AND o.id = (SELECT max(n.id) FROM outcomes AS n WHERE n.decision_id = d.id)
        AND NOT EXISTS (SELECT 1 FROM reviews AS r WHERE r.decision_id = d.id AND r.what = 'overridden')
    ORDER BY d.number"""


@dataclass(frozen=True, slots=True)
class Promise:
    """How sure a verdict was, and how the decision that followed it turned out."""

    decision: str
    confidence: float
    result: Literal["worked", "partly", "did_not_work"]


def promises(file: DatabaseFile) -> list[Promise]:
    """Every decision that kept the verdict's lever and has an outcome that says something."""
    return [Promise(row["id"], row["confidence"], row["result"]) for row in file.rows(_PAIRS)]
