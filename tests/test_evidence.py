"""What a person said last counts, and what is known is never lost to a guess."""

from hypothesis import given
from hypothesis import strategies as st

from decision.evidence import NOT_SURE, WITHDRAWN, Case, Evidence

DAILY = Evidence("change_rate", "daily", "prices change every day")
RARELY = Evidence("change_rate", "rarely", source="tap")
GUESS = Evidence("change_rate", "monthly", "now and then", certainty=0.5, alternatives=(("weekly", 0.3),))
UNSURE = Evidence("change_rate", NOT_SURE, source="tap")


def test_the_newest_answer_counts_and_the_change_is_reported() -> None:
    case = Case((DAILY, RARELY))
    assert case.value("change_rate") == "rarely"
    assert [(r.factor, r.before, r.after) for r in case.revisions()] == [("change_rate", DAILY, RARELY)]


def test_every_change_of_mind_is_reported_in_order() -> None:
    found = Case((DAILY, RARELY, DAILY)).revisions()
    assert [(r.before.value, r.after.value) for r in found] == [("daily", "rarely"), ("rarely", "daily")]


def test_saying_the_same_again_is_no_revision() -> None:
    assert Case((DAILY, Evidence("change_rate", "daily", source="tap"))).revisions() == ()


def test_a_guess_never_replaces_a_firm_answer() -> None:
    case = Case((DAILY, GUESS))
    assert case.current["change_rate"] == (DAILY,)
    assert case.revisions() == ()


def test_a_firm_answer_replaces_a_guess_and_is_no_revision() -> None:
    case = Case((GUESS, DAILY))
    assert case.value("change_rate") == "daily"
    assert case.revisions() == ()


def test_a_newer_guess_replaces_an_older_one() -> None:
    newer = Evidence("change_rate", "weekly", certainty=0.4)
    assert Case((GUESS, newer)).current["change_rate"] == (newer,)


def test_not_sure_never_replaces_what_is_known() -> None:
    assert Case((DAILY, UNSURE)).value("change_rate") == "daily"
    assert Case((GUESS, UNSURE)).value("change_rate") == "monthly"


def test_anything_known_replaces_not_sure_without_a_revision() -> None:
    for later in (DAILY, GUESS):
        assert Case((UNSURE, later)).current["change_rate"] == (later,)
        assert Case((UNSURE, later)).revisions() == ()


def test_what_was_tried_adds_up() -> None:
    tried = tuple(Evidence("tried", value) for value in ("few_shot", "schema", "few_shot"))
    case = Case(tried)
    assert [item.value for item in case.current["tried"]] == ["schema", "few_shot"]
    assert "schema" in {item.value for item in case.current["tried"]}
    assert case.revisions() == ()


def test_a_guess_about_what_was_tried_does_not_weaken_what_was_said_firmly() -> None:
    firm = Evidence("tried", "few_shot", source="tap")
    case = Case((firm, Evidence("tried", "few_shot", "examples", certainty=0.4)))
    assert case.current["tried"] == (firm,)


def test_not_sure_about_what_was_tried_stands_only_while_nothing_is_known() -> None:
    unsure, schema = Evidence("tried", NOT_SURE), Evidence("tried", "schema")
    assert [item.value for item in Case((unsure,)).current["tried"]] == [NOT_SURE]
    assert Case((unsure, schema)).current["tried"] == (schema,)
    assert Case((schema, unsure)).current["tried"] == (schema,)


def test_a_case_is_never_changed_in_place() -> None:
    case = Case((DAILY,))
    grown = case.adding(RARELY).asking("volume").asking("stage")
    assert (case.evidence, case.asked) == ((DAILY,), ())
    assert (grown.evidence, grown.asked) == ((DAILY, RARELY), ("volume", "stage"))
    assert grown.without("change_rate") == Case((), ("volume", "stage"))


def test_nothing_is_known_of_a_factor_that_nobody_spoke_of() -> None:
    assert Case().value("volume") is None
    assert "volume" not in Case().current


@given(st.data())
def test_what_counts_was_always_said_and_is_firm_where_anything_firm_was_said(
    cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    case = data.draw(cases)
    for factor, held in case.current.items():
        said = [item for item in case.evidence if item.factor == factor]
        assert set(held) <= set(said)
        known = [item for item in said if item.value != NOT_SURE and item.certainty >= 0.75]
        if known and factor != "tried":
            assert held == (known[-1],)


@given(st.data())
def test_the_order_in_which_different_things_are_said_does_not_matter(
    cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    said = data.draw(cases).evidence
    by_factor = sorted(said, key=lambda item: item.factor)
    assert Case(tuple(by_factor)).current == Case(said).current


def test_what_is_withdrawn_counts_no_more_and_may_be_said_anew() -> None:
    said = Case((Evidence("volume", "over_10m"), Evidence("volume", WITHDRAWN, "forget the volume")))
    assert said.value("volume") is None
    assert said.revisions() == ()
    assert said.adding(Evidence("volume", "under_10k")).value("volume") == "under_10k"


def test_one_of_several_values_can_be_withdrawn() -> None:
    case = Case((Evidence("tried", "schema"), Evidence("tried", "retrieval")))
    case = case.adding(Evidence("tried", WITHDRAWN, "no schema", alternatives=(("schema", 1.0),)))
    assert [item.value for item in case.current["tried"]] == ["retrieval"]
    assert case.adding(Evidence("tried", WITHDRAWN)).current.get("tried") is None
