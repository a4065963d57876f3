"""Evidence is weighed by how much more likely it is under one hypothesis than under another."""

from math import exp, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.evidence import NOT_SURE, Case, Evidence, Source
from decision.policy import Policy
from decision.scale import Scale, probabilities

TRUST = {"quote": 0.8, "tap": 0.9, "trial": 1.3}
PRIOR = {"rag": 0.5, "prompt": 0.3, "fine_tune": 0.2}
WEIGHTS = st.floats(-4, 4)
SHARES = st.floats(0.01, 1)
OPTIONS = st.lists(
    st.tuples(SHARES, st.fixed_dictionaries(dict.fromkeys(PRIOR, WEIGHTS))), min_size=1, max_size=5
)


def scale_of(options: list[tuple[float, dict[str, float]]]) -> Scale:
    return Scale(PRIOR, {"f": [(f"v{n}", share, row) for n, (share, row) in enumerate(options)]}, TRUST)


def levers(scale: Scale, *said: Evidence) -> tuple[float, ...]:
    return probabilities(scale.total(scale.parts(Case(said)).values()))


FACTS = scale_of([(0.5, {"rag": 1.5}), (0.5, {"fine_tune": 1.0})])


@given(st.lists(st.tuples(SHARES, WEIGHTS), min_size=1, max_size=5), st.data())
def test_an_answer_that_is_equally_likely_under_all_levers_moves_nothing(
    options: list[tuple[float, float]], data: st.DataObject
) -> None:
    scale = scale_of([(share, dict.fromkeys(PRIOR, weight)) for share, weight in options])
    value = f"v{data.draw(st.integers(0, len(options) - 1))}"
    assert levers(scale, Evidence("f", value)) == pytest.approx(levers(scale), abs=1e-12)


@given(OPTIONS, WEIGHTS)
def test_only_differences_between_answers_count(
    options: list[tuple[float, dict[str, float]]], shift: float
) -> None:
    shifted = [(share, row | {"rag": row["rag"] + shift}) for share, row in options]
    assert scale_of(shifted).row("f", "v0") == pytest.approx(scale_of(options).row("f", "v0"), abs=1e-9)


@given(OPTIONS)
def test_every_hypothesis_explains_exactly_one_whole_answer(
    options: list[tuple[float, dict[str, float]]],
) -> None:
    scale = scale_of(options)
    whole = sum(share for share, _ in options)
    for i in range(len(PRIOR)):
        likely = sum(share / whole * exp(scale.row("f", f"v{n}")[i]) for n, (share, _) in enumerate(options))
        assert isclose(likely, 1.0, abs_tol=1e-9)


def test_not_sure_and_unknown_values_move_nothing() -> None:
    for said in (Evidence("f", NOT_SURE), Evidence("f", "no such answer"), Evidence("nothing", "v0")):
        assert levers(FACTS, said) == levers(FACTS)


def test_claimed_counts_less_than_measured() -> None:
    sources: tuple[Source, ...] = ("quote", "tap", "trial")
    quoted, tapped, tried = (levers(FACTS, Evidence("f", "v0", source=source))[0] for source in sources)
    assert levers(FACTS)[0] < quoted < tapped < tried


def test_the_packaged_policy_trusts_a_trial_more_than_a_tap_and_a_tap_no_less_than_a_quote(
    policy: Policy,
) -> None:
    assert policy.trust.quote <= policy.trust.tap < policy.trust.trial


def test_doubt_dilutes_what_was_read() -> None:
    shares = [levers(FACTS, Evidence("f", "v0", certainty=c))[0] for c in (0.0, 0.3, 0.6, 0.9, 1.0)]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(levers(FACTS)[0])


def test_a_reading_torn_between_all_answers_as_often_as_they_are_given_moves_nothing() -> None:
    torn = Evidence("f", "v0", certainty=0.5, alternatives=(("v1", 0.5),))
    assert levers(FACTS, torn) == pytest.approx(levers(FACTS), abs=1e-12)


@given(st.data())
def test_the_order_of_independent_evidence_does_not_show_in_a_single_digit(
    policy: Policy, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    held = [item for items in data.draw(cases).current.values() for item in items]
    shuffled = data.draw(st.permutations(held))
    scale = policy.lever_scale
    one, other = (scale.parts(Case(tuple(order))) for order in (held, shuffled))
    assert scale.total(one.values()) == scale.total(other.values())


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=8))
def test_probabilities_add_up_to_one(scores: list[float]) -> None:
    assert isclose(sum(probabilities(tuple(scores))), 1.0, abs_tol=1e-9)
