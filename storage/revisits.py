"""What would make a decision worth another look: its flips, and whether a later thread's evidence meets one.

Written within the caller's transaction, when a decision is logged and when evidence comes in, so that a
digest only has to read what was met.
"""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision.evidence import MANY_VALUED, NOT_SURE
from storage.archive import words_of
from storage.database import insert, stored
from storage.records import Turn
from storage.standing import COUNTS_FROM, LATEST

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

FIRM = 0.75
"""A guess meets nothing."""

MOST = 3
"""How many decisions one turn may call back into mind; the newest."""

DRIFTING = frozenset(
    {
        "volume",
        "prompt_size",
        "training_pairs",
        "test_examples",
        "label_agreement",
        "goal_stability",
        "owner",
        "stage",
        "hosting",
    }
)
"""Factors that change with the team, not with the feature: they concern all that the channel decided.

News of any other factor, and news from another channel, concerns a decision only when the two threads speak
of the same thing.
"""

SHARED_WORDS = 2

NEAR, FAR = 50, 200
"""How many triggers of one channel, and of all others, are looked at; the newest."""

_FLIPS = "SELECT json_extract(body, '$.flips') FROM verdicts WHERE id = ?"
_PLACE = "SELECT platform, workspace, channel, title, private FROM threads WHERE id = ?"
_SEVERAL = ", ".join(f"'{factor}'" for factor in sorted(MANY_VALUED))
_MEETS = f"""SELECT c.revisit_id, w.decision_id, d.title FROM revisit_changes AS c
    JOIN revisits AS w ON w.id = c.revisit_id
    JOIN decisions AS d ON d.id = w.decision_id
    WHERE c.workspace = :workspace AND {{where}} AND c.factor = :factor AND c.value = :value
        AND w.platform = :platform AND d.thread_id <> :thread
        AND NOT EXISTS (SELECT 1 FROM revisit_changes AS other WHERE other.revisit_id = c.revisit_id
            AND NOT EXISTS (SELECT 1 FROM evidence AS e WHERE e.thread_id = :thread
                AND e.factor = other.factor AND e.value = other.value AND e.certainty >= {FIRM}
                AND e.turn_id >= {COUNTS_FROM}
                AND (e.factor IN ({_SEVERAL}) OR NOT EXISTS (SELECT 1 FROM evidence AS n
                    WHERE n.thread_id = :thread AND n.factor = e.factor AND n.id > e.id
                        AND n.value NOT IN (e.value, '{NOT_SURE}') AND n.certainty >= {FIRM}))))
    ORDER BY c.revisit_id DESC LIMIT :most"""  # noqa: S608  # our own words only
"""All that it takes was said in the thread since it last started over, and nothing of it was replaced."""
_HERE = _MEETS.format(where="c.channel = :channel")
_ELSEWHERE = _MEETS.format(where="c.channel <> :channel")


def keep(tables: "Tables", decision_id: str, thread_id: str, verdict_id: int) -> None:
    """Keep the flips of the verdict that was logged as the decision's triggers."""
    flips = json.loads(tables.execute(_FLIPS, [verdict_id]).fetchone()[0] or "[]")
    platform, workspace, channel, _, _ = tables.execute(_PLACE, [thread_id]).fetchone()
    here = {"workspace": workspace, "channel": channel}
    for flip in flips:
        number = insert(
            tables,
            "revisits",
            decision_id=decision_id,
            platform=platform,
            lever=flip["lever"],
            text=flip["text"],
            **here,
        )
        for factor, value in dict(flip["changes"]).items():
            insert(tables, "revisit_changes", revisit_id=number, factor=factor, value=value, **here)


def note_met(tables: "Tables", turn: Turn, number: int, now: datetime) -> None:
    """Note whose triggers the evidence of turn number `number` meets.

    What is said in public may meet those of any decision in the workspace: a digest tells of it where both
    may be seen. What is said in private meets those of its own channel alone.
    """
    firm = {
        (item.factor, item.value)
        for item in turn.evidence
        if item.certainty >= FIRM and item.value != NOT_SURE
    }
    if not firm:
        return
    platform, workspace, channel, title, private = tables.execute(_PLACE, [turn.thread_id]).fetchone()
    here = {
        "platform": platform,
        "workspace": workspace,
        "channel": channel,
        "thread": turn.thread_id,
        "until": LATEST,
    }
    said = turn.message.text if turn.message else ""
    words = set(words_of(f"{title} {said}"))
    met: dict[str, int] = {}
    for factor, value in sorted(firm):
        wanted: dict[str, Any] = {**here, "factor": stored(factor), "value": stored(value)}
        near = tables.execute(_HERE, {**wanted, "most": NEAR}).fetchall()
        far = [] if private else tables.execute(_ELSEWHERE, {**wanted, "most": FAR}).fetchall()
        found = [one for one in near if factor in DRIFTING or _same_thing(words, one[2])]
        found += [one for one in far if _same_thing(words, one[2])]
        for revisit, decision_id, _ in found:
            met.setdefault(decision_id, revisit)
    for revisit in sorted(met.values(), reverse=True)[:MOST]:
        tables.execute(
            "INSERT OR IGNORE INTO revisits_met (revisit_id, thread_id, turn_id, met_at) VALUES (?, ?, ?, ?)",
            [revisit, turn.thread_id, number, stored(now)],
        )


def _same_thing(words: set[str], title: str) -> bool:
    """Whether words that were said speak of what a decision's title names."""
    return len(words.intersection(words_of(title))) >= SHARED_WORDS
