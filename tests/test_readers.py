"""One contract for both readers: the same messages, the model's answers played from a recording.

Whoever reads, evidence carries the person's words, kinds are told apart, and the policy's verdict is right.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decision.assess import Guidance, assess
from decision.claude_reader import ClaudeReader
from decision.evidence import NOT_SURE, Case, Evidence
from decision.offline import OfflineReader
from decision.policy import Policy
from decision.questions import put
from decision.reader import Reader
from decision.verdict import Question, Verdict
from tests.claude_fixtures import as_recorded, line, recorded
from tests.claude_server import ClaudeServer

SCENARIOS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "scenarios.toml").read_text("utf-8")
)["scenario"]
ODD = [
    "",
    " \n",
    "👍🏽",
    "\ud83d our bot",
    "a" * 20_000,
    "our bot\x00lies",
    "<script>our bot</script>",
    '"}]',
]


@pytest.fixture(params=["offline", "claude"], scope="module")
def either(request: pytest.FixtureRequest, policy: Policy, reader: OfflineReader) -> Iterator[Reader]:
    """Each of the two readers."""
    if request.param == "offline":
        yield reader
        return
    with ClaudeServer(always=as_recorded) as server, line(server) as claude:
        yield ClaudeReader(claude, policy, reader)


def verdict_on(reader: Reader, policy: Policy, guidance: Guidance, says: list[str]) -> Verdict:
    """The verdict after these messages, without a question in between."""
    case = Case()
    for message in says:
        case = case.adding(*reader.read(message, case, None).evidence)
    return assess(policy, case, guidance, decide_now=True).verdict


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one["name"]) for one in SCENARIOS])
def test_the_verdict_on_what_was_read_is_right_where(
    either: Reader, policy: Policy, guidance: Guidance, scenario: dict[str, Any]
) -> None:
    verdict = verdict_on(either, policy, guidance, scenario["says"])
    levers = ", ".join(f"{name} {share:.2f}" for name, share in verdict.levers.items() if share >= 0.01)
    assert verdict.lever in scenario["lever"], levers
    assert verdict.lever not in scenario.get("not", []), levers
    assert {*scenario.get("warns", [])} <= {warning.id for warning in verdict.warnings}


@pytest.mark.parametrize("message", recorded())
def test_evidence_has_the_persons_words_and_the_policys_values(
    either: Reader, policy: Policy, message: str
) -> None:
    reading = either.read(message, Case(), None)
    assert reading.kind in ("case", "correction", "nothing", "off_topic")
    assert reading.note == ""
    for item in reading.evidence:
        assert item.quote
        assert item.quote in message
        assert item.value in policy.factors[item.factor].options
        assert item.source == "quote"
        assert 0 < item.certainty <= 1
        assert item.certainty + sum(share for _, share in item.alternatives) <= 1.001
    assert either.read(message, Case(), None) == reading


@pytest.mark.parametrize(
    "message",
    [
        "The office printer is jammed again",
        "Who won the football match last night?",
        "What is the weather tomorrow?",
    ],
)
def test_what_is_not_about_an_ai_feature_is_declined(either: Reader, message: str) -> None:
    reading = either.read(message, Case(), None)
    assert (reading.kind, reading.evidence) == ("off_topic", ())


def test_small_talk_within_a_case_is_no_evidence_and_no_reason_to_decline(either: Reader) -> None:
    reading = either.read("lunch first", Case((Evidence("stage", "idea"),)), None)
    assert (reading.kind, reading.evidence) == ("nothing", ())


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Unser Chatbot nennt veraltete Preise. Die Preise ändern sich jede Woche.", "de"),
        ("我们的客服机器人总是回答过时的价格，价格每周都会变化。", "zh"),
    ],
)
def test_other_languages_are_read_and_named(either: Reader, message: str, language: str) -> None:
    reading = either.read(message, Case(), None)
    assert (reading.kind, reading.language) == ("case", language)
    assert [item.value for item in reading.evidence if item.factor == "change_rate"] == ["weekly"]


@pytest.mark.parametrize(
    ("factor", "message", "value"),
    [
        ("change_rate", "1", "daily"),
        ("change_rate", "Weekly", "weekly"),
        ("change_rate", "the prices behind it change every day", "daily"),
        ("change_rate", "not sure", NOT_SURE),
        ("test_examples", "about 30", "20_to_49"),
    ],
)
def test_an_open_question_is_answered_in_many_ways(
    either: Reader, policy: Policy, guidance: Guidance, factor: str, message: str, value: str
) -> None:
    reading = either.read(message, Case((Evidence("stage", "idea"),)), question(policy, guidance, factor))
    assert [item.value for item in reading.evidence if item.factor == factor] == [value]
    assert reading.kind in ("answer", "case")


@pytest.mark.parametrize("message", ODD)
def test_no_text_makes_a_reader_fail(
    either: Reader, policy: Policy, guidance: Guidance, message: str
) -> None:
    for case, asked in (
        (Case(), None),
        (Case((Evidence("stage", "idea"),)), question(policy, guidance, "change_rate")),
    ):
        for item in either.read(message, case, asked).evidence:
            assert item.quote in message


def question(policy: Policy, guidance: Guidance, factor: str) -> Question:
    """The question about a factor."""
    data = policy.factors[factor]
    return put(factor, data, guidance(data.passage))
