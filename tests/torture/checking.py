"""What must be so after the last kill: everything answered once, where it was said, and the log whole."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.bootstrap import Application
from decision.assess import assess
from storage.bodies import to_json
from storage.records import NEW
from tests.torture.side import Said, Shown, Side

INDEXES = {
    "passages_fts_handbook": "SELECT count(*) FROM passages WHERE collection = 'handbook'",
    "passages_fts_team": "SELECT count(*) FROM passages WHERE collection = 'team'",
    "decision_words": "SELECT count(*) FROM decisions",
}
"""Each full-text index, with how many rows it has to know."""
_REPLIES = """SELECT i.platform_id, i.platform, i.text, i.error, o.platform_message_id AS posts, o.dead, t.channel, t.key,
        o.id, o.done_at IS NOT NULL AS done
    FROM inbox AS i LEFT JOIN turns AS u ON u.inbox_id = i.id LEFT JOIN outbox AS o ON o.turn_id = u.id
    LEFT JOIN threads AS t ON t.id = o.thread_id WHERE i.platform = :platform"""


@dataclass
class Found:
    """What came of one platform."""

    said: int = 0
    shown: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)


def answered(app: Application, side: Side) -> Found:
    """Hold what was said on a platform against what stands there, and both against the log."""
    shown = side.shown()
    rows = app.file.rows(_REPLIES, {"platform": side.name})
    found = Found(len({(one.id, one.kind) for one in side.said}), len(shown))
    taken: dict[str, list[tuple[str, list[str]]]] = {}
    claimed: set[str] = set()
    onto = Counter()
    for row in rows:
        posts = _posts(row["posts"] or "", row["channel"] or "", side.name)
        taken.setdefault(row["platform_id"], []).append((row["text"], posts))
        if not row["done"] or row["dead"] or not posts or row["error"]:
            found.lost.append(f"{row['platform_id']}: in the log, not shown ({row['error'] or 'no post'})")
        claimed.update(posts)
    for name, replies in taken.items():
        if len(replies) > 1:
            found.doubled.append(f"{name}: {len(replies)} replies")
    for one in side.said:
        _look(app, one, taken, shown, found)
    found.doubled += [f"{post}: stands there, and no reply of the log" for post in shown if post not in claimed]
    found.lost += [f"{post}: in the log, and does not stand there" for post in claimed if post not in shown]
    for mark, where in side.marks.items():
        found.crossed += [
            f"{post}: “{mark}” of {where} stands in {one.where}"
            for post, one in shown.items()
            if mark in one.text and one.where != where
        ]
    return found


def _look(
    app: Application,
    one: Said,
    taken: dict[str, list[tuple[str, list[str]]]],
    shown: dict[str, Shown],
    found: Found,
) -> None:
    """One thing that was said: it was taken in, and its answer stands where it was said."""
    name = _tap_name(app, one.id) if one.kind == "tap" else one.id
    if one.kind == "edit":
        versions = [reply for key in taken for reply in taken[key] if key == name or key.startswith(f"{name}:edit:")]
        replies = [reply for reply in versions if reply[0].endswith(one.text)]
    else:
        replies = taken.get(name, [])
    if not replies:
        found.lost.append(f"{one.kind} {name} in {one.where}: never taken in{', yet acknowledged' * one.sure}")
    for _, posts in replies:
        found.crossed += [
            f"{one.kind} {name} of {one.where} is answered in {shown[post].where}"
            for post in posts
            if post in shown and shown[post].where != one.where
        ]


def _posts(text: str, channel: str, platform: str) -> list[str]:
    """The posts of a reply as `shown` names them."""
    names = [name for name in text.split(",") if name]
    return [name if ":" in name else f"{channel}:{name}" for name in names]


def _tap_name(app: Application, name: str) -> str:
    """With the value of the option in the place of its number."""
    _, turn, who, act, index = name.split(":")
    if act != "answer":
        return f"tap:{turn}:{who}:{act}:"
    put = app.queries.question(turn)
    assert put is not None
    return f"tap:{turn}:{who}:{act}:{put.question.options[int(index)].value},"


def consistent(app: Application) -> Iterator[str]:
    """What is wrong with the log itself."""
    file = app.file
    yield from (f"integrity: {row[0]}" for row in file.rows("PRAGMA integrity_check") if row[0] != "ok")
    yield from (f"foreign key: {tuple(row)}" for row in file.rows("PRAGMA foreign_key_check"))
    for index, rows in INDEXES.items():
        with file.transaction() as tables:
            tables.execute(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")
        known, there = file.rows(f"SELECT count(*) FROM {index}_docsize")[0][0], file.rows(rows)[0][0]
        if known != there:
            yield f"{index} knows {known} rows of {there}"
    counts = app.queries.counts()
    stuck = (counts.inbox_waiting, counts.inbox_given_up, counts.outbox_waiting, counts.outbox_dead)
    if any(stuck):
        yield f"waiting, given up, to be delivered, dead: {stuck}"
    if open_keys := file.rows(f"SELECT id FROM threads WHERE key LIKE '{NEW}%'"):
        yield f"threads without a place: {len(open_keys)}"
    yield from _replayed(app)


def _replayed(app: Application) -> Iterator[str]:
    rows = app.file.rows("SELECT u.key, v.body, v.final FROM verdicts AS v JOIN turns AS u ON u.id = v.turn_id")
    for row in rows:
        case = app.queries.judged(row["key"])
        assert case is not None
        again = assess(app.policy, case, app.passage).verdict
        if row["final"] and not again.final:  # somebody wanted no more questions
            again = assess(app.policy, case, app.passage, decide_now=True).verdict
        if json.loads(to_json(again)) != json.loads(row["body"]):
            yield f"the verdict of turn {row['key']} does not come out again"


def verdicts(app: Application) -> int:
    """How many verdicts the log holds."""
    return int(app.file.rows("SELECT count(*) FROM verdicts")[0][0])


def summary(found: Sequence[str], most: int = 10) -> str:
    """The first of a list."""
    return "\n".join(found[:most]) + (f"\n… and {len(found) - most} more" if len(found) > most else "")
