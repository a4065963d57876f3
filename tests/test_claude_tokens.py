"""A triage takes a small part of the tokens that the naive way takes."""

from tests.bench.claude_tokens import measure


def test_a_triage_takes_at_most_a_quarter_of_the_naive_ways_tokens() -> None:
    _, lines = measure(5)
    (share,) = [line for line in lines if line.target is not None]
    assert share.value > 0
    assert not share.missed
