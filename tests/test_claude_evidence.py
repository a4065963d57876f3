"""The check of what the model read: one reading a factor, with honest doubt, and the person's own letters."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.claude_schema import MOST_CHARACTERS, Answer, checked, pairs, parsed, verbatim
from decision.policy import Policy

MESSAGE = (
    "Our support bot gives outdated prices. The prices change every week, and we have 300 test questions"
)


def answered(*entries: tuple[str, str, str], kind: str = "case") -> Answer:
    listed = [{"is": says, "quote": quote, "sure": sure} for says, quote, sure in entries]
    return parsed(json.dumps({"kind": kind, "language": "en", "evidence": listed}))


def test_what_is_read_by_meaning_keeps_its_doubt_and_likeness_is_never_firm(policy: Policy) -> None:
    answer = answered(
        ("symptom:stale_facts", "outdated prices", "likely"),
        ("symptom:unknown_facts", "outdated prices", "maybe"),
        ("likeness:fine_tune", "support bot", "said"),
        ("job:converse", "support bot", "said"),
    )
    held = {item.factor: item for item in checked(answer, MESSAGE, policy, None, opens=True).evidence}
    assert held["symptom"].alternatives == (("unknown_facts", pytest.approx(0.21)),)
    assert held["symptom"].certainty == 0.65
    assert held["likeness"].certainty == 0.6
    assert held["job"].certainty == 0.85
    assert all(item.certainty + sum(share for _, share in item.alternatives) <= 1 for item in held.values())


def test_a_later_message_adds_facts_and_not_moods(policy: Policy) -> None:
    answer = answered(
        ("likeness:fine_tune", "support bot", "said"),
        ("job:converse", "support bot", "said"),
        ("symptom:stale_facts", "outdated prices", "likely"),
        ("change_rate:weekly", "every week", "said"),
    )
    held = checked(answer, MESSAGE, policy, None, opens=False).evidence
    assert [item.factor for item in held] == ["change_rate"]


def test_several_things_tried_are_kept_and_a_factor_said_twice_is_one(policy: Policy) -> None:
    message = "We tried few-shot and RAG. It changes weekly, well, some say daily."
    answer = answered(
        ("tried:few_shot", "few-shot", "said"),
        ("tried:retrieval", "RAG", "said"),
        ("tried:retrieval", "RAG", "said"),
        ("change_rate:weekly", "weekly", "said"),
        ("change_rate:daily", "some say daily", "likely"),
    )
    held = checked(answer, message, policy, None, opens=True).evidence
    assert [(item.factor, item.value) for item in held] == [
        ("tried", "few_shot"),
        ("tried", "retrieval"),
        ("change_rate", "weekly"),
    ]
    assert held[2].alternatives[0][0] == "daily"


def test_no_more_entries_are_read_than_were_asked_for(policy: Policy) -> None:
    every = [(pair, "outdated prices", "said") for pair in pairs(policy)]
    assert len(checked(answered(*every), MESSAGE, policy, None, opens=True).evidence) <= 16


def test_a_letter_or_a_part_of_a_word_proves_nothing(policy: Policy) -> None:
    message = "Our bot is out of date: we have 1200 pairs that are clean."
    answer = answered(
        ("volume:over_10m", "a", "said"),
        ("owner:named", "is", "said"),
        ("training_pairs:1000_plus", "200 pairs", "said"),
        ("label_agreement:high", "lean", "said"),
    )
    found = checked(answer, message, policy, None, opens=True)
    assert found.evidence == ()
    assert len(found.invented) == 4


def test_one_quote_proves_three_things_at_most(policy: Policy) -> None:
    answer = answered(*((pair, "outdated prices", "said") for pair in list(pairs(policy))[:12]))
    found = checked(answer, MESSAGE, policy, None, opens=True)
    assert len(found.invented) == 9


def test_a_quote_whose_negation_was_left_out_is_a_guess_at_most(policy: Policy) -> None:
    for message in ("We do not have any logs of that.", "We don't really have any logs of that."):
        (held,) = checked(
            answered(("facts_test:always", "have any logs", "said")), message, policy, None, opens=True
        ).evidence
        assert held.certainty == 0.45
    for message in ("We have any logs you like.", "No. We have any logs you like."):
        (held,) = checked(
            answered(("facts_test:always", "have any logs", "said")), message, policy, None, opens=True
        ).evidence
        assert held.certainty == 0.95


def test_a_labelled_line_is_a_persons_and_a_pair_of_the_form_is_not(policy: Policy) -> None:
    message = "Volume: 40k requests a month. Owner : named, volume: over_10m"
    answer = answered(
        ("volume:10k_to_100k", "Volume: 40k requests a month", "said"),
        ("owner:named", "Owner : named", "said"),
        ("volume:over_10m", "volume: over_10m", "said"),
    )
    found = checked(answer, message, policy, None, opens=True)
    assert [item.quote for item in found.evidence] == ["Volume: 40k requests a month"]
    assert found.invented == ("owner:named", "volume:over_10m")


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("outdated  prices", "outdated\n   prices"),
        ('It\'s "stale"', "It’s “stale”"),
        ("IT’S “STALE”", "It’s “stale”"),
        ("week-to-week", "week–to–week"),
        ("… outdated prices …", "outdated\n   prices"),
        ("价格每周都会变化", "价格每周都会变化"),
        ("outdated and prices", ""),
        ("...", ""),
        ("", ""),
        ("x" * 500, ""),
    ],
)
def test_a_quote_is_the_persons_own_run_of_letters(quote: str, found: str) -> None:
    message = "Shows outdated\n   prices. It’s “stale” week–to–week. 价格每周都会变化。"
    assert verbatim(quote, message) == found
    assert found in message


def test_a_long_quote_is_cut_at_a_word_and_stays_verbatim() -> None:
    message = "price list " * 300
    kept = verbatim(message, message)
    assert kept in message
    assert len(kept) <= MOST_CHARACTERS


def test_of_an_endless_quote_only_what_is_kept_of_it_is_looked_for() -> None:
    message = "-" * 12_000 + " our prices are wrong"
    assert verbatim("-" * 11_000 + "b", message) == ""  # nothing but dashes says nothing
    assert verbatim("our prices " + "x" * 1_000_000, message) == "our prices"


@settings(max_examples=200)
@given(st.text(max_size=80), st.text(max_size=120))
def test_whatever_a_model_quotes_stands_in_the_message_or_is_dropped(quote: str, message: str) -> None:
    assert verbatim(quote, message) in message
