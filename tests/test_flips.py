"""What would change the verdict is said only after the policy has been run on the changed case."""

from hypothesis import given, settings
from hypothesis import strategies as st

from decision.evidence import Case, Evidence
from decision.flips import changed, flips
from decision.judgement import Judgement
from decision.policy import Policy


@given(st.data())
def test_every_flip_really_flips(policy: Policy, cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    case = data.draw(cases)
    judgement = Judgement(policy, case)
    for flip in flips(judgement):
        after = case
        for factor, value in flip.changes:
            after = after if factor == "tried" else after.without(factor)
            after = after.adding(Evidence(factor, value, source="tap"))
        assert Judgement(policy, after).now.lever == flip.lever != judgement.now.lever


@settings(max_examples=30)
@given(st.data())
def test_a_pair_is_named_only_where_no_single_change_is_enough(
    policy: Policy, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    case = data.draw(cases)
    judgement = Judgement(policy, case)
    found = flips(judgement)
    assert len(found) <= 4
    if any(len(flip.changes) == 1 for flip in found):
        assert all(len(flip.changes) == 1 for flip in found)
        assert len({flip.changes[0][0] for flip in found}) == len(found)
        return
    for factor, options in policy.factors.items():
        for value in options.options:
            after = Judgement(policy, changed(case, ((factor, value),)))
            supports = options.options[value].supports
            assert after.now.lever == judgement.now.lever or after.now.lever not in supports, (factor, value)


@given(st.data())
def test_no_flip_goes_where_the_handbooks_sentence_for_it_does_not(
    policy: Policy, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    judgement = Judgement(policy, data.draw(cases))
    for flip in flips(judgement):
        for factor, value in flip.changes:
            supports = policy.factors[factor].options[value].supports
            assert not supports or flip.lever in supports, flip.text


def test_a_gate_that_one_answer_would_close_is_named(policy: Policy, tunable: Case) -> None:
    named = {change for flip in flips(Judgement(policy, tunable)) for change in flip.changes}
    assert named & {("human_fix", "document"), ("label_agreement", "poor"), ("goal_stability", "weekly")}


def test_a_flip_says_in_words_what_would_have_to_be_so_and_what_follows(
    policy: Policy, tunable: Case
) -> None:
    found = flips(Judgement(policy, tunable))
    assert found
    for flip in found:
        for factor, value in flip.changes:
            assert policy.factors[factor].options[value].because in flip.text
        assert policy.levers[flip.lever].name in flip.text


def test_a_flip_never_asks_for_what_is_already_so(policy: Policy, tunable: Case) -> None:
    known = {(item.factor, item.value) for item in tunable.evidence}
    for flip in flips(Judgement(policy, tunable)):
        assert not known & set(flip.changes)


def test_a_change_replaces_an_answer_and_adds_to_what_was_tried() -> None:
    case = Case((Evidence("volume", "over_10m"), Evidence("tried", "schema")))
    after = changed(case, (("volume", "under_10k"), ("tried", "few_shot")))
    assert [item.value for item in after.current["volume"]] == ["under_10k"]
    assert [item.value for item in after.current["tried"]] == ["schema", "few_shot"]
