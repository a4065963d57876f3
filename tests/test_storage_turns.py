"""A turn is kept whole, and where a thread stands is read back from the log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.citation import Citation, Passage, Reason
from decision.evidence import Case, Evidence
from decision.verdict import Caution, Flip, Option, Question, Step, Verdict
from storage.bodies import question_from, to_json, verdict_from
from storage.database import DatabaseFile
from storage.errors import AlreadyDecidedError, UnknownRowError
from storage.log import Log
from storage.queries import Queries
from storage.records import Feedback, Message, NewDecision, Place, Provenance, Turn

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MADE_BY = Provenance(
    "claude", "2", "claude-x", "p7", tokens_in=900, tokens_out=80, cost_usd=0.004, elapsed_ms=7.5
)
CITED = Citation(
    Passage("mistakes#facts", "mistakes", "Mistakes > Facts", "Do not train on facts that change."),
    "Do not train",
)
DAILY = Evidence("change_rate", "daily", "prices change every day", "quote", 0.9, (("weekly", 0.1),))


def question(factor: str = "change_rate") -> Question:
    options = (Option("daily", "Daily"), Option("not_sure", "Not sure"))
    return Question(factor, f"How is {factor}?", options, False, Reason("It matters", CITED), 0.2)


def verdict(lever: str = "rag", final: bool = True) -> Verdict:
    return Verdict(
        lever=lever,
        headline="Look the facts up",
        confidence=0.8,
        levers={"rag": 0.7, "prompt": 0.3},
        diagnosis={"knowledge": 1.0},
        final=final,
        reasons=(Reason("The facts change daily", CITED),),
        steps=(Step(1, "Write a test set", "next", CITED),),
        warnings=(Caution("w1", "Training goes stale", CITED),),
        flips=(Flip((("change_rate", "rarely"),), "prompt", "If they rarely changed: prompt"),),
        revisions=(),
        policy="2",
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseFile]:
    with DatabaseFile(tmp_path_factory.mktemp("turns") / "s.db", lambda: NOW) as opened:
        yield opened


@pytest.fixture(scope="module")
def log(file: DatabaseFile) -> Log:
    return Log(file)


@pytest.fixture(scope="module")
def queries(file: DatabaseFile) -> Queries:
    return Queries(file)


@pytest.fixture
def thread(log: Log, request: pytest.FixtureRequest) -> str:
    return log.thread(Place("terminal", "", "", request.node.name), "me")


def record(log: Log, thread: str, **parts: object) -> str:
    turn = Turn(thread, "me", MADE_BY, **parts)  # type: ignore[arg-type]
    log.record_turn(turn)
    return turn.key


EVIDENCE = st.builds(
    Evidence,
    factor=st.sampled_from(["change_rate", "tried", "volume", "human_fix"]),
    value=st.sampled_from(["daily", "weekly", "not_sure", "tools"]),
    quote=st.text(),
    source=st.sampled_from(["quote", "tap", "trial"]),
    certainty=st.floats(0, 1),
    alternatives=st.lists(st.tuples(st.text(max_size=5), st.floats(0, 1)), max_size=3).map(tuple),
)


@given(turns=st.lists(st.tuples(st.booleans(), st.lists(EVIDENCE, max_size=4), st.booleans()), max_size=6))
def test_any_sequence_of_turns_reads_back_as_the_same_case(
    file: DatabaseFile, log: Log, queries: Queries, turns: list[tuple[bool, list[Evidence], bool]]
) -> None:
    number = file.rows("SELECT count(*) FROM threads")[0][0]
    thread = log.thread(Place("terminal", "", "", f"drawn {number}"), "me")
    case = Case()
    for reset, evidence, asks in turns:
        put = question("volume") if asks else None
        record(log, thread, reset=reset, evidence=tuple(evidence), question=put)
        case = (Case() if reset else case).adding(*evidence)
        case = case.asking("volume") if asks else case
    assert queries.case(thread) == case
    assert queries.case(thread).current == case.current


def test_a_thread_is_found_again_by_its_place_and_keeps_its_first_title(log: Log, queries: Queries) -> None:
    place = Place("discord", "G", "C", "5", private=True)
    thread = log.thread(place, "U1")
    assert log.thread(place, "U2") == thread
    record(log, thread, title="Bot invents prices")
    record(log, thread, title="Something else")
    found = queries.thread(thread)
    assert found is not None
    assert (found.place, found.title, found.opened_by) == (place, "Bot invents prices", "U1")
    assert queries.thread("t-none") is None


def test_a_turn_keeps_who_made_it_and_what_it_took(log: Log, file: DatabaseFile, thread: str) -> None:
    key = record(log, thread, message=Message("U1", "help"))
    kept = file.row("SELECT * FROM turns WHERE key = :key", {"key": key})
    assert kept is not None
    assert (kept["reader"], kept["model"], kept["prompt"], kept["policy"]) == (
        "claude",
        "claude-x",
        "p7",
        "2",
    )
    assert (kept["tokens_in"], kept["tokens_out"], kept["cost_usd"], kept["elapsed_ms"]) == (
        900,
        80,
        0.004,
        7.5,
    )
    assert kept["recorded_at"] == "2026-11-23T09:00:00.000000Z"


def test_a_turn_that_cannot_be_written_whole_leaves_nothing(
    log: Log, file: DatabaseFile, thread: str
) -> None:
    with pytest.raises(UnknownRowError):
        record(
            log,
            thread,
            message=Message("me", "hello"),
            evidence=(DAILY,),
            question=question(),
            replies=('"hi"',),
            feedback=(Feedback("no such turn", "helpful", "me"),),
        )
    for table in ("turns", "messages", "evidence", "questions", "outbox"):
        sql = f"SELECT count(*) FROM {table} WHERE thread_id = :id"
        assert file.rows(sql, {"id": thread})[0][0] == 0


def test_starting_over_drops_what_counts_but_keeps_it_in_the_log(
    log: Log, queries: Queries, file: DatabaseFile, thread: str
) -> None:
    record(log, thread, evidence=(DAILY,), question=question(), verdict=verdict(final=False))
    record(log, thread, reset=True)
    assert queries.case(thread) == Case()
    assert queries.open_question(thread) is None
    assert queries.last_verdict(thread) is None
    assert file.rows("SELECT count(*) FROM evidence WHERE thread_id = :id", {"id": thread})[0][0] == 1


def test_a_question_is_open_until_it_is_answered(log: Log, queries: Queries, thread: str) -> None:
    assert queries.open_question(thread) is None
    key = record(log, thread, question=question())
    record(log, thread, message=Message("me", "why do you ask?"))
    put = queries.open_question(thread)
    assert put is not None
    assert (put.turn, put.thread_id, put.question.factor) == (key, thread, "change_rate")
    record(log, thread, answers=put.turn, evidence=(DAILY,))
    assert queries.open_question(thread) is None
    assert queries.case(thread) == Case((DAILY,), ("change_rate",))


def test_a_newer_question_takes_the_place_of_an_open_one(log: Log, queries: Queries, thread: str) -> None:
    first = record(log, thread, question=question())
    second = record(log, thread, answers=first, question=question("volume"))
    put = queries.open_question(thread)
    assert put is not None
    assert put.turn == second


def test_a_final_verdict_closes_the_open_question(log: Log, queries: Queries, thread: str) -> None:
    record(log, thread, question=question(), verdict=verdict(final=False))
    assert queries.open_question(thread) is not None
    record(log, thread, verdict=verdict())
    assert queries.open_question(thread) is None


def test_a_button_finds_its_question_and_verdict_again_even_where_they_were_only_repeated(
    log: Log, queries: Queries, thread: str
) -> None:
    before = record(log, thread)
    put = record(log, thread, question=question(), verdict=verdict("prompt", final=False))
    repeated = record(log, thread, message=Message("me", "what?"))
    later = record(log, thread, question=question("volume"), verdict=verdict())
    assert queries.question(before) is None
    assert queries.verdict("no such turn") is None
    for key, expected, factor, lever in (
        (put, put, "change_rate", "prompt"),
        (repeated, put, "change_rate", "prompt"),
        (later, later, "volume", "rag"),
    ):
        asked, given = queries.question(key), queries.verdict(key)
        assert asked is not None
        assert given is not None
        assert (asked.turn, asked.question.factor) == (expected, factor)
        assert (given.turn, given.verdict.lever) == (expected, lever)


def test_an_answer_to_a_question_that_was_never_put_is_refused(log: Log, thread: str) -> None:
    key = record(log, thread)
    with pytest.raises(UnknownRowError):
        record(log, thread, answers=key)


def test_a_verdict_is_logged_once_and_knows_its_decision(log: Log, queries: Queries, thread: str) -> None:
    key = record(log, thread, verdict=verdict())
    given = queries.last_verdict(thread)
    assert given is not None
    assert given.decision is None
    decision = NewDecision(log.fresh_decision_id(), "rag", "me", verdict_turn=key)
    record(log, thread, decision=decision)
    given = queries.last_verdict(thread)
    assert given is not None
    assert given.decision == decision.id
    with pytest.raises(AlreadyDecidedError, match=decision.id):
        record(log, thread, decision=NewDecision("d-2222", "prompt", "you", verdict_turn=key))


def test_a_transcript_reads_as_it_was_said(log: Log, queries: Queries, thread: str) -> None:
    record(log, thread, message=Message("U1", "it invents prices", author_name="Kim"), replies=('"ask"',))
    record(log, thread, message=Message("U2", "Daily", "tap"), replies=('"verdict"', '"precedent"'))
    lines = queries.transcript(thread)
    assert [(line.who, line.kind, line.text) for line in lines] == [
        ("person", "message", "it invents prices"),
        ("bot", "reply", '"ask"'),
        ("person", "tap", "Daily"),
        ("bot", "reply", '"verdict"'),
        ("bot", "reply", '"precedent"'),
    ]
    assert (lines[0].author_name, lines[0].at) == ("Kim", NOW)


def test_the_last_open_thread_is_the_one_that_moved_last_and_is_not_decided(tmp_path: Path) -> None:
    with DatabaseFile(tmp_path / "s.db", lambda: NOW) as file:
        log, queries = Log(file), Queries(file)
        assert queries.last_open_thread("terminal") is None
        first, second = (log.thread(Place("terminal", "", "", key), key) for key in ("a", "b"))
        other = log.thread(Place("slack", "", "", "c"), "c")
        for thread in (first, second, other):
            record(log, thread, verdict=verdict())
        assert _last(queries) == second
        assert _last(queries, "a") == first
        record(log, second, decision=NewDecision(log.fresh_decision_id(), "rag", "me"))
        assert _last(queries) == first
        record(log, second, reset=True)
        assert _last(queries) == first
        record(log, second, evidence=(Evidence("change_rate", "weekly", "they change weekly"),))
        assert _last(queries) == second


def _last(queries: Queries, by: str = "") -> str:
    found = queries.last_open_thread("terminal", by)
    assert found is not None
    return found.id


def test_questions_that_the_guidance_does_not_answer_are_kept(
    log: Log, queries: Queries, thread: str
) -> None:
    record(log, thread, gap="does LoRA help with Welsh?")
    assert queries.gaps()[0].text == "does LoRA help with Welsh?"
    assert queries.counts().gaps == 1


def test_feedback_is_kept_with_the_turn_it_is_about(log: Log, file: DatabaseFile, thread: str) -> None:
    key = record(log, thread, verdict=verdict())
    log.feedback(Feedback(key, "wrong", "U2", "we tried that"))
    found = file.row(
        "SELECT f.* FROM feedback AS f JOIN turns AS t ON t.id = f.turn_id WHERE t.key = :key", {"key": key}
    )
    assert found is not None
    assert (found["value"], found["note"], found["by"]) == ("wrong", "we tried that", "U2")
    with pytest.raises(UnknownRowError):
        log.feedback(Feedback("no such turn", "wrong", "U2"))


def test_counts_say_what_waits_and_since_when(tmp_path: Path) -> None:
    with DatabaseFile(tmp_path / "s.db", lambda: NOW) as file:
        log, queries = Log(file), Queries(file)
        assert queries.counts().waiting_since is None
        record(log, log.thread(Place("slack", "T", "C", "1"), "U"), replies=('"hi"',))
        counts = queries.counts()
        assert (counts.threads, counts.turns, counts.outbox_waiting, counts.waiting_since) == (1, 1, 1, NOW)


def test_a_verdict_and_a_question_come_back_with_their_quotes_but_without_the_whole_passage() -> None:
    kept = to_json(verdict())
    back = verdict_from(kept)
    assert to_json(back) == kept
    assert back.levers == verdict().levers
    assert back.flips == verdict().flips
    assert back.reasons[0].citation.passage == Passage(
        "mistakes#facts", "mistakes", "Mistakes > Facts", "Do not train"
    )
    assert question_from(to_json(question())).options == question().options


def test_a_moment_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="time zone"),
        DatabaseFile(tmp_path / "s.db", lambda: NOW.replace(tzinfo=None)) as file,
    ):
        Log(file).thread(Place("slack", "T", "C", "1"), "U")
