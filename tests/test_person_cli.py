"""`sextant person`, `retain` and `audit`, as an operator uses them."""

import json
import os
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from bot.cli import sextant
from tests.bot_fixtures import OUTDATED, app, database, said


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command over a database in which grace decided something."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEXTANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEXTANT_DB", str(database(tmp_path)))
    with app(tmp_path) as built:
        said(built, OUTDATED, "decide now", "log this decision by Grace: because X")

    def invoke(*words: str, given: str = "") -> Result:
        return CliRunner().invoke(sextant, words, input=given, catch_exceptions=False)

    return invoke


def test_a_person_gets_all_that_is_kept_of_them_in_a_file_of_their_own(run, tmp_path):
    done = run("person", "export", "terminal:local:grace", "--output", "grace.json")
    assert done.exit_code == 0
    (found,) = json.loads((tmp_path / "grace.json").read_text("utf-8"))
    assert found["messages"][0]["text"] == OUTDATED
    assert found["decisions"][0]["note"] == "X"
    assert (tmp_path / "grace.json").stat().st_mode & 0o077 == 0


def test_nobody_is_forgotten_before_the_operator_said_yes(run):
    assert run("person", "forget", "terminal:grace", given="n\n").exit_code == 1
    assert json.loads(run("person", "export", "terminal:grace").stdout)
    done = run("person", "forget", "terminal:grace", given="y\n")
    assert "messages 3" in done.stdout
    assert run("person", "export", "terminal:grace").exit_code == 1


def test_an_unknown_person_and_a_name_that_is_none_are_told_apart(run):
    unknown = run("person", "export", "slack:UNOBODY")
    assert (unknown.exit_code, "nothing is kept of slack:UNOBODY" in unknown.stderr) == (1, True)
    for wrong in ("grace", "slack:", ":T1:U1", "slack::U1", "slack:T1:U1:x", "Slack:T1:U1", "teams:U1"):
        assert run("person", "forget", wrong, "--yes").exit_code == 2, wrong


def test_what_is_due_is_told_before_it_goes(run, monkeypatch, tmp_path):
    assert "Nothing is due." in run("retain").stdout
    monkeypatch.setenv("SEXTANT_KEEP_MESSAGES", "1d")
    assert "Nothing is due." in run("retain", "--dry-run").stdout
    with app(tmp_path) as built:
        before = built.file.now() - timedelta(days=2)
        built.file.now = lambda: before
        said(built, OUTDATED)
    for _ in range(2):  # to say it takes nothing out
        due = json.loads(run("retain", "--dry-run", "--json").stdout)
        assert due["dry_run"]
        assert due["removed"]["messages"] == 1
    assert "messages 1" in run("retain").stdout
    assert "Nothing is due." in run("retain").stdout
    assert "operator" in run("audit").stdout


def test_a_time_that_cannot_be_read_is_named_with_its_mend(run, monkeypatch):
    monkeypatch.setenv("SEXTANT_KEEP_EVIDENCE", "soon")
    done = run("retain")
    assert done.exit_code == 1
    assert "SEXTANT_KEEP_EVIDENCE is 'soon'; set it to a time such as 90d" in done.stderr


def test_the_audit_says_who_did_what(run):
    assert "Nothing yet." in run("audit").stderr
    run("person", "export", "terminal:grace")
    run("person", "forget", "terminal:grace", "--yes")
    lines = run("audit").stdout.splitlines()
    assert ["operator terminal:local" in line for line in lines] == [True, True]
    assert "forgotten" in lines[0]
    assert "exported" in lines[1]
    assert not any("grace" in line for line in lines)
