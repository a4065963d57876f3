"""A person's words, name and id: all of it is theirs to have, and can be forgotten."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.bootstrap import Application
from storage.audit import Audit
from storage.clearing import Clearing
from storage.forgetting import forget
from storage.person import SECTIONS, export, workspaces_of
from storage.records import Incoming, Place
from storage.sight import Sight
from tests.bot_fixtures import app
from tests.personal_fixtures import HOLDS, OURS, TRACES, WHO, WORD, holding, lived_in, text_columns

SECTION_OF = {
    "inbox": "received",
    "gaps": "questions",
    "resets": "starts_over",
    "voices": "spoke_in",
    "turns": "verdicts",
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the person did all that can be done."""
    return lived_in(tmp_path_factory.mktemp("lived"))


@pytest.fixture
def copy(lived: Path, tmp_path: Path) -> Iterator[Application]:
    """A copy of it, open."""
    shutil.copy(lived, tmp_path / "sextant.db")
    with app(tmp_path) as built:
        yield built


def test_of_every_text_column_it_is_known_whether_it_may_hold_anything_of_a_person(copy):
    known = {table: HOLDS.get(table, set()) | OURS.get(table, set()) for table in {*HOLDS, *OURS}}
    columns = {table: found for table, found in text_columns(copy.file).items() if found}
    assert columns == known, "say in HOLDS or OURS what a new column may hold"


def test_real_use_reaches_every_column_that_may_hold_anything_of_a_person_and_no_other(copy):
    assert holding(copy.file) == HOLDS


def test_a_forgotten_person_is_in_no_column_no_index_and_no_byte_of_the_files(copy):
    done = copy.people.forget("slack", "T1", WHO)
    assert done.messages > 10
    assert holding(copy.file) == {}
    copy.file.connection.execute(
        "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, decision_words, 'row')"
    )
    terms = {row["term"] for row in copy.file.rows("SELECT term FROM temp.terms")}
    assert "refund" in terms
    assert not any(WORD[:5] in term or "quokka" in term for term in terms)
    assert Clearing(copy.file).clear()
    for path in copy.file.path.parent.iterdir():
        raw = path.read_bytes().lower()
        assert [trace for trace in TRACES if trace.lower().encode() in raw] == [], path.name


def test_only_a_file_that_is_written_anew_has_surely_let_go(copy):
    copy.file.connection.execute("PRAGMA secure_delete = OFF")
    copy.people.forget("slack", "T1", WHO)
    assert WORD.encode() in copy.file.path.read_bytes()
    clearing = Clearing(copy.file)
    assert clearing.owed
    assert clearing.clear()
    assert WORD.encode() not in copy.file.path.read_bytes()
    assert not clearing.owed


def test_what_others_said_stays_without_the_name_that_stood_in_it(copy):
    copy.people.forget("slack", "T1", WHO)
    said = [row["text"] for row in copy.file.rows("SELECT text FROM messages WHERE author = 'UBOB'")]
    assert "@somebody has seen it change daily." in said
    assert copy.file.row(
        "SELECT 1 FROM evidence WHERE by = 'UBOB' AND quote = '@somebody has seen it change daily.'"
    )


def test_all_that_is_kept_of_a_person_is_theirs_to_have(copy):
    given = export(copy.file, "slack", "T1", WHO)
    assert [name for name in SECTIONS if not given[name]] == []
    assert {"platform": given["platform"], "person": given["person"]} == {"platform": "slack", "person": WHO}
    for table, columns in HOLDS.items():
        for column in columns & {"author", "by", "opened_by", "person", "installed_by"}:
            rows = copy.file.rows(f"SELECT * FROM {table} WHERE {column} = '{WHO}'")
            section = given[SECTION_OF.get(table, table)]
            assert table == "turns" or len(section) == len(rows), table
            texts = {str(row[name]) for row in rows for name in columns - {column, "body", "platform_id"}}
            told = json.dumps(section, ensure_ascii=False)
            assert [
                one for one in texts - {WHO} if json.dumps(one, ensure_ascii=False)[1:-1] not in told
            ] == []


def test_what_others_wrote_is_not_given_out_with_it(copy):
    given = json.dumps(export(copy.file, "slack", "T1", WHO))
    assert "UBOB" not in given
    assert "has seen it" not in given


def test_the_workspaces_of_a_person_are_found_and_nobody_elses(copy):
    assert workspaces_of(copy.file, "slack", WHO) == ["T1"]
    assert workspaces_of(copy.file, "slack", "UNOBODY") == []
    assert not any(export(copy.file, "slack", "T2", WHO)[name] for name in SECTIONS)


def test_what_was_deleted_given_out_and_reviewed_is_audited_and_says_nothing_of_the_person(copy):
    export(copy.file, "slack", "T1", WHO)
    forget(copy.file, "slack", "T1", WHO, actor="operator")
    newest, given, *reviews = Audit(copy.file).newest()
    assert (newest.what, newest.actor, newest.by) == ("forgotten", "operator", "")
    assert newest.counts["messages"] > 10
    assert given.what == "exported"
    assert [(one.what, one.by) for one in reviews] == [("overridden", "forgotten")] * 2
    assert {one.about for one in reviews} == {one.id for one in copy.archive.decisions()}


def test_the_audit_of_one_workspace_is_not_shown_in_another(copy):
    here = Sight("slack", "T1", "ULEAD", wide=True)
    assert Audit(copy.file).newest(sight=here)
    assert Audit(copy.file).newest(sight=replace(here, workspace="T2")) == []
    assert Audit(copy.file).newest(sight=replace(here, wide=False)) == []


def test_a_terminal_named_after_a_person_is_forgotten_with_them(tmp_path):
    with app(tmp_path) as built:
        place = Place("terminal", "local", WHO, "k", private=True)
        built.turns.receive(
            Incoming(place, "1", WHO, f"Our {WORD} bot gives outdated answers.", author_name=WHO)
        )
        built.turns.handle_next("terminal")
        built.people.forget("terminal", "local", WHO)
        assert holding(built.file) == {}
