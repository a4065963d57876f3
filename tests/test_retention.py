"""What is kept no longer goes, wherever it stands; what is kept stays, and says what it rests on no more."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.bootstrap import Application
from bot.durations import read_duration
from bot.keeping import Keeping, Keeps, cutoffs, is_due
from bot.terminal.record import record_lines
from decision.assess import assess
from decision.evidence import Evidence
from storage.archive import DecisionFilter
from storage.audit import Audit
from storage.bodies import to_json
from storage.clearing import Clearing
from storage.database import DatabaseFile
from storage.duties import CLEARING, EXPIRING, Duties
from storage.errors import LockedDatabaseError
from storage.export import details
from storage.madr import as_madr
from storage.records import Place
from storage.retention import Cutoffs, Expired, Retention
from tests.bot_fixtures import app
from tests.personal_fixtures import HOLDS, TRACES, WORD, bob, holding, lived_in
from tests.weekly_fixtures import Team, team

LATER = datetime.now(UTC) + timedelta(days=1)
ALL = Cutoffs(LATER, LATER, LATER)
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which a person did all that can be done."""
    return lived_in(tmp_path_factory.mktemp("lived"))


@pytest.fixture
def copy(lived: Path, tmp_path: Path) -> Iterator[Application]:
    """A copy of it, open."""
    shutil.copy(lived, tmp_path / "sextant.db")
    with app(tmp_path) as built:
        yield built


def expire(file: DatabaseFile, cutoffs: Cutoffs) -> dict[str, int]:
    """Take out what is due; nothing may refer to what is gone, and the log is locked again."""
    before = locks(file)
    done = Retention(file, pause=0).expire(cutoffs, "operator")
    assert done.whole
    assert file.rows("PRAGMA foreign_key_check") == []
    assert file.rows("PRAGMA foreign_keys")[0][0] == 1
    assert locks(file) == before
    return dict(done.counts)


def locks(file: DatabaseFile) -> dict[str, str]:
    """The triggers that keep the log as it is."""
    rows = file.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_keeps_%'")
    assert len(rows) > 30
    return {row["name"]: row["sql"] for row in rows}


def verdicts(built: Application) -> list[str]:
    rows = built.file.rows(
        "SELECT t.key FROM turns AS t JOIN verdicts AS v ON v.turn_id = t.id ORDER BY v.id"
    )
    return [row["key"] for row in rows]


@pytest.mark.parametrize(
    ("text", "days"),
    [("90d", 90), ("12 weeks", 84), ("6 months", 180), ("2Y", 730), (" 1 day ", 1)],
)
def test_a_time_is_read_as_operators_write_it(text, days):
    assert read_duration(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "90", "0d", "-3d", "1h", "forever", "99999y", "３d", "1d 2d"])
def test_what_is_no_time_is_refused(text):
    assert read_duration(text) is None


def test_what_is_due_follows_from_the_settings_and_the_moment_alone():
    keeps = Keeps(messages=timedelta(days=30), decisions=timedelta(days=365))
    assert cutoffs(keeps, NOON) == Cutoffs(
        NOON - timedelta(days=30), None, datetime(2025, 11, 18, 12, 0, tzinfo=UTC)
    )
    assert cutoffs(Keeps(), NOON) == Cutoffs(None, None, None)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, True),
        (NOON - timedelta(hours=11), False),
        (NOON - timedelta(hours=13), True),
        (NOON + timedelta(days=3), True),
    ],
)
def test_it_is_looked_for_once_a_day_also_after_a_clock_was_set_back(last, due):
    assert is_due(last, NOON) is due


def test_nothing_goes_before_its_time_and_without_a_setting_nothing_ever(copy):
    before = copy.file.rows("SELECT count(*) AS n, sum(length(text)) AS size FROM messages")[0]
    early = datetime.now(UTC) - timedelta(days=1)
    for wanted in (Cutoffs(), Cutoffs(early, early, early)):
        assert Retention(copy.file).due(wanted) == {}
        assert expire(copy.file, wanted) == {}
    assert tuple(copy.file.rows("SELECT count(*) AS n, sum(length(text)) AS size FROM messages")[0]) == tuple(
        before
    )
    assert not Clearing(copy.file).owed


def test_messages_go_and_what_was_read_and_decided_stays(copy):
    told = [(one.id, one.title, one.note) for one in copy.archive.decisions()]
    due = Retention(copy.file).due(Cutoffs(messages=LATER))
    counts = expire(copy.file, Cutoffs(messages=LATER))
    assert {**counts, "threads": 0} == {**due, "threads": 0}
    assert counts["messages"] > 10
    left = holding(copy.file)
    assert left["messages"] == {"author"}
    assert left["inbox"] == {"author", "platform_id", "text"}  # one that still waits
    for table, column in (("outbox", "body"), ("gaps", "text"), ("feedback", "note"), ("threads", "title")):
        assert column not in left.get(table, set()), table
    assert not {"voices", "sign_in_links"} & left.keys()
    assert left["evidence"] == HOLDS["evidence"]
    assert copy.file.row("SELECT 1 FROM inbox WHERE body = '{\"shortcut\":\"1\"}' AND text = ''")
    assert [(one.id, one.title, one.note) for one in copy.archive.decisions()] == told
    assert copy.archive.precedents(WORD, Place("slack", "T1", "C9", "1"))


def test_a_verdict_is_replayed_as_long_as_its_evidence_is_there(copy):
    expire(copy.file, Cutoffs(messages=LATER))
    keys = verdicts(copy)
    assert len(keys) > 5
    for key in keys:
        given, case = copy.queries.verdict(key), copy.queries.judged(key)
        assert given is not None
        assert case is not None
        again = assess(copy.policy, case, copy.passage, decide_now=given.verdict.final).verdict
        assert to_json(again) == to_json(given.verdict)


def test_a_verdict_whose_evidence_was_deleted_says_so_and_quotes_nobody(copy):
    counts = expire(copy.file, Cutoffs(evidence=LATER))
    assert counts["evidence"] > 5
    assert copy.file.rows("SELECT 1 FROM evidence") == []
    assert "verdicts" not in holding(copy.file)
    keys = verdicts(copy)
    assert counts["verdicts"] == len(keys)
    for key in keys:
        given = copy.queries.verdict(key)
        assert given is not None
        assert given.evidence_removed is not None
        assert copy.queries.judged(key) is None
    record = copy.archive.decision(copy.archive.decisions()[-1].id)
    assert record is not None
    assert record.verdict is not None
    assert record.verdict.lever
    shown = "\n".join(line.text for line in record_lines(record, copy.policy))
    assert "It was deleted on" in shown
    assert "Nothing certain" not in shown
    assert "What was said was deleted on" in as_madr(record)
    assert details(record)["evidence_removed_at"]


def test_a_thread_goes_on_after_its_evidence_was_deleted_and_its_next_verdict_is_replayed(copy):
    expire(copy.file, Cutoffs(evidence=LATER))
    thread = bob(copy, "We get 2 million requests a month and the facts change daily.", "1.1")
    bob(copy, "decide now", "1.1")
    given = copy.queries.last_verdict(thread)
    assert given is not None
    assert given.evidence_removed is None
    case = copy.queries.judged(given.turn)
    assert case is not None
    again = assess(copy.policy, case, copy.passage, decide_now=given.verdict.final).verdict
    assert to_json(again) == to_json(given.verdict)


def test_decisions_go_with_all_that_followed_them_and_with_what_tells_of_them(copy):
    ids = [one.id for one in copy.archive.decisions()]
    counts = expire(copy.file, Cutoffs(decisions=LATER))
    assert (counts["decisions"], counts["reviews"], counts["outcomes"]) == (2, 2, 4)
    assert copy.archive.decisions() == []
    assert copy.archive.decisions(DecisionFilter(text=WORD)) == []
    assert copy.archive.precedents("outdated refund policy", Place("slack", "T1", "C9", "1")) == []
    for table in ("standings", "outcome_asks", "revisits", "revisit_changes", "revisits_met", "looks_again"):
        assert copy.file.rows(f"SELECT 1 FROM {table}") == [], table
    bodies = "\n".join(row["body"] for row in copy.file.rows("SELECT body FROM outbox"))
    assert bodies
    assert not any(f'"decision":"{one}"' in bodies for one in ids)
    assert "precedents" in bodies
    for row in copy.file.rows("SELECT body FROM outbox"):
        posts_from(row["body"])
    assert Audit(copy.file).newest()[-1].what == "overridden"


def posts_from(body: str) -> None:
    """A post that lost parts can still be read."""
    from bot.posts import from_json

    from_json(body)


def test_when_all_is_due_only_what_waits_and_bare_digests_are_left(copy):
    counts = expire(copy.file, ALL)
    assert counts["threads"] > 5
    threads = copy.file.rows("SELECT id FROM threads")
    waiting = copy.file.rows("SELECT thread_id FROM inbox WHERE done_at IS NULL")
    posted = copy.file.rows("SELECT o.thread_id FROM outbox AS o JOIN digests AS d ON d.outbox_id = o.id")
    assert {row["id"] for row in threads} == {row["thread_id"] for row in (*waiting, *posted)}
    assert {row["body"] for row in copy.file.rows("SELECT body FROM outbox")} == {"[]"}
    assert holding(copy.file).keys() == {"inbox", "threads", "subscriptions", "installations", "audit"}
    assert copy.turns.handle_next("slack")
    assert Retention(copy.file).due(Cutoffs(evidence=LATER, decisions=LATER)).keys() <= {"evidence"}


def test_what_is_gone_is_in_no_byte_of_the_file_once_it_is_cleared(copy):
    with copy.file.transaction() as tables:  # what waits is not to go, so let it be answered first
        tables.execute("UPDATE inbox SET done_at = received_at WHERE done_at IS NULL")
        tables.execute("UPDATE outbox SET done_at = queued_at WHERE done_at IS NULL")
    expire(copy.file, ALL)
    clearing = Clearing(copy.file)
    assert clearing.owed
    assert clearing.clear()
    raw = copy.file.path.read_bytes().lower()
    assert [one for one in TRACES[1:] if one.lower().encode() in raw] == []


def test_what_goes_is_counted_in_the_audit(copy):
    counts = expire(copy.file, ALL)
    total: dict[str, int] = {}
    for one in Audit(copy.file).newest():
        if one.what == "expired":
            assert (one.actor, one.by) == ("operator", "")
            for name, count in one.counts.items():
                total[name] = total.get(name, 0) + count
    assert total == counts


def test_a_part_at_a_time_ends_up_where_all_at_once_does(copy):
    goes, parts = Retention(copy.file, pause=0), 0
    while not goes.expire(ALL, "setting", most=1).whole:
        parts += 1
    assert parts > 5
    assert goes.expire(ALL, "setting").counts == {}


class Day:
    """A team over which two processes keep watch."""

    def __init__(self, made: Team, keeps: Keeps) -> None:
        self.team = made
        self.watch = [
            Keeping(
                *(Retention(made.file, pause=0), Duties(made.file), Clearing(made.file), keeps),
                worker=name,
                now=lambda: made.now,
            )
            for name in ("a", "b")
        ]

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.team.file.rows("SELECT text FROM messages ORDER BY id")]


def test_the_service_looks_once_a_day_and_clears_the_file_after(tmp_path):
    with team(tmp_path) as made:
        day = Day(made, Keeps(messages=timedelta(days=30)))
        made.say("1", "An old zyzzyva.", Evidence("volume", "over_10m"))
        made.later(days=20)
        made.say("2", "A young one.")
        day.watch[0].tick()
        assert day.texts == ["An old zyzzyva.", "A young one."]
        made.later(days=10, hours=1)
        day.watch[1].tick()
        day.watch[0].tick()
        assert day.texts == ["", "A young one."]
        assert not Duties(made.file).owed(CLEARING)
        assert b"zyzzyva" not in made.file.path.read_bytes()
        made.later(hours=1)
        day.watch[0].tick()
        assert Duties(made.file).last(EXPIRING) == made.now - timedelta(hours=1)


def test_of_two_processes_one_looks_and_one_that_died_is_followed(tmp_path):
    with team(tmp_path) as made:
        day = Day(made, Keeps(messages=timedelta(days=1)))
        made.say("1", "An old one.")
        made.later(days=2)
        assert Duties(made.file).claim(EXPIRING, "dead", 600)
        day.watch[0].tick()
        assert day.texts == ["An old one."]
        made.later(minutes=11)
        day.watch[0].tick()
        assert day.texts == []  # the thread was left empty


class Kept(Retention):
    """One that finds the database locked."""

    def expire(self, *_: object) -> Expired:
        raise LockedDatabaseError("locked")


def test_what_could_not_go_is_tried_again_at_the_next_look(tmp_path):
    with team(tmp_path) as made:
        day = Day(made, Keeps(messages=timedelta(days=1)))
        made.say("1", "An old one.", Evidence("volume", "over_10m"))
        made.later(days=2)
        rest = (Duties(made.file), Clearing(made.file), Keeps(messages=timedelta(days=1)), "c")
        with pytest.raises(LockedDatabaseError):
            Keeping(Kept(made.file), *rest, lambda: made.now).tick()
        day.watch[0].tick()
        assert day.texts == [""]


def test_a_file_that_somebody_reads_stays_to_be_cleared(tmp_path):
    with team(tmp_path) as made, DatabaseFile(made.file.path, lambda: made.now) as other:
        made.say("1", "An old one.")
        made.file.connection.execute("PRAGMA busy_timeout = 10")
        other.connection.execute("BEGIN")
        other.connection.execute("SELECT * FROM messages").fetchone()
        expire(made.file, Cutoffs(messages=made.later(days=2)))
        assert not Clearing(made.file).clear()
        assert Clearing(made.file).owed
        other.connection.execute("COMMIT")
        assert Clearing(made.file).clear()


def test_a_file_that_litestream_reads_for_ever_is_written_anew_once_and_nobody_waits(tmp_path):
    with team(tmp_path) as made, DatabaseFile(made.file.path, lambda: made.now) as other:
        made.say("1", "An old one.")
        made.file.path.with_name(f".{made.file.path.name}-litestream").mkdir()
        other.connection.execute("BEGIN")
        other.connection.execute("SELECT * FROM messages").fetchone()
        expire(made.file, Cutoffs(messages=made.later(days=2)))
        assert not Clearing(made.file).clear()
        assert not Clearing(made.file).owed
        other.connection.execute("COMMIT")
        assert made.file.empty_log()


def test_a_verdict_that_rests_on_younger_evidence_alone_is_not_marked(tmp_path, policy, guidance, tunable):
    with team(tmp_path, assess(policy, tunable, guidance).verdict) as made:
        thread = made.say("1", "Old words.", Evidence("volume", "over_10m", "old"))
        made.advise(thread)
        made.later(days=10)
        young = made.say("2", "Young words.", Evidence("volume", "over_10m", "young"))
        made.advise(young)
        expire(made.file, Cutoffs(evidence=made.now - timedelta(days=5)))
        marked = made.file.rows("SELECT thread_id FROM verdicts WHERE evidence_removed_at IS NOT NULL")
        assert [row["thread_id"] for row in marked] == [thread]
        assert [row["quote"] for row in made.file.rows("SELECT quote FROM evidence")] == ["young"]


def test_counts_are_fit_for_json(copy):
    assert json.loads(json.dumps(expire(copy.file, ALL)))
