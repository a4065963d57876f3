"""The queries for Datasette run on a database as Sextant writes it, and show nobody's private threads."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from storage.backup import back_up
from tests.bot_fixtures import ROOT
from tests.console_fixtures import LEAD, demo

METADATA = (ROOT / "deploy" / "datasette" / "metadata.yaml").read_text("utf-8")
QUERIES = dict(
    re.findall(
        r"^      (\w+):\n        title: .+\n        allow: true\n        sql: \|-\n((?:          .*\n|\n)+)",
        METADATA,
        re.MULTILINE,
    )
)


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        told = made.app.archive.decisions()
        made.app.reviewing.review(LEAD, told[-1].id, "overridden", "Because.", "hybrid")
        for one in told:
            if one.place.private:
                made.app.reviewing.outcome(LEAD, one.id, "worked")
        yield made


@pytest.mark.parametrize("name", QUERIES)
def test_every_canned_query_runs_and_leaves_private_threads_out(team, name):
    values = {"words": "salary"} if ":words" in QUERIES[name] else {}
    rows = team.app.file.rows(QUERIES[name], values)
    told = " ".join(str(value) for row in rows for value in row)
    assert "salary" not in told
    assert "DBOB" not in told
    if name in ("waiting_for_review", "levers_by_month", "where_it_fails", "overridden"):
        assert rows


def test_a_search_does_not_tell_the_words_behind_a_verdict_that_was_shared(team):
    with team.app.file.transaction() as tables:
        (number,) = tables.execute(
            "SELECT s.number FROM standings AS s JOIN threads AS t ON t.id = s.thread_id WHERE t.private = 1"
        ).fetchone()
        tables.execute("UPDATE standings SET hidden = 0 WHERE number = ?", [number])
    try:
        assert team.app.file.rows(QUERIES["find"], {"words": "salary"}) == []
    finally:
        with team.app.file.transaction() as tables:
            tables.execute("UPDATE standings SET hidden = 1 WHERE number = ?", [number])


def test_all_but_the_queries_is_for_root_whatever_tables_there_are_and_whatever_the_name():
    assert len(QUERIES) == METADATA.count("sql: |-") >= 6
    blocks = re.findall(r"^( *)(allow(?:_sql)?): (.+)$", METADATA, re.MULTILINE)
    root, closed = "{ id: root }", [block for block in blocks if block[2] != "true"]
    assert closed == [
        ("", "allow", root), ("", "allow_sql", root), ("    ", "allow", root), ("    ", "allow_sql", root)
    ]  # fmt: skip
    assert len(blocks) - len(closed) == len(QUERIES)
    assert "tables:" not in METADATA


@pytest.fixture(scope="module")
def copies(team, tmp_path_factory):
    if shutil.which("datasette") is None:
        pytest.skip("datasette is not installed")
    folder = tmp_path_factory.mktemp("copies")
    for name in ("sextant-copy", "another"):
        back_up(team.app.file, folder / f"{name}.db")
    return folder


def asked(copies: Path, name: str, path: str) -> int:
    """The exit code of Datasette for one page: 0 where whoever is not signed in may see it."""
    metadata = str(ROOT / "deploy" / "datasette" / "metadata.yaml")
    done = subprocess.run(
        ["datasette", "serve", "-i", f"{name}.db", "--metadata", metadata, "--get", f"/{name}{path}"],
        capture_output=True,
        cwd=copies,
        timeout=60,
    )
    assert b"invents numbers" not in done.stdout
    return done.returncode


@pytest.mark.parametrize(
    "path", ["/messages.json", "/decision_words_data.json", ".json", ".json?sql=select+1"]
)
def test_datasette_shows_no_table_to_whoever_is_not_root(copies, path):
    assert asked(copies, "sextant-copy", path) == asked(copies, "another", path) == 1


def test_datasette_runs_the_queries_for_everybody_under_their_own_name_alone(copies):
    assert asked(copies, "sextant-copy", "/find.json?words=salary") == 0
    assert asked(copies, "another", "/waiting_for_review.json") == 1
