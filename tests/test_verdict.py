"""A verdict proves every sentence by the handbook, and an assessment never fails whatever was said."""

from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.assess import Guidance, assess, shortened
from decision.citation import Citation, Passage, UnsupportedQuoteError
from decision.evidence import Case, Evidence
from decision.policy import Policy
from decision.verdict import Verdict

PASSAGE = Passage("rag/why", "rag", "RAG > Why", "Retrieval brings fresh facts. It costs a search.")


def verdict_on(policy: Policy, guidance: Guidance, *said: tuple[str, str]) -> Verdict:
    case = Case(tuple(Evidence(factor, value, source="tap") for factor, value in said))
    return assess(policy, case, guidance, decide_now=True).verdict


@given(st.text(min_size=1))
def test_no_citation_can_be_built_with_a_quote_that_its_passage_does_not_hold(quote: str) -> None:
    if quote.strip() and quote in PASSAGE.text:
        assert Citation(PASSAGE, quote).quote == quote
        return
    with pytest.raises(UnsupportedQuoteError, match="rag/why"):
        Citation(PASSAGE, quote)


@given(st.integers(0, 47), st.integers(0, 47))
def test_any_stretch_of_a_passage_can_be_cited(start: int, end: int) -> None:
    quote = PASSAGE.text[start:end]
    if quote.strip():
        assert Citation(PASSAGE, quote).passage == PASSAGE


@pytest.mark.parametrize("quote", ["", "  \n", "retrieval brings", "fresh  facts", "fresh facts.\nIt"])
def test_a_quote_that_is_empty_or_almost_right_is_refused(quote: str) -> None:
    with pytest.raises(UnsupportedQuoteError):
        Citation(PASSAGE, quote)


def test_a_policy_that_misquotes_the_guidance_gives_no_verdict(policy: Policy, guidance: Guidance) -> None:
    other = Passage("any", "any", "Any", "The guidance was changed since.")
    with pytest.raises(UnsupportedQuoteError):
        assess(policy, Case(), lambda pid: other)


@settings(max_examples=40)
@given(st.data())
def test_whatever_was_said_the_verdict_is_whole_and_proven(
    policy: Policy, guidance: Guidance, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    assessment = assess(policy, data.draw(cases), guidance)
    verdict = assessment.verdict
    assert verdict.final is (assessment.question is None)
    assert isclose(sum(verdict.levers.values()), 1.0, abs_tol=1e-9)
    assert isclose(sum(verdict.diagnosis.values()), 1.0, abs_tol=1e-9)
    assert 0 <= verdict.confidence <= policy.confidence.ceiling
    assert verdict.headline
    assert verdict.reasons
    assert [step.number for step in verdict.steps] == [1, 2, 3, 4, 5]
    assert [step.number for step in verdict.steps if step.state == "next"] == [
        policy.levers[verdict.lever].step
    ]
    cited = [reason.citation for reason in verdict.reasons]
    cited += [step.citation for step in verdict.steps]
    cited += [warning.citation for warning in verdict.warnings]
    assert all(citation.quote in guidance(citation.passage.id).text for citation in cited)


def test_decide_now_is_final_and_asks_nothing(policy: Policy, guidance: Guidance) -> None:
    assert assess(policy, Case(), guidance).question is not None
    decided = assess(policy, Case(), guidance, decide_now=True)
    assert decided.question is None
    assert decided.verdict.final


def test_a_factor_that_this_policy_does_not_know_moves_nothing(policy: Policy, guidance: Guidance) -> None:
    known = assess(policy, Case(), guidance).verdict
    case = Case((Evidence("moon_phase", "full", "the moon is full"),))
    assert assess(policy, case, guidance).verdict == known


def test_reasons_carry_the_persons_own_words_and_come_strongest_first(
    policy: Policy, guidance: Guidance
) -> None:
    said = (
        Evidence("human_fix", "document", "they would need the price list"),
        Evidence("change_rate", "daily", "prices change daily"),
    )
    verdict = assess(policy, Case(said), guidance, decide_now=True).verdict
    assert verdict.lever == "rag"
    told = " ".join(reason.text for reason in verdict.reasons)
    assert "“they would need the price list”" in told
    assert verdict.reasons[0].text.startswith("Fine-tuning is ruled out")


def test_many_closed_gates_leave_room_for_what_speaks_for_the_lever(
    policy: Policy, guidance: Guidance
) -> None:
    verdict = verdict_on(
        policy,
        guidance,
        ("human_fix", "document"),
        ("change_rate", "daily"),
        ("facts_test", "always"),
        ("goal_stability", "weekly"),
        ("training_pairs", "none"),
        ("retrieval_state", "none"),
    )
    assert verdict.lever == "rag"
    told = [reason.text for reason in verdict.reasons]
    assert len([text for text in told if text.startswith("Fine-tuning is ruled out")]) == 1
    assert len(told) > 2


def test_what_was_read_by_meaning_is_never_said_as_a_fact(policy: Policy, guidance: Guidance) -> None:
    read = Evidence(
        "symptom", "stale_facts", "old prices", certainty=0.95, alternatives=(("live_data", 0.05),)
    )
    verdict = assess(policy, Case((read,)), guidance, decide_now=True).verdict
    assert verdict.reasons[0].text.startswith("Probably the facts it gives are out of date")


def test_what_keeps_the_confidence_low_is_said(policy: Policy, guidance: Guidance, tunable: Case) -> None:
    untold = assess(policy, tunable.without("test_examples"), guidance, decide_now=True).verdict
    assert untold.lever == "fine_tune"
    assert any("test set" in reason.text for reason in untold.reasons)
    assert "untested-tuning" in {warning.id for warning in untold.warnings}
    assert "not proven" in untold.headline


def test_a_step_that_was_done_is_not_the_next_one_to_do(policy: Policy, guidance: Guidance) -> None:
    verdict = verdict_on(policy, guidance, ("tried", "baseline_prompt"), ("human_fix", "instructions"))
    (step,) = (step for step in verdict.steps if step.state == "next")
    assert verdict.lever == "prompt"
    assert "Build a prompt-only baseline" not in step.text


def test_a_correction_stands_in_the_verdict(policy: Policy, guidance: Guidance) -> None:
    case = Case((Evidence("change_rate", "daily"), Evidence("change_rate", "rarely")))
    (revision,) = assess(policy, case, guidance).verdict.revisions
    assert (revision.before.value, revision.after.value) == ("daily", "rarely")


def test_steps_are_done_when_somebody_said_so_and_to_be_checked_when_nobody_did(
    policy: Policy, guidance: Guidance, tunable: Case
) -> None:
    steps = assess(policy, tunable, guidance, decide_now=True).verdict.steps
    assert [step.state for step in steps] == ["done", "done", "check", "done", "next"]


def test_safety_harm_brings_a_person_into_the_loop_whatever_the_lever(
    policy: Policy, guidance: Guidance, tunable: Case
) -> None:
    for case in (Case(), tunable):
        harmful = case.adding(Evidence("error_cost", "safety", source="tap"))
        warnings = assess(policy, harmful, guidance, decide_now=True).verdict.warnings
        assert "human-in-the-loop" in {warning.id for warning in warnings}


def test_advice_to_train_names_the_closed_programmes_and_their_date(
    policy: Policy, guidance: Guidance, tunable: Case
) -> None:
    warnings = assess(policy, tunable, guidance, decide_now=True).verdict.warnings
    (closed,) = (warning for warning in warnings if warning.id == "closed-provider")
    assert "7 May 2026" in closed.text


def test_a_missing_test_set_is_warned_of(policy: Policy, guidance: Guidance) -> None:
    verdict = verdict_on(policy, guidance, ("test_examples", "none"))
    assert "no-test-set" in {warning.id for warning in verdict.warnings}


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        ((("test_examples", "none"), ("tried", "few_shot")), True),
        ((("test_examples", "under_20"), ("stage", "live_small")), True),
        ((("test_examples", "50_to_199"), ("tried", "few_shot")), False),
        ((("test_examples", "none"),), False),
        ((("tried", "few_shot"),), False),
    ],
)
def test_quality_that_is_judged_by_anecdote_is_warned_of(
    policy: Policy, guidance: Guidance, said: tuple[tuple[str, str], ...], warned: bool
) -> None:
    warnings = verdict_on(policy, guidance, *said).warnings
    told = [warning.citation.passage.id for warning in warnings if warning.id == "judged-by-anecdote"]
    assert told == ["mistakes/anecdotal-quality"] * warned


@given(st.text(max_size=400))
def test_a_shortened_quote_is_one_line_and_short(quote: str) -> None:
    line = shortened(quote)
    assert len(line) <= 142
    assert len(line.splitlines()) <= 1
