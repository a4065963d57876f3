"""The commands about digests, as a person runs them."""

import json

import pytest
from click.testing import CliRunner

from bot.cli import sextant as command
from tests.bot_fixtures import OUTDATED, app, said, sextant
from tests.bot_fixtures import database as fresh


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("SEXTANT_DB", str(fresh(tmp_path)))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(command, arguments)


def test_a_preview_tells_what_was_decided_in_the_terminal(tmp_path, run):
    with app(tmp_path) as built:
        said(built, OUTDATED, "decide now", "log this decision by Ada: search first")
    shown = run("digest", "preview", "--chart", str(tmp_path / "chart.png"))
    assert shown.exit_code == 0
    assert "1 decision." in shown.stdout
    assert "(Ada, d-" in shown.stdout
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    news = json.loads(run("digest", "preview", "--json").stdout)
    assert (news["decisions"], news["made"][0]["why"]) == (1, "search first")
    assert run("digest", "preview", "--whole").exit_code == 0


def test_a_channel_is_subscribed_paused_resumed_listed_and_ended(run):
    channel = "slack:T1:C1"
    assert "no digest" in run("digest", "pause", channel).stderr
    done = run("digest", "subscribe", channel, "monday", "09:00", "Europe/Berlin", "--only-here")
    assert done.stdout == "slack:T1:C1  monday 09:00 Europe/Berlin  only here\n"
    assert "paused" in run("digest", "pause", channel).stdout
    (row,) = json.loads(run("digest", "list", "--json").stdout)
    assert (row["state"], row["weekday"], row["time"], row["only_here"]) == ("paused", 0, "09:00", True)
    assert "paused" not in run("digest", "resume", channel).stdout
    assert run("digest", "unsubscribe", channel).exit_code == 0
    ended = run("digest", "resume", channel)
    assert (ended.exit_code, "gets no digest" in ended.stderr) == (1, True)
    assert json.loads(run("digest", "list", "--json").stdout) == []


def test_the_words_that_a_chat_takes_are_taken_here_too(run):
    words = ("monday", "9am", "Berlin,", "only", "this", "channel,", "skip", "empty", "weeks")
    done = run("digest", "subscribe", "slack:T1:C1", *words)
    assert done.stdout == "slack:T1:C1  monday 09:00 Europe/Berlin  only here, silent when empty\n"


def test_posting_twice_in_a_week_queues_one_digest(tmp_path, run):
    assert "Queued" in run("digest", "post", "slack:T1:C1").stdout
    again = run("digest", "post", "slack:T1:C1")
    assert (again.exit_code, "posted before" in again.stdout) == (0, True)
    assert "Queued" in run("digest", "post", "slack:C1", "--week", "2026-W03").stdout
    assert "waiting" in run("digest", "subscribe", "slack:T1:C1", "monday").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("post", "C1"),
        ("post", "slakc:T1:C1"),
        ("post", "slack:C1"),
        ("post", "slack::C1"),
        ("post", "slack:T1:C1", "--week", "2026-W60"),
        ("post", "slack:T1:C1", "--week", "2999-W01"),
        ("subscribe", "slack:T1:C1", "someday"),
        ("subscribe", "slack:T1:C1", "monday", "09:00", "Atlantis"),
    ],
)
def test_wrong_use_is_said_with_exit_code_2(run, arguments):
    done = run("digest", *arguments)
    assert done.exit_code == 2
    assert "Error:" in done.stderr


def test_calibration_says_that_it_is_too_early(run):
    assert "Too early to say" in run("calibration").stdout
    found = json.loads(run("calibration", "--json").stdout)
    assert (found["count"], found["too_early"], found["brier"]) == (0, True, None)


def test_the_commands_work_in_a_process_of_their_own(tmp_path):
    done = sextant(tmp_path, "digest", "preview")
    assert (done.returncode, done.stderr) == (0, "")
    assert "A quiet week" in done.stdout
