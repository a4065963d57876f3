"""A typed answer is read as a number of the list, an amount, the words of an option, or "not sure"."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.answers import read_answer
from decision.assess import Guidance
from decision.evidence import NOT_SURE
from decision.policy import Policy
from decision.questions import put
from decision.verdict import Question

Ask = Callable[[str], Question]
READ_BY_MEANING = {"symptom", "job", "likeness"}


@pytest.fixture(scope="session")
def ask(policy: Policy, guidance: Guidance) -> Ask:
    def question(factor: str) -> Question:
        data = policy.factors[factor]
        return put(factor, data, guidance(data.passage))

    return question


def read(message: str, question: Question) -> list[str]:
    return [item.value for item in read_answer(message, question)]


def test_the_label_the_value_and_the_number_of_every_option_name_it(policy: Policy, ask: Ask) -> None:
    for factor in set(policy.factors) - READ_BY_MEANING:
        question = ask(factor)
        for number, option in enumerate(question.options, start=1):
            for typed in (
                option.label,
                f" {option.label.upper()}. ",
                option.value,
                str(number),
                f"{number})",
            ):
                assert read(typed, question) == [option.value], (factor, typed)


@pytest.mark.parametrize("typed", ["2", "2.", "#2", "(2)", "Option 2", "number 2", "weekly", "It is weekly"])
def test_one_option_can_be_named_in_several_ways(ask: Ask, typed: str) -> None:
    assert read(typed, ask("change_rate")) == ["weekly"]


@pytest.mark.parametrize("typed", ["0", "9", "77", "1 and 3", "1, 2"])
def test_numbers_that_are_not_one_of_the_list_answer_nothing(ask: Ask, typed: str) -> None:
    assert read(typed, ask("change_rate")) == []


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("1,3", ["baseline_prompt", "schema"]),
        ("1 and 3", ["baseline_prompt", "schema"]),
        ("3 1 3", ["schema", "baseline_prompt"]),
        ("1 & 2 & 4", ["baseline_prompt", "few_shot", "right_facts"]),
        ("few shot, schema", ["few_shot", "schema"]),
        ("RAG and fine-tuning", ["retrieval", "fine_tuning"]),
        ("tools", ["tools"]),
        ("none of these", [NOT_SURE]),
        ("nothing yet", [NOT_SURE]),
        ("1, 99", []),
    ],
)
def test_several_options_can_be_named_where_several_may_hold(ask: Ask, typed: str, values: list[str]) -> None:
    assert read(typed, ask("tried")) == values


@pytest.mark.parametrize(
    ("factor", "typed", "value"),
    [
        ("test_examples", "30", "20_to_49"),
        ("test_examples", "about 120", "50_to_199"),
        ("test_examples", "we have 300 examples", "200_plus"),
        ("test_examples", "no", "none"),
        ("training_pairs", "12,000", "1000_plus"),
        ("volume", "2 million", "1m_to_10m"),
        ("volume", "50k a month", "10k_to_100k"),
        ("prompt_size", "2500 tokens", "1k_to_4k"),
        ("label_agreement", "17", "fair"),
        ("label_agreement", "11 of 20", "poor"),
        ("label_agreement", "95 %", "high"),
        ("facts_test", "4 of 10", "sometimes"),
        ("change_rate", "20", None),
    ],
)
def test_a_bare_amount_falls_into_its_option(ask: Ask, factor: str, typed: str, value: str | None) -> None:
    assert read(typed, ask(factor)) == ([value] if value else [])


@pytest.mark.parametrize(
    "typed", ["yes", "Yes!", "yep", "Ja", "oui", "sí", "sim", "是的", "はい", "yes, both of them"]
)
def test_a_bare_yes_answers_a_question_with_a_yes(ask: Ask, typed: str) -> None:
    assert read(typed, ask("both_needs")) == ["yes"]


@pytest.mark.parametrize("typed", ["no", "No.", "nope", "nein", "non", "não", "不是", "没有", "いいえ"])
def test_a_bare_no_answers_a_question_with_a_no(ask: Ask, typed: str) -> None:
    assert read(typed, ask("both_needs")) == ["no"]
    assert read(typed, ask("facts_test")) == ["no"]


def test_a_yes_is_no_answer_where_no_option_or_several_begin_so(ask: Ask) -> None:
    assert read("yes", ask("change_rate")) == []
    assert read("yes", ask("retrieval_state")) == []


@pytest.mark.parametrize(
    "typed",
    [
        "not sure",
        "Not sure.",
        "no idea",
        "I have no idea",
        "I don't know",
        "I don’t know",
        "we don’t really know",
        "I'm not sure",
        "We’re not sure",
        "dont know",
        "unsure",
        "idk",
        "dunno",
        "can't tell",
        "can’t say",
        "hard to say",
        "skip",
        "pass",
        "keine Ahnung",
        "Weiß ich nicht",
        "je ne sais pas",
        "no lo sé",
        "não sei",
        "non lo so",
        "不知道",
        "わからない",
    ],
)
@pytest.mark.parametrize("factor", ["change_rate", "both_needs", "tried"])
def test_not_knowing_is_an_answer(ask: Ask, factor: str, typed: str) -> None:
    assert read(typed, ask(factor)) == [NOT_SURE]


@pytest.mark.parametrize(
    ("factor", "typed", "value"),
    [
        ("human_fix", "I don't know what a colleague would do, it needs the right document", "document"),
        ("human_fix", "not sure, but probably clearer instructions", "instructions"),
        ("change_rate", "No idea about last year, but it changes weekly", "weekly"),
        ("change_rate", "I am not sure how often they change", NOT_SURE),
        ("change_rate", "not sure about that, sorry", NOT_SURE),
        ("human_fix", "Actually I am not sure how often they change", None),
    ],
)
def test_doubt_is_an_answer_only_where_no_answer_follows_and_the_question_is_meant(
    ask: Ask, factor: str, typed: str, value: str | None
) -> None:
    assert read(typed, ask(factor)) == ([value] if value else [])


@pytest.mark.parametrize(
    ("factor", "typed", "value"),
    [
        ("human_fix", "not the right document", None),
        ("human_fix", "everything except clearer instructions", None),
        ("output_need", "variety is not fine", None),
        ("training_pairs", "we have no 1,000 pairs", None),
        ("change_rate", "it does not change daily", None),
        ("error_cost", "not safety, just minutes of fixing", "minutes"),
        ("test_examples", "none of the 50 are labelled", "none"),
        ("retrieval_state", "we never checked", "unchecked"),
        ("retrieval_state", "no search yet", "none"),
    ],
)
def test_what_is_denied_is_not_taken_for_the_answer(
    ask: Ask, factor: str, typed: str, value: str | None
) -> None:
    assert read(typed, ask(factor)) == ([value] if value else [])


def test_passing_something_on_is_not_passing_on_the_question(ask: Ask) -> None:
    assert read("pass the right document to it", ask("human_fix")) == ["document"]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "?!",
        "🤷",
        "what do you mean by that",
        "The weather was lovely in Lisbon",
        "We looked at it for a while and our documents are in a folder that nobody has opened in ages",
    ],
)
def test_what_does_not_answer_the_question_is_no_answer(ask: Ask, typed: str) -> None:
    assert read(typed, ask("change_rate")) == []


@given(typed=st.text(max_size=80) | st.from_regex(r"[0-9 ,.&and]{1,12}", fullmatch=True), data=st.data())
def test_any_text_is_read_without_failing_and_only_as_options_of_the_question(
    policy: Policy, ask: Ask, typed: str, data: st.DataObject
) -> None:
    question = ask(data.draw(st.sampled_from(sorted(policy.factors))))
    found = read_answer(typed, question)
    assert {item.value for item in found} <= {option.value for option in question.options}
    assert question.many or len(found) <= 1
    assert all(item.quote in ("", typed.strip()) and item.factor == question.factor for item in found)
