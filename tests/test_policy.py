"""The packaged policy rests on the handbook word for word, and a broken policy file says where and what."""

import re
from importlib.resources import files

import pytest

from decision.assess import Guidance
from decision.evidence import NOT_SURE, Case, Evidence
from decision.policy import Cited, Policy, PolicyError, firm, parse

PACKAGED = files("decision").joinpath("policy.toml").read_text("utf-8")
FACTORS = {
    "human_fix": "document tool steps instructions nothing_helps",
    "facts_test": "always sometimes no not_tried",
    "change_rate": "daily weekly monthly rarely",
    "task_scope": "narrow few broad",
    "test_examples": "none under_20 20_to_49 50_to_199 200_plus",
    "training_pairs": "none under_50 50_to_199 200_to_999 1000_plus raw_logs",
    "label_agreement": "high fair poor unchecked",
    "failure_pattern": "same few_kinds all_different changes_on_retry",
    "output_need": "identical same_meaning variety",
    "format_enforced": "schema retried only_asked no_format",
    "volume": "under_10k 10k_to_100k 100k_to_1m 1m_to_10m over_10m",
    "prompt_size": "under_1k 1k_to_4k 4k_to_20k over_20k",
    "reference_material": "none fits_in_prompt large database_or_api",
    "retrieval_state": "none right_page wrong_page unchecked",
    "needs_action": "lookup maths action none",
    "latency": "under_500ms under_2s under_10s batch",
    "error_cost": "trivial minutes money safety",
    "goal_stability": "weekly once_or_twice stable",
    "tried": "baseline_prompt few_shot schema right_facts retrieval tools stronger_model fine_tuning",
    "owner": "named probably nobody",
    "stage": "idea live_small live_at_scale",
    "style_gap": "yes partly no",
    "both_needs": "yes no",
    "hosting": "any_api own_cloud own_machines",
}
"""Fixed for good: logs, buttons and teams' own files name them."""

BREAKS = [
    ("an extra key", "[asking]", "[asking]\nfrequency = 2", "asking.frequency"),
    ("a missing part", "[asking]", "[asking_of]", "asking: Field required"),
    (
        "an unknown factor",
        "change_rate = [",
        "change_pace = [",
        "fast-facts: there is no factor 'change_pace'",
    ),
    ("an unknown option", '"daily", "weekly"', '"hourly", "weekly"', "'change_rate' has no option 'hourly'"),
    (
        "an unknown lever",
        'forbid = ["fine_tune"]',
        'forbid = ["tune"]',
        "gate fast-facts: unknown name 'tune'",
    ),
    (
        "a lever's weight misspelt",
        "levers = { prompt",
        "levers = { promt",
        "unknown_facts: unknown name 'promt'",
    ),
    ("a diagnosis misspelt", "diagnosis = { knowledge", "diagnosis = { facts", "unknown name 'facts'"),
    ("a regret of nothing", "[regret.fine_tune]", "[regret.search]", "regret: unknown name 'search'"),
    ("an id used twice", 'id = "moving-goal"', 'id = "labels-first"', "gate labels-first: this id is used 2"),
    (
        "a label too long for a button",
        'label = "Weekly"',
        f'label = "{"w" * 76}"',
        "change_rate.options.weekly",
    ),
    ("not_sure spelt out", "change_rate.options.rarely]", "change_rate.options.not_sure]", "leave it out"),
    ("a weight that is no number", "intercept = ", "intercept = nan # ", "confidence.intercept"),
    ("a source without trust", "trial = ", "# trial = ", "trust.trial: Field required"),
    (
        "a gate on a diagnosis",
        'id = "facts-fix-it"\nwhen = {',
        'id = "facts-fix-it"\nwhen = { diagnosis = ["knowledge"],',
        "a gate looks at evidence alone",
    ),
    (
        "a question for an unknown lever",
        "before = { fine_tune",
        "before = { tune",
        "asking.before: unknown name 'tune'",
    ),
    (
        "a question skipped for nothing",
        "skip = { symptom = [",
        'skip = { symptom = ["odd", ',
        "unknown name 'odd'",
    ),
    ("trust below nothing", "quote = 0", "quote = -0", "trust.quote"),
]


@pytest.mark.parametrize(
    ("before", "after", "says"), [pytest.param(*case[1:], id=case[0]) for case in BREAKS]
)
def test_a_policy_file_that_cannot_be_used_says_where_and_what(before: str, after: str, says: str) -> None:
    assert before in PACKAGED
    with pytest.raises(PolicyError, match=re.escape(says)) as raised:
        parse(PACKAGED.replace(before, after, 1), "team.toml")
    assert str(raised.value).startswith("team.toml is not a usable policy: ")


@pytest.mark.parametrize(
    ("pattern", "replacement", "says"),
    [
        (r"(?m)^share = .*$", "share = 0", "factors.volume: the shares of its options add up to nothing"),
        (r"(?m)^prompt = \{ knowledge.*$", "", "coupling: lever 'prompt' goes with no diagnosis"),
        (r"levers = \{ \w+ = [-.\d]+", "levers = { prompt = 900.0", "less than or equal to 20"),
        (r"(?m)^because = .*$", 'because = ""', "because: String should have at least 1 character"),
    ],
)
def test_numbers_and_words_that_would_break_a_verdict_are_refused(
    pattern: str, replacement: str, says: str
) -> None:
    with pytest.raises(PolicyError, match=re.escape(says)):
        parse(re.sub(pattern, replacement, PACKAGED), "team.toml")


def test_gates_that_forbid_every_lever_are_refused(policy: Policy) -> None:
    every = ", ".join(f'"{lever}"' for lever in policy.levers)
    with pytest.raises(PolicyError, match="forbid every lever"):
        parse(PACKAGED.replace('forbid = ["fine_tune"]', f"forbid = [{every}]", 1), "team.toml")


def test_every_problem_of_a_policy_file_is_said_at_once() -> None:
    broken = PACKAGED.replace("change_rate = [", "change_pace = [", 1).replace('["poor"]', '["awful"]', 1)
    with pytest.raises(PolicyError, match=r"(?s)change_pace.*awful|awful.*change_pace"):
        parse(broken, "team.toml")


@pytest.mark.parametrize("text", ["[[", "version = ", "\ufeff[asking\n", "version = 1\nversion = 2"])
def test_a_file_that_is_no_toml_says_so_with_the_place(text: str) -> None:
    with pytest.raises(PolicyError, match=r"team.toml is not valid TOML: .*(line|end of document)"):
        parse(text, "team.toml")


def test_an_empty_file_names_what_is_missing() -> None:
    with pytest.raises(PolicyError, match=r"version: Field required.*factors: Field required"):
        parse("", "team.toml")


def test_the_packaged_policy_is_a_whole_policy(policy: Policy) -> None:
    assert parse(PACKAGED, "policy.toml") == policy


@pytest.mark.parametrize("factor", FACTORS)
def test_the_factors_and_options_that_everything_else_names_are_there(policy: Policy, factor: str) -> None:
    assert list(policy.factors[factor].options) == FACTORS[factor].split()


def test_the_levers_and_diagnoses_are_there(policy: Policy) -> None:
    levers = "prompt rag workflow fine_tune hybrid not_ready switch_model"
    assert set(policy.levers) == set(levers.split())
    assert set(policy.diagnoses) == {"knowledge", "workflow", "behavior", "undefined"}


def test_every_entry_quotes_its_passage_word_for_word(policy: Policy, guidance: Guidance) -> None:
    entries: list[tuple[str, Cited]] = [
        *((f"lever {name}", lever) for name, lever in policy.levers.items()),
        *((f"gate {gate.id}", gate) for gate in policy.gates),
        *((f"advice {advice.id}", advice) for advice in policy.advice),
        *((f"warning {warning.id}", warning) for warning in policy.warnings),
        *((f"step {step.number}", step) for step in policy.steps),
    ]
    wrong = [where for where, entry in entries if entry.quote not in guidance(entry.passage).text]
    assert wrong == []


def test_every_question_and_every_option_quotes_its_passage_word_for_word(
    policy: Policy, guidance: Guidance
) -> None:
    wrong = [
        f"{name}.{value}"
        for name, factor in policy.factors.items()
        for value, quote in [("", factor.quote), *((v, o.quote) for v, o in factor.options.items())]
        if not quote.strip() or quote not in guidance(factor.passage).text
    ]
    assert wrong == []


def test_every_passage_that_the_policy_names_exists(policy: Policy, guidance: Guidance) -> None:
    assert policy.passages
    for passage in policy.passages:
        assert guidance(passage).id == passage


def test_the_five_steps_are_numbered_and_every_lever_belongs_to_one(policy: Policy) -> None:
    assert [step.number for step in policy.steps] == [1, 2, 3, 4, 5]
    assert {lever.step for lever in policy.levers.values()} <= {1, 2, 3, 4, 5}


def test_labels_are_short_and_different_within_a_question(policy: Policy) -> None:
    for name, factor in policy.factors.items():
        labels = [option.label.lower() for option in factor.options.values()]
        assert len(set(labels)) == len(labels), name
        assert max(map(len, labels)) <= 75, name


def test_what_is_firm_leaves_guesses_out() -> None:
    case = Case((Evidence("volume", "over_10m", certainty=0.74), Evidence("stage", "idea", certainty=0.75)))
    assert firm(case) == {"volume": frozenset(), "stage": {"idea"}}


def test_a_condition_needs_all_and_any_and_none(policy: Policy) -> None:
    condition = next(gate.when for gate in policy.gates if gate.id == "fast-facts")
    daily, document = frozenset({"daily"}), frozenset({"document"})
    assert condition.meets({"change_rate": daily, "human_fix": document})
    assert not condition.meets({"change_rate": daily})
    assert not condition.meets({"change_rate": frozenset({NOT_SURE}), "human_fix": document})


def test_no_answer_weighs_more_for_another_lever_than_for_those_its_own_sentence_supports(
    policy: Policy,
) -> None:
    wrong = []
    for name, factor in policy.factors.items():
        for value, option in factor.options.items():
            if option.supports:
                best = max(option.levers.get(lever, 0.0) for lever in option.supports)
                wrong += [
                    f"{name}.{value}: {lever} {weight:+.2f} over {best:+.2f}"
                    for lever, weight in option.levers.items()
                    if lever not in option.supports and weight > best + 0.1
                ]
    assert wrong == []
