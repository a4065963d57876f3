"""What a digest tells, to whom, and that it is posted once."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import digest_wording, posts
from bot.chart import levers_by_week
from bot.digest import BRIEF, brief
from bot.news import LeverWeeks
from bot.replies import Digest
from bot.terminal.render import render
from decision.assess import assess
from decision.evidence import Case, Evidence
from storage.channels import Channels
from storage.errors import StorageError
from storage.posted import PostedDigests
from storage.records import ASKED, Feedback, NewDecision, Outcome, Place, Review, Turn
from storage.schema_weekly import FOUND_OPEN
from storage.sight import Sight
from storage.subscriptions import Channel, Rhythm
from tests.bot_fixtures import ROOT
from tests.weekly_fixtures import HERE, MADE, NEWS, Team, team

MONDAY = Rhythm(0, 9, 0, "Europe/Berlin")


@pytest.fixture
def verdict(policy, guidance):
    said = (Evidence("human_fix", "document", "they need the right page"),)
    return assess(policy, Case(said), guidance, decide_now=True).verdict


@pytest.fixture
def here(tmp_path, verdict):
    with team(tmp_path, verdict) as built:
        yield built


def text_of(news) -> str:
    return "\n".join(line.text for line in render(Digest(news, whole=True)))


def queued(built: Team) -> list[tuple[str, str, Digest]]:
    rows = built.file.rows(
        "SELECT t.channel, t.key, o.body FROM outbox AS o JOIN threads AS t ON t.id = o.thread_id "
        'WHERE instr(o.body, \'"kind":"digest"\') ORDER BY o.id'
    )
    return [(row["channel"], row["key"], posts.from_json(row["body"])[0]) for row in rows]


def test_a_week_tells_what_was_decided_by_whom_and_why(here):
    here.decide("1", "Support bot invents refund rules", note="search first")
    here.decide("2", "Invoice parser drops totals")
    news = here.weekly.preview(HERE)
    assert news.decisions == 2
    assert [(one.title, one.by) for one in news.made] == [
        ("Invoice parser drops totals", "Ada"),
        ("Support bot invents refund rules", "Ada"),
    ]
    assert news.made[1].why == "search first"
    assert news.made[0].why == here.verdict.headline
    assert news.levers.counts == ((here.verdict.lever, (0,) * 7 + (2,)),)


def test_overrides_and_outcomes_are_told_with_what_was_said(here):
    decision = here.decide("1", "Churn letters")
    here.later(days=20)
    here.log.review(Review(decision, "overridden", "U9", "Lea", "labels first", "not_ready"))
    here.log.outcome(Outcome(decision, "partly", "U1", "Ada", "fewer calls", "calls", "40", "25"))
    news = here.weekly.preview(HERE)
    assert news.decisions == 0
    (over,), (came,) = news.overruled, news.outcomes
    assert (over.before, over.lever, over.by, over.why) == (
        here.verdict.lever,
        "not_ready",
        "Lea",
        "labels first",
    )
    assert (came.lever, came.result, came.before, came.after) == ("not_ready", "partly", "40", "25")
    said = text_of(news)
    assert "not ready instead of" in said
    assert "calls from 40 to 25; fewer calls" in said


def test_only_the_newest_outcome_is_told_and_too_early_is_none(here):
    decision = here.decide("1", "Churn letters")
    here.log.outcome(Outcome(decision, "worked", "U1", "Ada"))
    here.log.outcome(Outcome(decision, "did_not_work", "U1", "Ada"))
    assert [one.result for one in here.weekly.preview(HERE).outcomes] == ["did_not_work"]
    here.log.outcome(Outcome(decision, "too_early", "U1", "Ada"))
    assert here.weekly.preview(HERE).outcomes == ()


def test_a_verdict_that_nobody_logged_is_told_with_its_age_until_it_is_logged(here):
    thread = here.say("1", "Ticket triage")
    turn = here.advise(thread)
    here.later(days=3)
    news = here.weekly.preview(HERE)
    assert [(one.title, one.days) for one in news.waiting] == [("Ticket triage", 3)]
    assert "1 verdict waits to be logged, for 3 days." in digest_wording.summary(news)
    assert [one.to for one in news.needs] == ["logging"]
    assert news.quiet
    here.later(days=40)
    assert here.weekly.preview(HERE).waiting == ()
    assert turn


def test_an_open_question_and_a_verdict_that_was_not_right_need_somebody(here, policy, guidance):
    question = assess(policy, Case(), guidance).question
    thread = here.log.thread(Place("slack", "T1", "C1", "1"), "U1", "Meeting notes")
    here.log.record_turn(Turn(thread, "U1", MADE, question=question))
    wrong = here.log.thread(Place("slack", "T1", "C1", "2"), "U1", "Tone of voice")
    turn = Turn(wrong, "U1", MADE, verdict=here.verdict)
    here.log.record_turn(turn)
    here.log.feedback(Feedback(turn.key, "not_right", "U2", "we have search"))
    here.later(days=4)
    needs = here.weekly.preview(HERE).needs
    assert [(one.to, one.title) for one in needs] == [
        ("not_right", "Tone of voice"),
        ("answer", "Meeting notes"),
    ]
    assert needs[0].about == "we have search"
    assert needs[1].about == question.text


def test_what_fails_most_is_compared_with_the_weeks_before(here):
    for week in range(4):
        for number in range(2):
            here.decide(f"{week}-{number}", "Earlier")
        here.later(days=7)
    here.decide("now", "Now")
    (failing, *_) = here.weekly.preview(HERE).failing
    assert (failing.diagnosis, failing.count, failing.cases, failing.usual) == ("knowledge", 1, 1, 1.0)


def test_questions_that_the_guidance_could_not_answer_are_counted_together(here):
    for number, text in enumerate(["Which stock to buy?", "which stock to buy", "Who are you voting for?"]):
        thread = here.log.thread(Place("slack", "T1", "C1", f"ask:{number}"), "U1")
        here.log.record_turn(Turn(thread, "U1", MADE, gap=text))
    gaps = here.weekly.preview(HERE).gaps
    assert [(one.asked.lower().rstrip("?"), one.times) for one in gaps] == [
        ("which stock to buy", 2),
        ("who are you voting for", 1),
    ]


def test_a_question_that_one_person_asked_for_themselves_is_in_no_digest_of_the_channel_either(here):
    thread = here.log.thread(Place("slack", "T1", "C1", f"{ASKED}1", private=True), "U1")
    here.log.record_turn(Turn(thread, "U1", MADE, gap="Will they let me go?"))
    assert here.weekly.preview(HERE).gaps == ()


def test_nothing_of_a_private_channel_or_a_direct_message_is_told_elsewhere(here, policy, guidance):
    question = assess(policy, Case(), guidance).question
    for number, channel in enumerate(("CSECRET", "D1")):
        place = Place("slack", "T1", channel, str(number), private=True)
        secret = here.decide(str(number), "Secret zebra", place, note="zebra note")
        here.log.review(Review(secret, "overridden", "U9", "Lea", "zebra reason", "not_ready"))
        here.log.outcome(Outcome(secret, "worked", "U1", "Ada", "zebra outcome"))
        for key in ("waits", "asks", "gap", "wrong"):
            there = Place("slack", "T1", channel, f"{number}{key}", private=True)
            thread = here.log.thread(there, "U1", "Secret zebra")
            turn = Turn(
                thread,
                "U1",
                MADE,
                question=question if key == "asks" else None,
                verdict=here.verdict if key in ("waits", "wrong") else None,
                gap="zebra gap" if key == "gap" else "",
            )
            here.log.record_turn(turn)
            if key == "wrong":
                here.log.feedback(Feedback(turn.key, "not_right", "U2", "zebra wrong"))
    here.later(days=3)
    for channel in (HERE, Channel("slack", "T1", "C2"), None):
        news = here.weekly.preview(channel)
        assert "zebra" not in text_of(news).lower()
        assert news.quiet
        assert (news.all_waiting, news.needs, news.levers.counts, news.failing) == (0, (), (), ())
    own = here.weekly.preview(Channel("slack", "T1", "CSECRET", private=True))
    assert (own.decisions, own.all_overruled, own.all_outcomes, own.all_gaps, own.all_waiting) == (
        1,
        1,
        1,
        1,
        2,
    )


def test_a_thread_opened_by_somebody_who_did_not_know_it_is_private_becomes_so(here):
    secret = Place("slack", "T1", "CPRIV", "1700.1", private=True)
    here.decide("1", "Secret zebra", replace(secret, private=False))
    here.decide("2", "Secret zebra", secret, note="zebra note")
    here.decide("3", "Secret zebra", replace(secret, private=False))
    assert here.weekly.preview(HERE).quiet


def test_of_a_channel_that_was_made_private_nothing_is_told_elsewhere_any_more(here):
    there = Place("slack", "T1", "C2", "1")
    here.decide("1", "Said while it was public", there)
    assert here.weekly.preview(HERE).decisions == 1
    Channels(here.file).note(replace(there, private=True), "board")
    assert here.weekly.preview(HERE).decisions == 0
    assert here.weekly.preview(Channel("slack", "T1", "C2")).decisions == 1


@pytest.mark.parametrize("known_by", ["subscription", "name"])
def test_the_digest_of_a_private_channel_is_hidden_though_it_is_posted_without_knowing(here, known_by):
    channel = Channel("slack", "T1", "C9")
    here.subscriptions.put(replace(channel, private=known_by == "subscription"), MONDAY, "U1")
    place = Place("slack", "T1", "C9", "1", private=True)
    if known_by == "name":
        Channels(here.file).note(place, "board")
    here.decide("1", "Secret", place)
    assert here.weekly.post_now(channel)
    assert PostedDigests(here.file).newest(Sight("slack", "T1", "U7", wide=True)) == []


def test_another_workspace_and_another_platform_are_not_told_of(here):
    here.decide("1", "Elsewhere", Place("slack", "T2", "C1", "1"))
    here.decide("2", "Elsewhere", Place("discord", "T1", "C1", "1"))
    assert here.weekly.preview(HERE).quiet
    assert here.weekly.preview().decisions == 2


def test_a_channel_may_be_told_of_itself_only(here):
    here.decide("1", "Here")
    here.decide("2", "There", Place("slack", "T1", "C2", "1"))
    assert here.weekly.preview(HERE).decisions == 2
    here.subscriptions.put(HERE, MONDAY, "U1", only_here=True)
    assert [one.title for one in here.weekly.preview(HERE).made] == ["Here"]


def test_a_due_digest_is_queued_once_with_the_details_in_its_thread(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    here.decide("1", "Support bot")
    assert here.weekly.post_due(["slack"]) == 0
    here.later(days=5)
    assert here.weekly.post_due(["discord"]) == 0
    assert [here.weekly.post_due(["slack"]) for _ in range(3)] == [1, 0, 0]
    (first, whole) = queued(here)
    assert (first[0], first[1], first[2].whole, whole[1], whole[2].whole) == (
        "C1",
        "new:digest:2026-W48",
        False,
        first[1],
        True,
    )
    assert (first[2].news.since, first[2].news.until) == ("2026-11-16", "2026-11-23")


def test_a_channel_whose_digest_fails_holds_up_no_other_and_no_question(here, monkeypatch):
    here.decide("1", "Support bot")
    here.later(days=30)
    here.subscriptions.put(Channel("slack", "T1", "C0"), MONDAY, "U1")
    here.subscriptions.put(HERE, MONDAY, "U1")
    here.later(days=7)
    claim = here.digests.claim

    def claims(channel, *rest):
        if channel.id == "C0":
            raise StorageError("broken")
        return claim(channel, *rest)

    monkeypatch.setattr(here.digests, "claim", claims)
    assert here.weekly.tick(["slack"]) == 2
    assert [channel for channel, _, _ in queued(here)] == ["C1"]


def test_an_empty_week_is_a_line_or_silence(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    silent = Channel("slack", "T1", "C2")
    here.subscriptions.put(silent, MONDAY, "U1", says_empty=False)
    here.later(days=6)
    assert here.weekly.post_due(["slack"]) == 1
    ((channel, _, reply),) = queued(here)
    assert channel == "C1"
    assert [line.text for line in render(reply)] == [
        "Decisions, 16 to 23 November",
        "A quiet week: nothing was decided.",
    ]
    last = here.digests.last(silent)
    assert last is not None
    assert last.state == "silent"
    here.decide("1", "Next week")
    here.later(days=7)
    assert here.weekly.post_due(["slack"]) == 2


def test_after_a_long_stop_one_digest_tells_of_the_whole_time(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    here.later(days=6)
    here.weekly.post_due(["slack"])
    here.decide("1", "While it ran")
    here.later(days=21)
    assert here.weekly.post_due(["slack"]) == 1
    news = queued(here)[1][2].news
    assert (news.since, news.until, news.decisions) == ("2026-11-23", "2026-12-14", 1)


def test_a_preview_tells_of_a_pause_as_little_as_the_digest_does(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    here.later(days=5)
    assert here.weekly.post_due(["slack"]) == 1
    here.subscriptions.move(HERE, "paused")
    here.later(days=2)
    here.decide("1", "Decided in the pause")
    here.later(days=19)
    here.subscriptions.move(HERE, "active")
    assert here.weekly.preview(HERE).decisions == 0
    here.later(days=7)
    assert here.weekly.post_due(["slack"]) == 1
    assert queued(here)[-1][2].news.decisions == 0


def test_a_digest_of_several_weeks_counts_one_and_the_same_time_everywhere(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    here.later(days=6)
    here.weekly.post_due(["slack"])
    for number in range(7):
        here.decide(f"a{number}", "Old", lever="rag")
    here.later(days=14)
    here.decide("b", "New", lever="prompt")
    here.later(days=7)
    here.weekly.post_due(["slack"])
    news = queued(here)[1][2].news
    assert digest_wording.summary(news).startswith("8 decisions (7 retrieval, 1 prompting).")
    (failing,) = news.failing
    assert (failing.count, failing.cases, failing.usual) == (8, 8, None)


def test_a_digest_that_was_posted_by_hand_is_not_posted_again_that_week(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    assert here.weekly.post_now(HERE)
    assert not here.weekly.post_now(HERE)
    assert here.weekly.post_now(HERE, "2026-W46")
    assert not here.weekly.post_now(HERE, "2026-W46")
    with pytest.raises(ValueError, match="not begun"):
        here.weekly.post_now(HERE, "2026-W49")


def test_a_lease_that_ran_out_or_was_given_by_a_wrong_clock_is_taken_over_and_the_late_one_does_nothing(here):
    until = here.now
    slow = here.digests.claim(HERE, "2026-W47", "a", 120)
    assert slow is not None
    assert here.digests.claim(HERE, "2026-W47", "b", 120) is None
    here.later(seconds=121)
    quick = here.digests.claim(HERE, "2026-W47", "b", 120)
    assert quick is not None
    assert not here.digests.queue(slow, ('[{"kind":"greet"}]',), until)
    here.later(days=-30)
    third = here.digests.claim(HERE, "2026-W47", "c", 120)
    assert third is not None
    assert here.digests.queue(third, ('[{"kind":"greet"}]',), until)
    assert not here.digests.queue(quick, ('[{"kind":"greet"}]',), until)
    assert here.digests.claim(HERE, "2026-W47", "d", 120) is None


def test_a_digest_that_cannot_be_delivered_is_told_in_the_list(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    here.later(days=6)
    here.weekly.post_due(["slack"])
    sending = here.log.outbox.claim("w", 60)
    assert sending is not None
    assert sending.turn == ""
    here.log.outbox.dead(sending, "not_in_channel")
    last = here.digests.last(HERE)
    assert last is not None
    assert (last.week, last.state, last.error) == ("2026-W48", "not_shown", "not_in_channel")


def test_when_the_digest_cannot_be_shown_its_details_are_not_shown_alone(here):
    here.subscriptions.put(HERE, MONDAY, "U1")
    here.decide("1", "Support bot")
    here.later(days=6)
    here.weekly.post_due(["slack"])
    sending = here.log.outbox.claim("w", 60)
    here.log.outbox.dead(sending, "channel_not_found")
    assert here.log.outbox.claim("w", 60) is None


STEPS = ("asks", "advises", "leans", "decides", "resets", "talks")


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2)), max_size=14))
def test_what_waits_is_kept_by_the_database_as_it_would_be_found_in_the_log(steps, policy, guidance):
    asked = assess(policy, Case(), guidance)
    final = assess(policy, Case(), guidance, decide_now=True).verdict
    with TemporaryDirectory() as folder, team(Path(folder), final) as built:
        for number, (step, where) in enumerate(steps):
            thread = built.log.thread(Place("slack", "T1", "C1", str(where)), "U1")
            built.log.record_turn(
                Turn(
                    thread,
                    "U1",
                    MADE,
                    reset=step == "resets",
                    question=asked.question if step == "asks" else None,
                    verdict={"advises": final, "leans": replace(final, final=False)}.get(step),
                    decision=NewDecision(f"d-{number}", "rag", "U1", own=True) if step == "decides" else None,
                )
            )
            built.later(minutes=1)
        kept = "SELECT thread_id, waits_for, turn_id, since_at FROM open_threads"
        assert sorted(map(tuple, built.file.rows(kept))) == sorted(map(tuple, built.file.rows(FOUND_OPEN)))


RACE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bot.bootstrap import weekly_of
from storage.database import DatabaseFile
moment = datetime(2026, 11, 24, 9, tzinfo=UTC)
with DatabaseFile(Path(sys.argv[1]), lambda: moment, 30.0) as file:
    weekly = weekly_of(file)
    weekly._now = lambda: moment
    weekly._worker = sys.argv[2]
    print("ready", flush=True)
    sys.stdin.readline()
    print(sum(weekly.tick(["slack"]) for _ in range(5)))
"""


def test_of_several_processes_that_look_at_once_one_posts_each_digest(here):
    channels = [Channel("slack", "T1", f"C{number}") for number in range(6)]
    for channel in channels:
        here.subscriptions.put(channel, MONDAY, "U1")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(here.file.path), f"p{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(3)
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    posted = [int(one.communicate(timeout=60)[0]) for one in running]
    assert sum(posted) == len(channels)
    assert sorted(channel for channel, _, _ in queued(here)) == [channel.id for channel in channels]


def test_the_brief_digest_fits_on_a_phone_and_the_counts_stay(here):
    short = brief(NEWS)
    assert len(short.made) == BRIEF
    lines = [line for line in render(Digest(short)) if line.text]
    assert len(lines) <= 26
    assert "and 2 more" in [line.text for line in lines]
    assert digest_wording.summary(short) == digest_wording.summary(NEWS)


def test_dates_are_written_as_people_write_them():
    across = replace(NEWS, since="2026-12-28", until="2027-01-04")
    assert digest_wording.title(across) == "Decisions, 28 December 2026 to 4 January"
    assert digest_wording.title(replace(NEWS, since="2026-11-30", until="2026-12-07")) == (
        "Decisions, 30 November to 7 December"
    )
    assert digest_wording.title(replace(NEWS, since="2026-11-30", until="2026-11-30")) == (
        "Decisions, 30 November"
    )


def test_the_chart_is_a_picture_and_its_alt_text_says_the_same():
    picture = levers_by_week(NEWS.levers)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) == 1280
    assert digest_wording.alt_text(NEWS.levers) == (
        "Decisions by lever, a number a week from 2 Nov to 16 Nov: "
        "prompting 2, 1, 1; retrieval 3, 4, 2; workflow 0, 1, 2."
    )
    assert levers_by_week(LeverWeeks(("2026-11-16",), ())).startswith(b"\x89PNG")


def test_neither_matplotlib_nor_apscheduler_is_loaded_before_it_is_needed():
    code = (
        "import sys; import bot.bootstrap, bot.serve, bot.cli; "
        "sys.exit(str([name for name in ('matplotlib', 'apscheduler') if name in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == ""
