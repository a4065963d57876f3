"""How decisions turned out: asked once, reminded once, kept, shown, searched, and used."""

from pathlib import Path

import pytest

from bot import posts, replies
from bot.calibration import ENOUGH, calibrate, in_words
from bot.chart import reliability
from bot.taps import Tap, incoming
from bot.terminal.render import render
from decision.assess import assess
from decision.evidence import Case, Evidence
from storage.calibration import Promise, promises
from storage.errors import AlreadyAskedError
from storage.export import details
from storage.madr import as_madr
from storage.records import AskedOutcome, Incoming, Outcome, Place, Review, Turn, random_letters
from storage.retold import NOBODY
from tests.bot_fixtures import OUTDATED, app
from tests.weekly_fixtures import MADE, Team, team

PLACE = Place("slack", "T1", "C1", "1.1")


@pytest.fixture
def verdict(policy, guidance):
    said = (Evidence("human_fix", "document", "they need the right page"),)
    return assess(policy, Case(said), guidance, decide_now=True).verdict


@pytest.fixture
def here(tmp_path, verdict):
    with team(tmp_path, verdict) as built:
        yield built


def asked(built: Team) -> list[replies.AskOutcome]:
    rows = built.file.rows('SELECT body FROM outbox WHERE instr(body, \'"kind":"ask_outcome"\') ORDER BY id')
    return [posts.from_json(row["body"])[0] for row in rows]


def days_until_asked(built: Team, most: int = 120) -> list[int]:
    """On which days the thread was asked, looking every day."""
    found = []
    for day in range(1, most + 1):
        built.later(days=1)
        found += [day] * built.weekly.ask_due(["slack"])
    return found


def test_a_thread_is_asked_after_thirty_days_reminded_once_and_then_left_alone(here):
    here.decide("1", "Support bot")
    assert days_until_asked(here) == [30, 37]
    first, second = asked(here)
    assert (first.number, first.days, first.by, first.title) == (1, 30, "Ada", "Support bot")
    assert second.number == 2


@pytest.mark.parametrize(("wait", "days"), [(14, [14, 21]), (0, []), (90, [90, 97])])
def test_the_time_may_be_chosen_when_the_decision_is_logged(here, wait, days):
    here.decide("1", "Support bot", ask_after=wait)
    assert days_until_asked(here) == days


def test_of_a_thread_that_decided_again_only_the_last_decision_is_asked_about(here):
    here.decide("1", "Support bot")
    here.later(days=3)
    here.decide("1", "Support bot", lever="workflow")
    assert days_until_asked(here) == [30, 37]
    assert {one.lever for one in asked(here)} == {"workflow"}


def test_a_decision_that_was_replaced_after_the_question_is_not_asked_about_again(here):
    here.decide("1", "Support bot")
    here.later(days=30)
    assert here.weekly.ask_due(["slack"]) == 1
    here.decide("1", "Support bot", lever="not_ready")
    assert days_until_asked(here) == []


def test_where_nothing_was_to_be_tried_nobody_is_asked_how_it_went(here):
    here.decide("1", "Support bot", lever="not_ready")
    here.log.review(
        Review(here.decide("2", "FAQ bot"), "overridden", "U9", "Lea", "first labels", "not_ready")
    )
    assert days_until_asked(here) == []


def test_whoever_answered_is_not_asked_again(here):
    decision = here.decide("1", "Support bot")
    here.later(days=30)
    assert here.weekly.ask_due(["slack"]) == 1
    here.log.outcome(Outcome(decision, "partly", "U1", "Ada"))
    assert days_until_asked(here) == []


def test_who_told_before_they_were_asked_is_not_asked(here):
    here.log.outcome(Outcome(here.decide("1", "Support bot"), "worked", "U1", "Ada"))
    assert days_until_asked(here) == []


def test_too_early_is_asked_once_more_later(here):
    decision = here.decide("1", "Support bot")
    here.later(days=30)
    here.weekly.ask_due(["slack"])
    here.log.outcome(Outcome(decision, "too_early", "U1", "Ada"))
    assert days_until_asked(here) == [30]


def test_after_a_long_stop_nobody_is_flooded(here):
    for number in range(20):
        here.decide(str(number), "Support bot")
    here.later(days=60)
    assert here.weekly.ask_due(["slack"]) == 0


def test_only_a_few_are_asked_at_once_and_only_where_there_is_somebody_to_ask(here):
    for number in range(8):
        here.decide(str(number), "Support bot")
    here.decide("d", "Elsewhere", Place("discord", "T1", "C1", "d"))
    here.later(days=31)
    assert [here.weekly.ask_due(["slack"]) for _ in range(3)] == [5, 3, 0]


def test_two_processes_ask_once(here):
    decision = here.decide("1", "Support bot")
    here.later(days=30)
    (due,) = here.outcomes.due(["slack"])
    assert here.weekly.ask_due(["slack"]) == 1
    with pytest.raises(AlreadyAskedError):
        here.log.record_turn(Turn(due.thread_id, "", MADE, asks=AskedOutcome(decision, 1)))
    assert len(asked(here)) == 1


def test_an_outcome_is_shown_with_its_decision_and_found_as_a_precedent(here):
    decision = here.decide("1", "Support bot", note="search")
    assert here.archive.precedents("walrus", Place("slack", "T1", "C1", "2")) == []
    here.log.outcome(
        Outcome(decision, "worked", "U1", "Ada", "the walrus index", "solved tickets", "61 %", "83 %")
    )
    (found,) = here.archive.precedents("walrus", Place("slack", "T1", "C1", "2"))
    assert (found.id, found.outcome) == (decision, "worked")
    assert here.archive.precedents("search", Place("slack", "T1", "C1", "2"))
    record = here.archive.decision(decision)
    assert record is not None
    assert details(record)["outcomes"][0]["before"] == "61 %"
    assert "worked: solved tickets 61 % → 83 %: the walrus index" in as_madr(record)


def heard(built, text: str, who: str = "U1", place: Place = PLACE, **body: str) -> posts.Parts:
    built.turns.receive(Incoming(place, random_letters(12), who, text, author_name=who, body=body))
    return turned(built)


def test_a_digest_that_is_due_already_comes_now_and_on_no_day_that_is_past(tmp_path):
    with app(tmp_path) as built:
        (first,) = heard(built, "digest here monday 09:00")
        assert " The next one comes on Monday" in render(first)[0].text
        with built.file.transaction() as tables:
            tables.execute("UPDATE subscriptions SET active_since_at = '2020-01-01T00:00:00.000000Z'")
        (second,) = heard(built, "digest")
        assert " The next one comes now." in render(second)[0].text


def test_where_other_organisations_read_a_digest_tells_of_its_channel_only(tmp_path):
    with app(tmp_path) as built:
        elsewhere = Place("slack", "T1", "C2", "2.2")
        for said in (OUTDATED, "decide now", "log this decision: search first"):
            heard(built, said, place=elsewhere)
        (shown,) = heard(built, "digest preview")
        assert shown.news.decisions == 1
        (shown,) = heard(built, "digest preview", shared="yes")
        assert shown.news.decisions == 0
        (standing,) = heard(built, "digest here monday 09:00", shared="yes")
        assert standing.only_here


@pytest.mark.parametrize("said", ["digest here monday 09:00", "digest pause", "digest off"])
def test_a_terminal_says_that_no_digest_can_be_posted_there(tmp_path, said):
    with app(tmp_path) as built:
        place = Place("terminal", "", "me", "1", private=True)
        built.turns.receive(Incoming(place, "1", "me", said))
        assert built.turns.handle_next("terminal")
        going = built.outbound.claim("terminal")
        assert going is not None
        assert render(going.parts[0])[0].text.startswith("A terminal gets no weekly digest")


def turned(built) -> posts.Parts:
    said: list[replies.Reply] = []
    while built.turns.handle_next("slack"):
        pass
    while (going := built.outbound.claim("slack")) is not None:
        said += going.parts
        built.outbound.delivered(going.sending, random_letters(8))
    return tuple(said)


@pytest.fixture
def talk(tmp_path: Path):
    with app(tmp_path) as built:
        heard(built, OUTDATED)
        heard(built, "decide now")
        heard(built, "log this decision by Ada, ask in 2 weeks: search first")
        yield built


def test_the_wait_that_was_said_when_logging_is_kept_and_the_note_stays(talk):
    (decided,) = talk.archive.decisions()
    assert (decided.note, decided.by_name) == ("search first", "Ada")
    (row,) = talk.file.rows("SELECT decision_id, days FROM outcome_waits")
    assert tuple(row) == (decided.id, 14)


def test_an_outcome_is_told_in_words_with_what_was_measured(talk):
    (kept,) = heard(talk, "outcome worked: solved tickets from 61 % to 83 %; nobody complains", "U2")
    assert isinstance(kept, replies.KeptOutcome)
    assert (kept.result, kept.measure, kept.before, kept.after, kept.note) == (
        "worked",
        "solved tickets",
        "61 %",
        "83 %",
        "nobody complains",
    )
    (decided,) = talk.archive.decisions()
    assert decided.outcome == "worked"


def test_an_outcome_is_told_with_one_tap_and_the_same_tap_again_does_nothing(talk):
    (ask,) = heard(talk, "outcome")
    assert isinstance(ask, replies.AskOutcome)
    (row,) = talk.file.rows("SELECT t.key FROM outcome_asks AS a JOIN turns AS t ON t.id = a.turn_id")
    tap = Tap("outcome", row["key"], ("partly",), note="calls 40 -> 25")
    assert talk.turns.receive(incoming(tap, PLACE, "U2", "Bob", "It helped in part"))
    assert not talk.turns.receive(incoming(tap, PLACE, "U2", "Bob", "It helped in part"))
    (kept,) = turned(talk)
    assert (kept.kind, kept.result, kept.before, kept.by) == ("kept_outcome", "partly", "40", "Bob")
    assert len(talk.file.rows("SELECT 1 FROM outcomes")) == 1


def test_an_answered_question_says_so_where_it_was_asked_and_offers_nothing_more(talk):
    heard(talk, "outcome")
    (row,) = talk.file.rows("SELECT t.key FROM outcome_asks AS a JOIN turns AS t ON t.id = a.turn_id")
    talk.turns.receive(incoming(Tap("outcome", row["key"], ("worked",)), PLACE, "U2", "Bob"))
    while talk.turns.handle_next("slack"):
        pass
    going = talk.outbound.claim("slack")
    (edit,) = talk.outbound.edits(going.sending, "m1")
    assert edit.parts[0].answered == "Bob: it helped."
    assert render(edit.parts[0])[0].text.endswith("Did it help? Bob: it helped.")


@pytest.mark.parametrize("values", [(), ("fine_tune",), ("worked; DROP TABLE",)])
def test_a_tap_with_another_answer_is_not_kept(talk, values):
    heard(talk, "outcome")
    (row,) = talk.file.rows("SELECT t.key FROM outcome_asks AS a JOIN turns AS t ON t.id = a.turn_id")
    talk.turns.receive(incoming(Tap("outcome", row["key"], values), PLACE, "U2"))
    assert turned(talk) == (replies.Stale(),)


def test_a_tap_carried_to_another_thread_does_nothing(talk):
    heard(talk, "outcome")
    (row,) = talk.file.rows("SELECT t.key FROM outcome_asks AS a JOIN turns AS t ON t.id = a.turn_id")
    other = Place("slack", "T1", "C2", "9")
    talk.turns.receive(incoming(Tap("outcome", row["key"], ("worked",)), other, "U2"))
    assert turned(talk) == (replies.Stale(),)
    assert not talk.file.rows("SELECT 1 FROM outcomes")


def test_a_decision_that_one_may_not_see_is_not_spoken_of(tmp_path):
    with app(tmp_path) as built:
        secret = Place("slack", "T1", "D1", "1", private=True)
        heard(built, OUTDATED, place=secret)
        heard(built, "decide now", place=secret)
        heard(built, "log this", place=secret)
        (decided,) = built.archive.decisions()
        assert heard(built, f"outcome {decided.id} worked") == (replies.UnknownDecision(decided.id),)
        assert heard(built, "outcome d-zzzz worked") == (replies.UnknownDecision("d-zzzz"),)
        assert heard(built, "outcome worked") == (replies.UnknownDecision(""),)
        (kept,) = heard(built, f"outcome {decided.id} worked", place=secret)
        assert kept.kind == "kept_outcome"


def test_what_is_said_in_private_about_a_public_decision_is_not_kept_to_be_told(talk):
    (decided,) = talk.archive.decisions()
    private = Place("slack", "T1", "D1", "1", private=True)
    assert heard(talk, f"outcome {decided.id} worked: zebra", place=private)[0].kind == "unknown_decision"
    public = Place("slack", "T1", "C2", "1")
    assert heard(talk, f"outcome {decided.id} worked", place=public)[0].kind == "kept_outcome"


def test_a_channel_subscribes_in_words_on_the_clock_of_the_person(talk):
    (said,) = heard(talk, "digest here monday 09:00", zone="Europe/Berlin")
    assert isinstance(said, replies.Subscribed)
    assert (said.state, said.zone) == ("active", "Europe/Berlin")
    (again,) = heard(talk, "digest here friday 16:30", zone="Asia/Tokyo")
    assert again.zone == "Europe/Berlin"
    states = [heard(talk, f"digest {word}")[0].state for word in ("pause", "resume", "off", "resume", "")]
    assert states == ["paused", "active", "ended", "ended", "ended"]
    assert heard(talk, "digest here monday 25:00") == (replies.UnknownTime("monday 25:00"),)
    (preview,) = heard(talk, "digest preview")
    assert isinstance(preview, replies.Digest)
    assert preview.preview
    assert preview.news.decisions == 1


def test_a_clock_that_no_calendar_knows_leaves_the_digest_on_utc(talk):
    (said,) = heard(talk, "digest here monday 09:00", zone="Mars/Olympus_Mons")
    assert (said.kind, said.state, said.zone) == ("subscribed", "active", "UTC")


def test_confidence_is_compared_with_what_happened(here):
    for number in range(3):
        here.log.outcome(Outcome(here.decide(str(number), "T"), "worked", "U1"))
    own = here.decide("own", "T", lever="prompt")
    overridden = here.decide("over", "T")
    early = here.decide("early", "T")
    here.log.review(Review(overridden, "overridden", "U9", "Lea", "no", "not_ready"))
    for decision in (own, overridden):
        here.log.outcome(Outcome(decision, "did_not_work", "U1"))
    here.log.outcome(Outcome(early, "too_early", "U1"))
    found = promises(here.file)
    assert [one.result for one in found] == ["worked"] * 3
    assert found[0].confidence == here.verdict.confidence


def test_under_thirty_outcomes_it_is_too_early(here):
    few = calibrate([Promise("d", 0.9, "worked")] * (ENOUGH - 1))
    assert (few.too_early, few.brier, few.bins) == (True, None, ())
    assert in_words(few) == ["Too early to say: it takes 30 outcomes, and there are 29."]
    assert in_words(calibrate([])) == ["Too early to say: it takes 30 outcomes, and there is none."]


def test_the_score_and_the_bins_are_what_they_say():
    said = [Promise("d", 0.9, "worked")] * 18 + [Promise("d", 0.9, "did_not_work")] * 2
    said += [Promise("d", 0.3, "partly")] * 10
    found = calibrate(said)
    assert found.brier == pytest.approx((18 * 0.01 + 2 * 0.81 + 10 * 0.04) / 30)
    assert [(one.count, round(one.said, 2), round(one.happened, 2)) for one in found.bins] == [
        (10, 0.3, 0.5),
        (20, 0.9, 0.9),
    ]
    assert reliability(found).startswith(b"\x89PNG")
    assert in_words(found)[0].encode() in reliability(found)


def test_what_a_person_told_is_taken_out_of_digests_precedents_and_outcomes(tmp_path):
    other = Place("slack", "T1", "C2", "2.2")
    with app(tmp_path) as built:
        heard(built, "Our zebra support bot gives outdated answers about the quokka refunds.", "UADA")
        heard(built, "decide now", "UADA")
        heard(built, "log this decision by Lovelace: the narwhal board agreed", "UADA")
        (decided,) = built.archive.decisions()
        heard(built, f"outcome {decided.id} worked: okapi score from 361 to 983; says the tapir", "UADA")
        heard(built, "digest here monday 9:00", "UADA", other)
        heard(built, "The zebra support bot gives outdated answers about refunds, quokka too.", "UBOB", other)
        heard(built, "decide now", "UBOB", other)
        heard(built, f"outcome {decided.id} partly: the gnu disagrees", "UBOB", other)
        heard(built, "digest preview", "UBOB", other)
        assert built.archive.precedents("okapi", other)
        assert built.archive.precedents("gnu", other)
        built.people.forget("slack", "T1", "UADA")
        bodies = " ".join(row["body"] for row in built.file.rows("SELECT body FROM outbox"))
        for word in ("narwhal", "Lovelace", "okapi", "tapir", "quokka refunds", "UADA", '"361"', '"983"'):
            assert word not in bodies, word
        assert NOBODY in bodies
        assert "the gnu disagrees" in bodies
        assert built.archive.precedents("okapi tapir narwhal", other) == []
        assert built.archive.precedents("gnu", other)
        rows = [tuple(row) for row in built.file.rows("SELECT by, note, measure FROM outcomes ORDER BY id")]
        assert rows == [(NOBODY, "", ""), ("UBOB", "the gnu disagrees", "")]
        path = built.file.path
    raw = path.read_bytes()
    for word in (b"narwhal", b"okapi", b"tapir", b"Lovelace", b"UADA"):
        assert word not in raw
