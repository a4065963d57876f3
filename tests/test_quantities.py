"""Numbers in a person's words are read, and each belongs to one option of its factor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.quantities import amounts, option_for, option_for_kappa


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("300", 300),
        ("2,300 pairs", 2_300),
        ("9.000 sops", 9_000),
        ("15 000 réclamations", 15_000),
        ("1.5 pages", 1.5),
        ("2m tickets", 2_000_000),
        ("90k messages", 90_000),
        ("2.5k rows", 2_500),
        ("3 million calls", 3_000_000),
        ("a dozen examples", 12),
        ("a few hundred tickets", 300),
        ("a couple of hundred", 200),
        ("thousands of pages", 3_000),
        ("half a million rows", 500_000),
        ("forty cases", 40),
        ("三万条", 30_000),
        ("4万条", 40_000),
        ("十二万条", 120_000),
        ("2600条", 2_600),
        ("30 mil mensagens", 30_000),
        ("300 ms", 300),
    ],
)
def test_a_number_is_read_with_its_scale(text: str, value: float) -> None:
    assert next(amounts(text)).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("95%", 0.95),
        ("19 of 20", 0.95),
        ("9/10", 0.9),
        ("kappa .81", 0.81),
        ("44 out of 60", 44 / 60),
        ("0.91", 0.91),
    ],
)
def test_a_share_of_a_whole_is_one_number(text: str, share: float) -> None:
    [amount] = amounts(text)
    assert amount.kind == "share"
    assert amount.value == pytest.approx(share)


@pytest.mark.parametrize("text", ["gpt-4", "llama3", "8b", "gpt-4.1-mini", "$2,000", "€90", "one", "a", "v2"])
def test_a_model_name_a_price_or_an_article_is_no_amount(text: str) -> None:
    assert list(amounts(text)) == []


@pytest.mark.parametrize(
    ("factor", "value", "option"),
    [
        ("volume", 9_999, "under_10k"),
        ("volume", 10_000, "10k_to_100k"),
        ("volume", 2_000_000, "1m_to_10m"),
        ("volume", 25_000_000, "over_10m"),
        ("training_pairs", 49, "under_50"),
        ("training_pairs", 50, "50_to_199"),
        ("training_pairs", 1_000, "1000_plus"),
        ("test_examples", 0, "none"),
        ("test_examples", 19, "under_20"),
        ("test_examples", 40, "20_to_49"),
        ("test_examples", 200, "200_plus"),
        ("prompt_size", 999, "under_1k"),
        ("prompt_size", 3_000, "1k_to_4k"),
        ("prompt_size", 35_000, "over_20k"),
        ("reference_material", 500, "fits_in_prompt"),
        ("reference_material", 501, "large"),
        ("latency", 0.3, "under_500ms"),
        ("latency", 2, "under_2s"),
        ("latency", 10, "under_10s"),
        ("label_agreement", 0.95, "high"),
        ("label_agreement", 0.94, "fair"),
        ("label_agreement", 0.8, "fair"),
        ("label_agreement", 0.79, "poor"),
    ],
)
def test_a_number_belongs_to_the_option_of_its_range(factor: str, value: float, option: str) -> None:
    assert option_for(factor, value) == option


def test_agreement_beyond_chance_is_judged_more_mildly_than_plain_agreement() -> None:
    assert [option_for_kappa(kappa) for kappa in (0.5, 0.7, 0.81)] == ["poor", "fair", "high"]


@given(st.text(max_size=300))
def test_amounts_of_any_text_stand_in_it_in_order(text: str) -> None:
    end = 0
    for amount in amounts(text):
        assert end <= amount.start < amount.end <= len(text)
        assert amount.value >= 0
        end = amount.end
