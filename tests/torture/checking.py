"""What must be so after the last kill: everything answered once, where it was said, and the log whole."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

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
_REPLIES = """SELECT i.platform_id, i.kind, i.text, i.error, o.platform_message_id AS posts, o.dead, o.body,
        t.channel, o.done_at IS NOT NULL AS done
    FROM inbox AS i LEFT JOIN turns AS u ON u.inbox_id = i.id LEFT JOIN outbox AS o ON o.turn_id = u.id
    LEFT JOIN threads AS t ON t.id = o.thread_id WHERE i.platform = :platform ORDER BY o.id"""


@dataclass(frozen=True)
class Reply:
    """What the log says about something that came in: what it was, and which posts answer it."""

    name: str
    kind: str
    text: str
    posts: tuple[str, ...]
    trouble: str

    @property
    def edits(self) -> bool:
        return ":edit:" in self.name


@dataclass
class Found:
    """What came of one platform. `excuses` are replies which only say that something went wrong."""

    said: int = 0
    shown: int = 0
    excuses: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)


def answered(app: Application, side: Side) -> Found:
    """Hold what was said on a platform against what stands there, and both against the log."""
    shown, rows = side.shown(), app.file.rows(_REPLIES, {"platform": side.name})
    replies = [_reply(row, side.name) for row in rows]
    found = Found(len({(one.id, one.kind) for one in side.said}), len(shown))
    found.excuses = sum('"kind":"failed"' in (row["body"] or "") for row in rows)
    found.lost += [f"{one.name}: in the log, and {one.trouble}" for one in replies if one.trouble]
    claimed = {post for one in replies for post in one.posts}
    found.lost += [f"{post}: in the log, and stands nowhere" for post in claimed - shown.keys()]
    found.doubled += [f"{post}: stands there, and is no reply of the log" for post in shown.keys() - claimed]
    names = Counter(one.name for one in replies)
    found.doubled += [f"{name}: {count} replies" for name, count in names.items() if count > 1]
    for one in side.said:
        _look(app, one, replies, shown, found)
    _count(side.said, replies, shown, found)
    for mark, where in side.marks.items():
        found.crossed += [
            f"{post}: “{mark}” of {where} stands in {one.where}"
            for post, one in shown.items()
            if mark in one.text and one.where != where
        ]
    return found


def missing(app: Application, sides: Iterable[Side]) -> bool:
    """Whether a message was not taken in yet: after a restart Discord is asked channel by channel."""
    return any(
        app.file.row("SELECT 1 FROM inbox WHERE platform_id = :id", {"id": one.id}) is None
        for side in sides
        for one in side.said
        if one.kind == "message"
    )


def _reply(row: Any, platform: str) -> Reply:
    names = [name for name in (row["posts"] or "").split(",") if name]
    posts = tuple(name if ":" in name else f"{row['channel']}:{name}" for name in names)
    delivered = row["done"] and not row["dead"] and posts
    trouble = row["error"] or ("" if delivered else "not delivered")
    return Reply(row["platform_id"], row["kind"], row["text"], posts, trouble)


def _look(app: Application, one: Said, replies: list[Reply], shown: dict[str, Shown], found: Found) -> None:
    """One thing that was said: it was taken in, and its answer stands where it was said."""
    name = _tap_name(app, one.id) if one.kind == "tap" else one.id
    mine = [reply for reply in replies if reply.name == name]
    if one.kind == "edit":
        mine += [reply for reply in replies if reply.name.startswith(f"{name}:edit:")]
        mine = [reply for reply in mine if reply.text.endswith(one.text)]
    if not mine:
        acknowledged = ", yet acknowledged" if one.sure else ""
        found.lost.append(f"{one.kind} {name} in {one.where}: never taken in{acknowledged}")
    found.crossed += [
        f"{one.kind} {name} of {one.where} is answered in {shown[post].where}"
        for reply in mine
        for post in reply.posts
        if post in shown and shown[post].where != one.where
    ]


def _count(said: list[Said], replies: list[Reply], shown: dict[str, Shown], found: Found) -> None:
    """Thread by thread, by what can be seen: as many replies as there were messages, taps and edits.

    A reply in several parts counts once, and one that took the place of an earlier one not at all.
    """
    seen = Counter(one.where for one in shown.values())
    due = Counter(where for where, _ in {(one.where, one.id) for one in said if one.kind == "message"})
    stood: set[str] = set()
    for reply in replies:
        if not reply.posts or reply.posts[0] not in shown:
            continue
        where = shown[reply.posts[0]].where
        due[where] += reply.edits or reply.kind == "tap"
        seen[where] += 1 - len(set(reply.posts) - stood)
        stood.update(reply.posts)
    found.lost += [
        f"{where}: {seen[where]} of {due[where]} replies" for where in due if seen[where] < due[where]
    ]
    found.doubled += [
        f"{where}: {seen[where]} for {due[where]}" for where in seen if seen[where] > due[where]
    ]


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
    rows = app.file.rows(
        "SELECT u.key, v.body, v.final FROM verdicts AS v JOIN turns AS u ON u.id = v.turn_id"
    )
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
