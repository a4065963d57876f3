"""The bill follows the handbook's formulas and its worked example, and says "never" where it is never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.assess import Guidance
from decision.economics import (
    REQUESTS,
    TOKENS,
    Load,
    bill,
    bills,
    break_even,
    break_even_accuracy,
    load_of,
    packaged,
)
from decision.evidence import NOT_SURE, Case, Evidence
from decision.policy import Policy

TICKETS = Load(requests=2_000_000, prompt_tokens=2_500)
PRICES = packaged()
LOADS = st.builds(Load, st.integers(1, 10**9), st.integers(1, 200_000))
MODELS = st.sampled_from(sorted(PRICES.models))


def load(volume: str, size: str) -> Case:
    return Case((Evidence("volume", volume), Evidence("prompt_size", size)))


def test_the_worked_example_of_the_handbook_comes_out() -> None:
    small, large = bill(TICKETS, PRICES, "small"), bill(TICKETS, PRICES, "large")
    assert large.prompt_cached == pytest.approx(3_300, rel=0.001)
    assert small.prompt_cached == pytest.approx(188, abs=1)
    assert small.tuned_dedicated == large.tuned_dedicated == pytest.approx(3_829, abs=1)
    assert small.break_even_dedicated == pytest.approx(40.6e6, rel=0.001)
    assert large.break_even_dedicated == pytest.approx(2.3e6, rel=0.01)
    assert small.break_even_by_token == pytest.approx(37.6e6, rel=0.001)
    assert large.break_even_by_token == pytest.approx(580_000, rel=0.001)


def test_the_handbook_tells_the_same_numbers(guidance: Guidance) -> None:
    text = guidance("economics/worked-example").text
    assert all(figure in text for figure in ("$3,829", "40.6 million", "2.3 million", "580,000"))
    assert guidance(PRICES.passage).text


def test_an_assistant_that_gains_20_and_loses_88_must_be_right_in_81_5_percent() -> None:
    assert break_even_accuracy(20, 88) == pytest.approx(0.815, abs=0.0005)


def test_training_never_pays_when_a_request_does_not_get_cheaper() -> None:
    assert break_even(1_000, before=94, after=94) is None
    assert break_even(1_000, before=94, after=120) is None
    assert break_even(1_000, before=94, after=44) == pytest.approx(20_000_000)


def test_a_short_prompt_on_a_small_model_never_breaks_even_by_the_token() -> None:
    short = Load(requests=3_000_000, prompt_tokens=100)
    assert bill(short, PRICES, "small").break_even_by_token is None


def test_a_prompt_too_short_for_the_cache_costs_the_same_with_caching() -> None:
    short = bill(Load(30_000, PRICES.assumed.cacheable_from - 1), PRICES, "large")
    long = bill(Load(30_000, PRICES.assumed.cacheable_from), PRICES, "large")
    assert short.prompt_cached == short.prompt
    assert long.prompt_cached < long.prompt


@given(LOADS, st.integers(0, 10**9), MODELS)
def test_more_requests_never_cost_less(lower: Load, more: int, model: str) -> None:
    few = bill(lower, PRICES, model)
    many = bill(Load(lower.requests + more, lower.prompt_tokens), PRICES, model)
    for way in ("prompt", "prompt_cached", "retrieval", "tuned_by_token", "tuned_dedicated"):
        assert getattr(many, way) >= getattr(few, way)
    assert many.break_even_by_token == few.break_even_by_token


@given(LOADS, MODELS)
def test_above_the_break_even_volume_the_tuned_model_is_cheaper_and_below_it_is_not(
    load: Load, model: str
) -> None:
    found = bill(load, PRICES, model)
    if found.break_even_by_token is None:
        assert found.tuned_by_token > found.prompt_cached
    elif load.requests > found.break_even_by_token * 1.000001:
        assert found.tuned_by_token < found.prompt_cached
    elif load.requests < found.break_even_by_token * 0.999999:
        assert found.tuned_by_token > found.prompt_cached


@given(st.integers(1, 10**9), st.integers(2_000, 100_000), MODELS)
def test_caching_a_long_prompt_never_costs_more(requests: int, tokens: int, model: str) -> None:
    found = bill(Load(requests, tokens), PRICES, model)
    assert found.prompt_cached <= found.prompt


def test_every_option_of_volume_and_prompt_size_has_a_number(policy: Policy) -> None:
    assert list(REQUESTS) == list(policy.factors["volume"].options)
    assert list(TOKENS) == list(policy.factors["prompt_size"].options)


def test_a_case_is_billed_on_every_model_once_its_load_is_known() -> None:
    found = bills(load("1m_to_10m", "1k_to_4k"))
    assert [one.model for one in found] == [model.name for model in PRICES.models.values()]
    assert found[0] == bill(Load(3_000_000, 2_000), PRICES, next(iter(PRICES.models)))


@pytest.mark.parametrize(
    "case",
    [Case(), Case((Evidence("volume", "over_10m"),)), load(NOT_SURE, "1k_to_4k"), load("over_10m", "odd")],
)
def test_a_case_whose_load_is_unknown_is_not_billed(case: Case) -> None:
    assert load_of(case) is None
    assert bills(case) == ()


def test_every_price_and_every_bill_is_dated() -> None:
    dates = [PRICES.as_of, PRICES.tuned.as_of, *(model.as_of for model in PRICES.models.values())]
    for date in [*dates, *(one.as_of for one in bills(load("over_10m", "over_20k")))]:
        assert date.count("-") == 2
        assert date.startswith("20")
