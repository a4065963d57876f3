"""What is sent to the model follows from the policy; what it costs follows from dated prices."""

import json

import pytest
from jsonschema import Draft202012Validator

from decision.claude_cost import packaged as prices
from decision.claude_cost import spent
from decision.claude_prompts import prompt
from decision.claude_schema import CERTAINTY, KINDS, checked, described, parsed, schema
from decision.policy import Policy
from decision.reader import Usage


def test_the_schema_names_every_option_of_the_policy_and_stays_within_what_servers_take(
    policy: Policy,
) -> None:
    made = schema(policy)
    Draft202012Validator.check_schema(made)
    options = made["properties"]["evidence"]["items"]["properties"]["is"]["enum"]
    assert set(options) - {"open_question:not_sure"} == {
        f"{factor}:{value}" for factor, data in policy.factors.items() for value in data.options
    }
    used = json.dumps(made)
    for keyword in ("minLength", "maxLength", "minItems", "maxItems", "pattern", "anyOf", "$ref"):
        assert f'"{keyword}"' not in used
    entry = {"is": "change_rate:weekly", "quote": "q", "sure": "said"}
    assert Draft202012Validator(made).is_valid({"kind": "case", "language": "en", "evidence": [entry]})
    assert made["properties"]["kind"]["enum"] == list(KINDS)
    assert set(CERTAINTY) == set(made["properties"]["evidence"]["items"]["properties"]["sure"]["enum"])


def test_the_prompt_describes_every_factor_and_its_version_changes_with_any_of_it(policy: Policy) -> None:
    words = described(policy)
    for factor, data in policy.factors.items():
        assert data.question in words
        assert f"\n{factor}: " in words
    one, two = prompt("reading", words), prompt("reading", words + "x")
    assert one.version != two.version
    assert one.version == prompt("reading", words).version
    assert not one.text.startswith("version")
    with pytest.raises(OSError, match=r"other\.md"):
        prompt("other")


def test_the_example_in_the_prompt_keeps_the_prompts_own_rules(policy: Policy) -> None:
    text = prompt("reading").text.partition("# An example")[2]
    message = " ".join(text.partition('"')[2].partition('"')[0].split())
    shown = text[text.index("{") : text.rindex("}") + 1]
    assert Draft202012Validator(schema(policy)).is_valid(json.loads(shown))
    held = checked(parsed(shown), message, policy, None, opens=True)
    assert (held.invented, held.unknown) == ((), 0)
    assert {item.factor for item in held.evidence} >= {"symptom", "job", "likeness", "volume"}


def test_a_price_is_found_by_the_longest_name_and_the_dearest_stands_in_for_the_unknown() -> None:
    known = prices()
    assert known.of("claude-haiku-5-5").output == 0.50
    assert known.of("claude-haiku-5-5-20260901") == known.of("claude-haiku-5-5")
    assert known.of("eu.anthropic.claude-sonnet-5-5-v1:0") == known.of("claude-sonnet-5-5")
    assert known.of("claude-sonnet-5@20260101") == known.of("claude-sonnet-5")
    assert known.of("somebody-elses-model") == known.other
    assert known.other.output == max(price.output for price in known.models.values())


def test_usage_adds_up_over_the_calls_of_a_turn() -> None:
    one = spent("claude-haiku-5-5", "reading 1", 100, 10, 50, 20)
    two = spent("claude-haiku-5-5", "explaining 1", 1, 0, 0, 2)
    both = one + two
    assert (both.tokens_in, both.tokens_out, both.tokens_cached, both.calls) == (161, 22, 50, 2)
    assert both.prompt == "reading 1 explaining 1"
    assert both.cost_usd == pytest.approx(one.cost_usd + two.cost_usd)
    assert Usage() + one == one
