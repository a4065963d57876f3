"""A review is kept, told in its thread, seen by the digest, and overwrites nothing."""

import subprocess
import sys
from dataclasses import replace

import pytest

from bot import digest_wording, posts, replies, wording
from bot.reviewing import KeptAlreadyError, ReviewError, StaleError
from bot.terminal.render import render
from storage.forgetting import forget
from storage.looks import Looks
from storage.subscriptions import Channel
from tests.bot_fixtures import ROOT
from tests.console_fixtures import LEAD, MEMBER, demo


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        yield made


def told(team, decision):
    """The last thing that was said in the decision's thread."""
    record = team.app.archive.decision(decision)
    row = team.app.file.rows(
        "SELECT body, done_at, turn_id FROM outbox WHERE thread_id = :t ORDER BY id",
        {"t": record.decided.thread_id},
    )[-1]
    assert row["done_at"] is None
    return posts.from_json(row["body"])


def test_an_override_is_told_in_the_thread_and_changes_what_holds_not_what_was_logged(team):
    decision = team.decide(0)
    before = team.app.archive.decision(decision).decided
    reply = team.app.reviewing.review(LEAD, decision, "overridden", "No owner <b>yet</b>.", "not_ready")
    assert told(team, decision) == (reply,)
    said = wording.notice(reply)[0]
    assert said.startswith(f"Lea Winter overrode {decision}, “Our support bot")
    assert "instead of retrieval" in said
    assert any("Lea Winter overrode" in line.text for line in render(reply))
    record = team.app.archive.decision(decision)
    assert (record.decided.lever, record.decided.state) == ("not_ready", "overridden")
    assert record.decided.first_lever == before.lever
    assert [(one.by, one.by_name, one.reason) for one in record.reviews] == [
        ("ULEAD", "Lea Winter", "No owner <b>yet</b>.")
    ]


def test_reviews_add_up_and_the_newest_holds(team):
    decision = team.decide(1)
    review = team.app.reviewing.review
    review(LEAD, decision, "approved")
    review(LEAD, decision, "overridden", "Cheaper.", "prompt")
    review(LEAD, decision, "commented", "See the other thread too.")
    record = team.app.archive.decision(decision)
    assert [one.what for one in record.reviews] == ["approved", "overridden", "commented"]
    assert record.decided.state == "overridden"
    assert "See the other thread too." in wording.notice(told(team, decision)[0])[0]


def test_an_override_stands_in_the_digest_of_its_channel(team):
    decision = team.decide(2)
    team.app.reviewing.review(LEAD, decision, "overridden", "Measure it first.", "not_ready")
    news = team.app.weekly.preview(Channel("slack", "T1", "CCONTENT"))
    assert decision in [one.decision for one in news.overruled]
    team.app.reviewing.review(LEAD, decision, "approved")
    approved = team.app.weekly.preview(Channel("slack", "T1", "CCONTENT"))
    assert approved.approved == news.approved + 1
    assert "approval" in digest_wording.summary(approved)


@pytest.mark.parametrize(
    ("what", "reason", "lever"),
    [
        ("overridden", "Because.", ""),
        ("overridden", "Because.", "rag"),
        ("overridden", "Because.", "magic"),
        ("overridden", "   ", "prompt"),
        ("commented", "", ""),
        ("deleted", "Because.", ""),
        ("approved", "x" * 2_001, ""),
    ],
)
def test_what_is_no_review_is_refused_in_words_and_nothing_is_kept(team, what, reason, lever):
    decision = team.decide(0)
    assert team.app.archive.decision(decision).decided.lever == "rag"
    with pytest.raises(ReviewError, match=r"\w+ \w+"):
        team.app.reviewing.review(LEAD, decision, what, reason, lever)
    assert team.app.archive.decision(decision).reviews == ()


def test_an_outcome_is_kept_with_what_was_measured_and_told(team):
    decision = team.decide(1)
    team.app.reviewing.outcome(MEMBER, decision, "worked", "Fewer calls", ("solved", "61 %", "83 %"))
    (reply,) = told(team, decision)
    assert isinstance(reply, replies.KeptOutcome)
    (seen,) = team.app.archive.decision(decision).outcomes
    assert (seen.result, seen.measure, seen.before, seen.after) == ("worked", "solved", "61 %", "83 %")
    with pytest.raises(ReviewError):
        team.app.reviewing.outcome(MEMBER, decision, "splendid")
    with pytest.raises(ReviewError):
        team.app.reviewing.outcome(MEMBER, "d-none", "worked")


def test_a_day_for_another_look_is_due_from_that_day_on_and_can_be_taken_back(team):
    from bot.console.site import site_of

    decision = team.decide(0)
    pages = site_of(team.app)
    today = team.app.file.now().date()
    sight = viewer_sight()
    team.app.reviewing.look_again(LEAD, decision, today.isoformat(), "volume?")
    assert [one.decision for one in pages.looks.due(sight)] == [decision]
    team.app.reviewing.look_again(LEAD, decision, "")
    assert pages.looks.due(sight) == []
    assert [one.day for one in pages.looks.of(decision)] == [today.isoformat(), ""]
    for wrong in ("tomorrow", "2020-01-01", "2027-13-01"):
        with pytest.raises(ReviewError):
            team.app.reviewing.look_again(LEAD, decision, wrong)


SAYS_AT_ONCE = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from bot.reviewing import Reviewing, StaleError
from storage.access import Guest
from storage.archive import Archive
from storage.database import DatabaseFile
from storage.log import Log
path, decision, person = sys.argv[1:]
with DatabaseFile(Path(path), lambda: datetime.now(UTC)) as file:
    reviewing = Reviewing(Log(file), Archive(file), date.today)
    sys.stdin.read(1)
    try:
        reviewing.outcome(Guest("slack", "T1", person, "X"), decision, "worked", person, seen=0)
        print("kept")
    except StaleError:
        print("stale")
"""


def test_of_two_processes_that_tell_an_outcome_at_once_one_keeps_it(team):
    decision = team.decide(1)

    def begun(person):
        command = [sys.executable, "-c", SAYS_AT_ONCE, str(team.app.file.path), decision, person]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    running = [begun(person) for person in ("UADA", "UBOB")]
    for one in running:
        one.stdin.write("g")
        one.stdin.flush()
    assert {one.communicate(timeout=60)[0].strip() for one in running} == {"kept", "stale"}
    assert len(team.app.archive.decision(decision).outcomes) == 1


def test_the_same_word_again_is_kept_once_and_another_is_told_to_look_again(team):
    decision, reviewing = team.decide(0), team.app.reviewing
    reviewing.review(LEAD, decision, "approved", "Good.", seen=0)
    reviewing.review(MEMBER, decision, "commented", "Hm.", seen=1)
    with pytest.raises(KeptAlreadyError):
        reviewing.review(LEAD, decision, "approved", "Good.", seen=0)
    with pytest.raises(StaleError, match="meanwhile"):
        reviewing.review(LEAD, decision, "approved", "Very good.", seen=0)
    assert len(team.app.archive.decision(decision).reviews) == 2


def test_a_review_sets_a_day_for_another_look_in_one_and_says_so(team):
    decision = team.decide(1)
    before = len(team.app.archive.decision(decision).reviews)
    with pytest.raises(ReviewError, match="passed"):
        team.app.reviewing.review(LEAD, decision, "approved", look="2020-01-01")
    assert len(team.app.archive.decision(decision).reviews) == before
    reply = team.app.reviewing.review(LEAD, decision, "approved", look="2099-03-31")
    assert "31 Mar 2099" in wording.notice(reply)[1]
    assert told(team, decision) == (reply,)
    (look,) = Looks(team.app.file).of(decision)
    assert (look.day, look.by) == ("2099-03-31", "Lea Winter")


def test_the_same_day_is_set_once_however_often_it_is_sent(team):
    decision = team.decide(2)
    for _ in range(3):
        team.app.reviewing.look_again(LEAD, decision, "2099-03-31", "volume?")
    assert len(Looks(team.app.file).of(decision)) == 1


def test_whoever_is_forgotten_leaves_no_word_in_reviews_and_what_told_of_them(team):
    decision = team.decide(2)
    team.app.reviewing.review(LEAD, decision, "approved", "Utterly singular words.")
    team.app.reviewing.look_again(LEAD, decision, "2099-01-01", "Peculiar words.")
    forget(team.app.file, LEAD.platform, LEAD.workspace, LEAD.person)
    record = team.app.archive.decision(decision)
    assert [(one.what, one.by_name, one.reason) for one in record.reviews] == [("approved", "", "")]
    dump = "\n".join(team.app.file.connection.iterdump())
    for word in ("Utterly singular", "Peculiar words", "Lea Winter", "ULEAD"):
        assert word not in dump


def viewer_sight():
    from bot.access import viewer

    return viewer(LEAD, ("slack:ULEAD",)).sight


def test_the_name_of_a_lead_who_only_set_a_day_is_forgotten_where_others_mention_it(team):
    setter = replace(LEAD, person="USETTER", name="Sette Tag")
    decision = team.decide(3)
    team.app.reviewing.look_again(setter, decision, "2099-05-01")
    team.app.reviewing.review(LEAD, decision, "commented", "Ask @Sette Tag about it.")
    forget(team.app.file, setter.platform, setter.workspace, setter.person)
    assert "Sette Tag" not in "\n".join(team.app.file.connection.iterdump())
