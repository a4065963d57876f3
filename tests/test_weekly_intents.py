"""What people type about digests and outcomes is understood, and nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.weekly_intents import (
    DigestRequest,
    OutcomeRequest,
    asked_after,
    digest_request,
    measured,
    outcome_request,
)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("digest here monday 09:00", DigestRequest("subscribe")),
        ("digest here monday 09:00 Europe/Berlin", DigestRequest("subscribe", zone="Europe/Berlin")),
        ("Digest here every Friday at 16:30 Berlin.", DigestRequest("subscribe", 4, 16, 30, "Europe/Berlin")),
        ("digest tue 4pm", DigestRequest("subscribe", 1, 16)),
        ("digest here on sundays 12 am", DigestRequest("subscribe", 6, 0)),
        ("digest here wednesday", DigestRequest("subscribe", 2)),
        (
            "digest here monday 9:00 UTC, only this channel",
            DigestRequest("subscribe", zone="UTC", only_here=True),
        ),
        ("digest here monday 9:00 skip empty weeks", DigestRequest("subscribe", says_empty=False)),
        ("digest pause", DigestRequest("pause")),
        ("digest resume", DigestRequest("resume")),
        ("Digest off", DigestRequest("end")),
        ("digest preview", DigestRequest("preview")),
        ("digest", DigestRequest("show")),
        ("digest help", DigestRequest("show")),
        ("digest here monday 25:00", DigestRequest("subscribe", 0, 25, 0, unknown="monday 25:00")),
        ("digest here whenever", DigestRequest("subscribe", unknown="whenever")),
    ],
)
def test_a_request_about_the_digest_is_understood(said, wanted):
    assert digest_request(said) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "digest emails that our bot writes are wrong",
        "Our digest bot skips mondays",
        "digest monday our summaries are late",
        "pause",
        "monday 09:00",
        "digest here " + "x" * 500,
    ],
)
def test_a_case_about_digests_is_no_request(said):
    assert digest_request(said) is None


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("outcome d-7f3k worked", OutcomeRequest("d-7f3k", "worked")),
        ("Outcome D-7F3K it helped: a lot", OutcomeRequest("d-7f3k", "worked", "a lot")),
        ("outcome d-7f3k did not work, users left", OutcomeRequest("d-7f3k", "did_not_work", "users left")),
        ("outcome d-7f3k didn’t help", OutcomeRequest("d-7f3k", "did_not_work")),
        ("outcome of d-7f3k: helped in part", OutcomeRequest("d-7f3k", "partly")),
        ("outcome partly", OutcomeRequest("", "partly")),
        ("outcome too early to say", OutcomeRequest("", "too_early")),
        ("outcome d-7f3k worked.", OutcomeRequest("d-7f3k", "worked")),
        ("Outcome d-7f3k: WORKED!", OutcomeRequest("d-7f3k", "worked")),
        ("outcome d-7f3k it did not help.", OutcomeRequest("d-7f3k", "did_not_work")),
        ("outcome d-7f3k worked: 61 to 83 points.", OutcomeRequest("d-7f3k", "worked", "61 to 83 points.")),
        ("outcome d-7f3k?", OutcomeRequest("d-7f3k", None)),
        ("outcome d-7f3k", OutcomeRequest("d-7f3k", None)),
        ("outcome", OutcomeRequest("", None)),
        ("outcome of our bot is bad", None),
        ("the outcome worked", None),
        ("outcomes are wrong", None),
    ],
)
def test_an_outcome_is_understood(said, wanted):
    assert outcome_request(said) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "outcome d-7f3k worked well",
        "outcome d-7f3k did not work because nobody used it",
        "outcome of d-7f3k: solved tickets 61 % to 83 %",
        "outcome d-7f3k no change",
    ],
)
def test_an_outcome_in_other_words_is_asked_for_and_never_guessed_or_taken_for_a_case(said):
    assert outcome_request(said) == OutcomeRequest("d-7f3k", None)
    assert outcome_request("outcome worked well") == OutcomeRequest("", None)


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("solved tickets 61 % to 83 %", ("solved tickets", "61 %", "83 %", "")),
        ("accuracy from 0.61 to 0.83; we added search", ("accuracy", "0.61", "0.83", "we added search")),
        ("latency: 900 ms → 300 ms", ("latency", "900 ms", "300 ms", "")),
        ("40->25", ("", "40", "25", "")),
        (
            "we moved 2 to 3 engineers; accuracy 50% to 80%",
            ("accuracy", "50%", "80%", "we moved 2 to 3 engineers"),
        ),
        (
            "2 to 3 engineers, accuracy from 50 % to 80 %; fine",
            ("2 to 3 engineers, accuracy", "50 %", "80 %", "fine"),
        ),
        ("users went from angry to happy", ("", "", "", "users went from angry to happy")),
        ("", ("", "", "", "")),
    ],
)
def test_what_was_measured_is_taken_from_a_note(note, found):
    assert measured(note) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("log this by Ada, ask in 2 weeks: search", ("log this by Ada: search", 14)),
        ("log it and ask me again in 1 month", ("log it", 30)),
        ("log this, never ask", ("log this", 0)),
        ("log this: we ask in 2 weeks", ("log this: we ask in 2 weeks", None)),
        ("ask in 2 weeks", ("ask in 2 weeks", None)),
    ],
)
def test_the_time_to_ask_is_taken_from_the_request_to_log_and_from_no_note(said, found):
    assert asked_after(said) == found


@given(st.text(max_size=500))
def test_no_text_breaks_the_reading(text):
    for prefix in ("", "digest here ", "outcome d-7f3k worked: ", "log this "):
        digest_request(prefix + text)
        outcome_request(prefix + text)
        measured(prefix + text)
        asked_after(prefix + text)


@pytest.mark.parametrize(
    "text",
    [
        "digest here " + "on " * 130,
        "outcome " + "d-" * 900,
        "outcome d-7f3k worked" + " ." * 900,
        "1 to " * 400,
        "x 1 " * 5_000,
        "1" * 20_000,
        "1 " + " " * 20_000,
        "log " + "ask " * 400,
    ],
)
def test_a_hostile_text_is_read_quickly(text):
    digest_request(text)
    outcome_request(text)
    measured(text)
    asked_after(text)
