"""Being forgotten takes a person's words and name out of everything, and nothing else."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.bootstrap import Application
from bot.taps import Tap, incoming
from storage.forgetting import NOBODY
from storage.records import Incoming, Place, random_letters
from storage.retention import Cutoffs, Retention
from tests.bot_fixtures import app

PLACE = Place("slack", "T1", "C1", "1.1")
WORDS = "Our zebra-striped support bot gives outdated answers about the quokka refund policy."


def say(
    built: Application, text: str, who: str = "U1", name: str = "Ada Lovelace", place: Place = PLACE
) -> None:
    built.turns.receive(Incoming(place, random_letters(12), who, text, author_name=name))
    while built.turns.handle_next("slack"):
        pass
    while built.outbound.deliver_next("slack", lambda parts: random_letters(8)):
        pass


def every_cell(path: Path) -> str:
    """All text of the database file, tables and index alike."""
    with sqlite3.connect(path) as connection:
        return "\n".join(connection.iterdump())


@pytest.fixture
def decided(tmp_path):
    with app(tmp_path) as built:
        say(built, WORDS)
        say(built, "It changes weekly, says the wombat team.", who="U2", name="Bob Babbage")
        say(built, "decide now")
        say(built, "log this decision by Ada Lovelace: because the narwhal board agreed")
        yield built


def test_a_forgotten_persons_words_and_name_are_nowhere_in_the_file(decided):
    path = decided.file.path
    assert "quokka" in every_cell(path)
    done = decided.people.forget("slack", "T1", "U1")
    assert (done.messages, done.decisions) == (3, 1)
    decided.file.close()
    text = every_cell(path)
    for word in ("quokka", "zebra", "narwhal", "Lovelace", "'U1'"):
        assert word not in text, word
    raw = path.read_bytes()
    assert b"quokka" not in raw
    assert b"narwhal" not in raw


@pytest.mark.parametrize("gone", [{"messages"}, {"messages", "evidence"}])
def test_a_title_is_forgotten_with_whom_it_quotes_also_once_their_message_is_kept_no_longer(decided, gone):
    def titles() -> str:
        return " ".join(one.title for one in decided.archive.decisions())

    later = decided.file.now() + timedelta(days=1)
    Retention(decided.file, pause=0).expire(Cutoffs(**dict.fromkeys(gone, later)), "setting")
    assert "quokka" in titles()
    decided.people.forget("slack", "T1", "U2")
    assert "quokka" in titles()
    decided.people.forget("slack", "T1", "U1")
    assert "quokka" not in titles()
    decided.file.close()
    assert "quokka" not in every_cell(decided.file.path)


def test_a_title_of_somebody_else_than_who_began_the_thread_is_theirs(tmp_path):
    with app(tmp_path) as built:
        say(built, "Hello, who is there?", who="U9", name="Grace Hopper")
        say(built, f"A quokka came. {WORDS}")
        built.people.forget("slack", "T1", "U9")
        thread = built.turns.queries.at(PLACE)
        assert "quokka" in built.turns.queries.thread(thread).title
        later = built.file.now() + timedelta(days=1)
        say(built, "decide now")
        say(built, "log this decision")
        Retention(built.file, pause=0).expire(Cutoffs(messages=later), "setting")
        built.people.forget("slack", "T1", "U1")
        assert [one.title for one in built.archive.decisions()] == [NOBODY]


def test_what_others_said_and_what_was_decided_stays(decided):
    before = decided.archive.decisions()[0]
    decided.people.forget("slack", "T1", "U1")
    after = decided.archive.decisions()[0]
    assert (after.lever, after.at, after.by, after.note) == (before.lever, before.at, NOBODY, "")
    case = decided.turns.queries.case(before.thread_id)
    assert {item.value for item in case.evidence} >= {"weekly"}
    assert any("wombat" in item.quote for item in case.evidence)
    assert decided.turns.queries.last_verdict(before.thread_id) is not None


def test_a_forgotten_decision_is_no_longer_found_by_its_words(decided):
    place = Place("slack", "T1", "C1", "9.9")
    assert decided.archive.precedents("quokka zebra narwhal", place)
    decided.people.forget("slack", "T1", "U1")
    assert not decided.archive.precedents("quokka zebra narwhal", place)


def test_the_log_is_locked_again_afterwards(decided):
    decided.people.forget("slack", "T1", "U1")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        decided.file.connection.execute("UPDATE messages SET text = 'x'")


def test_the_same_id_in_another_workspace_is_somebody_else(decided):
    assert decided.people.forget("slack", "T2", "U1").messages == 0
    assert "quokka" in every_cell(decided.file.path)


def test_a_forgotten_person_may_start_anew(decided):
    decided.people.forget("slack", "T1", "U1")
    say(decided, WORDS, place=Place("slack", "T1", "C1", "2.2"))
    (thread,) = decided.people.standing("slack", "T1", "U1").threads
    assert "quokka" in thread.title


def test_what_a_forgotten_person_typed_is_gone_from_replies_that_did_not_understand_it(tmp_path):
    with app(tmp_path) as built:
        say(built, WORDS)
        say(built, "decide now")
        for typed in ("log as quokkatuning", "outcome d-quokka helped", "digest here quokkaday 09:00"):
            say(built, typed)
        assert every_cell(built.file.path).count("quokka") > 6
        built.people.forget("slack", "T1", "U1")
        built.file.close()
        assert "quokka" not in every_cell(built.file.path)


def test_a_person_who_only_spoke_in_a_thread_leaves_no_trace_in_it(tmp_path):
    with app(tmp_path) as built:
        say(built, WORDS)
        other = Place("slack", "T2", "C1", "1.1")
        say(built, WORDS, place=other)
        for place in (PLACE, other):
            built.turns.voice(place, "U77")
        built.people.forget("slack", "T1", "U77")
        assert len(built.file.rows("SELECT * FROM voices WHERE author = 'U77'")) == 1


def test_taps_of_a_forgotten_person_are_forgotten_too(tmp_path):
    with app(tmp_path) as built:
        say(built, WORDS)
        put = built.turns.queries.open_question(built.turns.queries.at(PLACE))
        tap = Tap("answer", put.turn, (put.question.options[0].value,))
        built.turns.receive(incoming(tap, PLACE, "U7", "Grace Hopper", put.question.options[0].label))
        while built.turns.handle_next("slack"):
            pass
        built.people.forget("slack", "T1", "U7")
        built.file.close()
        assert "U7" not in every_cell(built.file.path)
