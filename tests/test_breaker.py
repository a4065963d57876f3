"""A server that fails is left alone for a while, and then tried by one call."""

import pytest

from decision.breaker import DOUBTS, FAILURES, Breaker
from decision.claude_reader import ClaudeReader
from decision.claude_trouble import SAYS
from decision.evidence import Case
from decision.policy import packaged
from tests.claude_fixtures import Rules, line, reader
from tests.claude_server import USAGE, Answer, ClaudeServer, fails, reads, says, text

MESSAGE = "Our support bot gives outdated prices, grace-hopper-42."
GOOD = reads("case", ("symptom:stale_facts", "outdated prices"))


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_some_failures_the_server_is_left_alone_then_asked_by_one_call() -> None:
    clock = Hand()
    failing = [fails(500)] * FAILURES
    with ClaudeServer(*failing, fails(500), GOOD) as server, line(server, breaker=Breaker(clock)) as claude:
        built = ClaudeReader(claude, packaged(), Rules())
        for _ in range(FAILURES):
            assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["server"])
        resting = built.read(MESSAGE, Case(), None)
        assert resting.note.startswith(SAYS["resting"])
        assert resting.usage.calls == 0
        assert len(server.asked) == FAILURES
        clock.now += 31
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["server"])
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["resting"])
        clock.now += 31
        assert built.read(MESSAGE, Case(), None).note == ""


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_or_model_is_not_tried_with_every_message(status: int) -> None:
    clock = Hand()
    with ClaudeServer(fails(status), GOOD) as server, line(server, breaker=Breaker(clock)) as claude:
        built = ClaudeReader(claude, packaged(), Rules())
        built.read(MESSAGE, Case(), None)
        clock.now += 60
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["resting"])
        clock.now += 300
        assert built.read(MESSAGE, Case(), None).note == ""


def test_what_is_wrong_with_one_message_does_not_count_against_the_server() -> None:
    refusals: list[Answer] = [says(stop_reason="refusal"), fails(400)] * FAILURES
    with reader(*refusals, GOOD) as (claude, _):
        for _ in refusals:
            claude.read(MESSAGE, Case(), None)
        assert claude.read(MESSAGE, Case(), None).note == ""


def test_a_server_that_takes_no_request_at_all_is_left_alone_in_the_end() -> None:
    clock = Hand()
    with ClaudeServer(always=fails(400)) as server, line(server, breaker=Breaker(clock)) as claude:
        built = ClaudeReader(claude, packaged(), Rules())
        for _ in range(DOUBTS):
            assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["request"])
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["resting"])
        clock.now += 31
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["request"])
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["resting"])
        assert len(server.asked) == DOUBTS + 1


def test_a_model_whose_answers_are_never_of_the_right_form_is_left_alone_in_the_end() -> None:
    clock = Hand()
    nonsense = says(text('{"kind": "verdict", "lever": "fine_tune"}'))
    with ClaudeServer(always=nonsense) as server, line(server, breaker=Breaker(clock)) as claude:
        built = ClaudeReader(claude, packaged(), Rules())
        for _ in range(DOUBTS):
            reading = built.read(MESSAGE, Case(), None)
            assert reading.note.startswith(SAYS["garbled"])
            assert reading.usage.tokens_out == USAGE["output_tokens"]
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["resting"])
        assert len(server.asked) == DOUBTS


def test_an_answer_of_the_right_form_between_garbled_ones_speaks_for_the_model() -> None:
    nonsense = says(text("I think it is stale."))
    with reader(*[nonsense] * (DOUBTS - 1), GOOD, nonsense, GOOD) as (claude, _):
        notes = [claude.read(MESSAGE, Case(), None).note for _ in range(DOUBTS + 2)]
    assert [bool(note) for note in notes] == [True] * (DOUBTS - 1) + [False, True, False]


def test_while_one_call_tries_whether_the_server_is_back_the_others_wait_no_further() -> None:
    clock = Hand()
    breaker = Breaker(clock, failures=1, rest=10)
    breaker.failed()
    assert not breaker.admits()
    clock.now += 11
    assert breaker.admits()
    assert not breaker.admits()
    breaker.worked()
    assert breaker.admits()
    assert breaker.admits()


def test_a_server_that_says_how_long_is_left_alone_for_that_long_within_reason() -> None:
    clock = Hand()
    breaker = Breaker(clock)
    breaker.failed(wait=120)
    clock.now += 119
    assert not breaker.admits()
    clock.now += 2
    assert breaker.admits()
    breaker.failed(wait=1e9)
    clock.now += 301
    assert breaker.admits()
