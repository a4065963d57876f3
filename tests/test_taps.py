"""A tap does what it says in its own thread, once, and says kindly when it comes too late."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import taps
from bot.bootstrap import Application
from bot.posts import Parts, from_json
from bot.replies import Ask, GiveVerdict, Logged, Reply, Shared, SharedVerdict, Stale
from bot.taps import ACTS, Tap, decode, encode, incoming
from storage.records import Incoming, Place, random_letters
from tests.bot_fixtures import OUTDATED, app

HERE = Place("board", "w", "c", "1")


class Talk:
    """People in one thread of a real application."""

    def __init__(self, built: Application, place: Place = HERE) -> None:
        self.built = built
        self.place = place

    def say(self, text: str, who: str = "U1", name: str = "Ada") -> Parts:
        return self._sent(Incoming(self.place, random_letters(12), who, text, author_name=name))

    def tap(self, tap: Tap, who: str = "U1", name: str = "Ada") -> Parts:
        return self._sent(incoming(tap, self.place, who, name))

    def choose(self, index: int = 0, who: str = "U1", name: str = "Ada") -> Parts:
        put = self.built.turns.queries.open_question(self.thread)
        return self.tap(Tap("answer", put.turn, (put.question.options[index].value,)), who, name)

    @property
    def thread(self) -> str:
        found = self.built.turns.queries.at(self.place)
        assert found is not None
        return found

    @property
    def question(self) -> str:
        return self.built.turns.queries.open_question(self.thread).turn

    @property
    def verdict(self) -> str:
        return self.built.turns.queries.last_verdict(self.thread).turn

    def _sent(self, one: Incoming) -> Parts:
        said: list[Reply] = []
        if self.built.turns.receive(one):
            assert self.built.turns.handle_next("board")
        while (going := self.built.outbound.claim("board")) is not None:
            if going.sending.place == self.place:
                said += going.parts
            self.built.outbound.delivered(going.sending, random_letters(8))
        return tuple(said)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with app(tmp_path) as built:
        yield Talk(built)


@given(
    act=st.sampled_from(ACTS),
    turn=st.text("23456789bcdfghjkmnpqrstvwxz", min_size=1, max_size=24),
    index=st.none() | st.integers(0, 999),
)
def test_what_a_choice_carries_is_short_and_read_back(act, turn, index):
    text = encode(act, turn, index)
    assert len(text) <= 60
    assert decode(text) == taps.Carried(act, turn, index)


@given(st.text())
def test_no_other_text_is_taken_for_a_choice_or_breaks_the_reading(text):
    found = decode(text)
    assert found is None or encode(found.act, found.turn, found.index) == text or text.count(":") == 2


@given(
    body=st.dictionaries(st.sampled_from(["act", "turn", "values"]), st.none() | st.integers() | st.text())
)
def test_a_row_that_holds_no_tap_is_refused(body):
    try:
        taps.read(body)
    except ValueError:
        return
    assert body.get("act", "answer") in ACTS


def test_an_answer_leads_on_and_the_same_tap_again_does_nothing(talk):
    talk.say(OUTDATED)
    question = talk.question
    value = talk.built.turns.queries.question(question).question.options[0].value
    assert talk.tap(Tap("answer", question, (value,)))
    assert talk.tap(Tap("answer", question, (value,))) == ()


def test_a_second_person_who_comes_too_late_hears_who_chose_what(talk):
    talk.say(OUTDATED)
    question = talk.question
    options = talk.built.turns.queries.question(question).question.options
    talk.tap(Tap("answer", question, (options[0].value,)))
    (stale,) = talk.tap(Tap("answer", question, (options[1].value,)), "U2", "Bob")
    assert stale == Stale("Ada", (options[0].label,))


def test_somebody_who_contradicts_another_is_told_who_said_it(talk):
    talk.say("Our support bot gives outdated answers. The facts change weekly.")
    parts = talk.say("No, the facts change daily.", "U2", "Bob")
    (changed,) = next(part.heard.changed for part in parts if isinstance(part, Ask | GiveVerdict))
    assert changed.by == "Ada"


def test_somebody_who_corrects_themselves_is_not_told_their_own_name(talk):
    talk.say("Our support bot gives outdated answers. The facts change weekly.")
    parts = talk.say("No, the facts change daily.")
    (changed,) = next(part.heard.changed for part in parts if isinstance(part, Ask | GiveVerdict))
    assert changed.by == ""


def test_a_tap_of_another_thread_does_nothing_here(talk):
    talk.say(OUTDATED)
    other = Talk(talk.built, Place("board", "w", "c", "2"))
    other.say(OUTDATED)
    assert other.tap(Tap("answer", talk.question, ("document",))) == (Stale(),)
    assert other.tap(Tap("answer", "nothing", ("document",))) == (Stale(),)


def test_an_option_that_the_question_does_not_have_is_not_taken_in(talk):
    talk.say(OUTDATED)
    before = talk.built.turns.queries.case(talk.thread).evidence
    talk.tap(Tap("answer", talk.question, ("fine_tune_now",)))
    assert talk.built.turns.queries.case(talk.thread).evidence == before


def test_why_and_flips_put_the_question_again_in_one_post(talk):
    talk.say(OUTDATED)
    assert [part.kind for part in talk.tap(Tap("why", talk.question))] == ["explain_question", "ask"]
    assert [part.kind for part in talk.tap(Tap("flips", talk.question))] == ["show_flips", "ask"]


def test_a_verdict_is_logged_by_the_one_who_taps_with_their_reason(talk):
    talk.say(OUTDATED)
    talk.tap(Tap("decide_now", talk.question))
    (logged,) = talk.tap(Tap("log", talk.verdict, lever="workflow", note="we lack a tool"), "U2", "Bob")
    assert isinstance(logged, Logged)
    assert (logged.lever, logged.by, logged.instead_of) == ("workflow", "Bob", "rag")
    (decided,) = talk.built.archive.decisions()
    assert (decided.by, decided.note, decided.own) == ("U2", "we lack a tool", True)
    assert talk.tap(Tap("log", talk.verdict), "U3", "Cy")[0].kind == "already_logged"


def test_an_old_verdict_cannot_be_logged_when_a_newer_one_stands(talk):
    talk.say(OUTDATED)
    talk.tap(Tap("decide_now", talk.question))
    old = talk.verdict
    talk.say("Actually the right page is always retrieved, it ignores it, and the facts never change.")
    talk.say("decide now")
    assert talk.verdict != old
    assert talk.tap(Tap("log", old)) == (Stale(),)


def test_what_is_not_right_is_kept_with_its_reason(talk):
    talk.say(OUTDATED)
    talk.tap(Tap("decide_now", talk.question))
    parts = talk.tap(Tap("not_right", talk.verdict, note="we have search already"), "U2", "Bob")
    assert [part.kind for part in parts] == ["kept_feedback", "show_heard"]
    (row,) = talk.built.file.rows("SELECT value, note, by FROM feedback")
    assert tuple(row) == ("not_right", "we have search already", "U2")


def test_a_shared_verdict_is_queued_for_the_other_channel_without_anything_to_tap(talk):
    talk.say(OUTDATED)
    talk.tap(Tap("decide_now", talk.question))
    built = talk.built
    built.turns.receive(incoming(Tap("share", talk.verdict, ("general",)), HERE, "U1", "Ada"))
    built.turns.handle_next("board")
    bodies = [from_json(row["body"]) for row in built.file.rows("SELECT body FROM outbox ORDER BY id DESC")]
    assert isinstance(bodies[1][0], Shared)
    assert isinstance(bodies[0][0], SharedVerdict)
    assert (bodies[0][0].by, bodies[0][0].title[:11]) == ("Ada", "Our support")


def test_a_persons_open_threads_and_decisions_are_listed(talk):
    talk.say(OUTDATED)
    mine = talk.built.people.standing("board", "w", "U1")
    assert [(one.title[:11], bool(one.asking)) for one in mine.threads] == [("Our support", True)]
    talk.tap(Tap("decide_now", talk.question))
    talk.tap(Tap("log", talk.verdict))
    mine = talk.built.people.standing("board", "w", "U1")
    assert (mine.threads, len(mine.decisions), mine.waiting) == ((), 1, ())
    lead = talk.built.people.standing("board", "w", "U9", lead=True)
    assert len(lead.waiting) == 1
    assert talk.built.people.standing("board", "other", "U1").decisions == ()


def test_a_guidance_question_outside_a_triage_is_answered_and_a_gap_is_kept(talk):
    turns = talk.built.turns
    assert turns.ask(HERE, "U1", "Ada", "Can fine-tuning replace RAG?").quotes
    assert not turns.ask(HERE, "U1", "Ada", "Which stock should I buy next week?").quotes
    assert [gap.text for gap in turns.queries.gaps()] == ["Which stock should I buy next week?"]


def test_voices_are_counted_by_person_and_only_in_threads_of_ours(talk):
    assert talk.built.turns.voice(HERE, "U1") == 0
    talk.say(OUTDATED)
    assert [talk.built.turns.voice(HERE, who) for who in ("U1", "U2", "U1", "U2")] == [1, 2, 2, 2]


def test_a_tap_whose_turn_failed_can_be_tried_again_and_then_counts_once(talk, monkeypatch):
    talk.say(OUTDATED)
    talk.say("decide now")
    tap = Tap("log", talk.built.turns.queries.last_verdict(talk.thread).turn)
    for _ in range(2):
        with monkeypatch.context() as broken:
            broken.setattr(talk.built.turns, "_respond", None)
            assert [part.kind for part in talk.tap(tap)] == ["failed"]
    assert isinstance(talk.tap(tap)[0], Logged)
    assert talk.tap(tap) == ()
    assert talk.built.turns.queries.counts().decisions == 1


def test_only_messages_that_were_taken_in_are_known_by_their_id(talk):
    talk.built.turns.receive(Incoming(HERE, "m1", "U1", OUTDATED))
    assert talk.built.turns.received(HERE, "m1")
    assert not talk.built.turns.received(HERE, "m2")
    assert not talk.built.turns.received(Place("board", "other", "c", "1"), "m1")
