"""The next question is the one whose answer is worth most, and the questions stop when none can matter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.assess import Guidance
from decision.evidence import NOT_SURE, Case, Evidence
from decision.judgement import Judgement
from decision.policy import Policy
from decision.questions import next_question, put, values_of_information

READ_BY_MEANING = {"symptom", "job", "likeness"}


def asked_next(policy: Policy, case: Case) -> str | None:
    worth = next_question(Judgement(policy, case), len(case.asked))
    return worth.factor if worth else None


def test_an_unknown_case_is_asked_about(policy: Policy) -> None:
    assert asked_next(policy, Case()) is not None


def test_nothing_is_asked_after_the_seventh_question(policy: Policy) -> None:
    judgement = Judgement(policy, Case())
    assert policy.asking.most == 7
    assert next_question(judgement, 6) is not None
    assert next_question(judgement, 7) is None


@settings(max_examples=30)
@given(st.data())
def test_a_dialog_ends_within_seven_different_questions_that_a_person_can_answer(
    policy: Policy, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    case = data.draw(cases)
    while (factor := asked_next(policy, case)) is not None:
        assert factor not in case.asked
        assert factor not in READ_BY_MEANING
        values = [*policy.factors[factor].options, NOT_SURE]
        answer = Evidence(factor, data.draw(st.sampled_from(values)), source="tap")
        case = case.asking(factor).adding(answer)
    assert len(case.asked) <= 7


def test_not_sure_to_everything_ends_too_and_leaves_the_verdict_where_it_was(policy: Policy) -> None:
    case = start = Case((Evidence("change_rate", "weekly", "every week"),))
    while (factor := asked_next(policy, case)) is not None:
        case = case.asking(factor).adding(Evidence(factor, NOT_SURE, source="tap"))
    assert case.asked
    assert Judgement(policy, case).levers == Judgement(policy, start).levers


@given(st.data())
def test_a_question_is_put_only_if_an_answer_would_change_the_lever_and_saves_more_than_a_tap(
    policy: Policy, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    judgement = Judgement(policy, data.draw(cases))
    worth = next_question(judgement, 0)
    open_ones = list(values_of_information(judgement))
    wanted = policy.asking.before.get(judgement.now.lever, [])
    telling = [one for one in open_ones if one.flips]
    if worth is None:
        assert all(one.saved <= policy.asking.tap_cost and one.factor not in wanted for one in telling)
        return
    answers = judgement.what_if(worth.factor)
    assert any(answer.judged.lever != judgement.now.lever for answer in answers)
    if worth.saved > policy.asking.tap_cost:
        assert worth.saved == max(one.saved for one in telling)
    else:
        assert worth.factor in wanted


@pytest.mark.parametrize("factor", ["test_examples", "training_pairs", "label_agreement", "goal_stability"])
def test_fine_tuning_is_not_final_before_it_was_asked_for(policy: Policy, tunable: Case, factor: str) -> None:
    case = tunable.without(factor)
    while (asked := asked_next(policy, case)) is not None and factor not in case.asked:
        case = case.asking(asked).adding(Evidence(asked, NOT_SURE, source="tap"))
    assert factor in case.asked


def test_what_makes_no_sense_is_not_asked(policy: Policy) -> None:
    dear = Case((Evidence("symptom", "cost_or_speed", "the bill", certainty=0.6),))
    style = Case((Evidence("symptom", "wrong_style", "the tone", certainty=0.6),))
    assert "human_fix" not in {one.factor for one in values_of_information(Judgement(policy, dear))}
    assert "both_needs" not in {one.factor for one in values_of_information(Judgement(policy, style))}


def test_nothing_is_asked_when_no_answer_can_change_the_lever(policy: Policy) -> None:
    data = policy.model_dump()
    for name, lever in data["levers"].items():
        lever["prior"] = float(name == "rag")
    data["gates"] = []  # a gate could still rule the lever out
    sure = Policy.model_validate(data)
    assert asked_next(sure, Case()) is None


def test_what_is_known_firmly_is_not_asked_and_a_guess_may_be(policy: Policy) -> None:
    factor = asked_next(policy, Case())
    assert factor is not None
    value = next(iter(policy.factors[factor].options))
    known = Judgement(policy, Case((Evidence(factor, value, source="tap"),)))
    guessed = Judgement(policy, Case((Evidence(factor, value, certainty=0.3),)))
    assert factor not in {worth.factor for worth in values_of_information(known)}
    assert factor in {worth.factor for worth in values_of_information(guessed)}


def test_answers_never_cost_anything_in_expectation(policy: Policy) -> None:
    for worth in values_of_information(Judgement(policy, Case())):
        assert worth.saved >= -1e-12


@pytest.mark.parametrize("factor", ["change_rate", "tried"])
def test_a_question_offers_every_option_and_not_sure_and_says_why_with_proof(
    policy: Policy, guidance: Guidance, factor: str
) -> None:
    data = policy.factors[factor]
    question = put(factor, data, guidance(data.passage))
    assert [option.value for option in question.options] == [*data.options, NOT_SURE]
    assert question.many is (factor == "tried")
    assert question.why.citation.quote in guidance(data.passage).text
