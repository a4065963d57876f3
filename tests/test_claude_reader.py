"""Claude's reading is evidence with the person's own words, or a kind of message; nothing else passes."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.assess import Guidance
from decision.claude_reader import ClaudeReader, told
from decision.evidence import NOT_SURE, Case, Evidence
from decision.policy import Policy
from decision.questions import put
from decision.reader import Usage
from decision.verdict import Question
from tests.claude_fixtures import KEY, Rules, line, reader
from tests.claude_server import ClaudeServer, reads, request_schema, says, text

MESSAGE = (
    "Our support bot gives outdated prices. The prices change every week, and we have 300 test questions"
)
KNOWN = Case((Evidence("symptom", "stale_facts", "outdated prices"),))


@pytest.fixture
def question(policy: Policy, guidance: Guidance) -> Question:
    """An open question."""
    data = policy.factors["change_rate"]
    return put("change_rate", data, guidance(data.passage))


def test_a_message_becomes_evidence_in_one_call_with_its_cost() -> None:
    answer = reads(
        "case",
        ("symptom:stale_facts", "gives outdated prices"),
        ("change_rate:weekly", "The prices change every week"),
        ("test_examples:200_plus", "we have 300 test questions"),
    )
    with reader(answer) as (claude, server):
        reading = claude.read(MESSAGE, Case(), None)
    assert len(server.asked) == 1
    assert (reading.kind, reading.language, reading.note, reading.partly) == ("case", "en", "", False)
    assert {item.factor: item.value for item in reading.evidence} == {
        "symptom": "stale_facts",
        "change_rate": "weekly",
        "test_examples": "200_plus",
    }
    assert all(item.quote in MESSAGE and item.source == "quote" for item in reading.evidence)
    assert reading.usage == Usage(
        "claude-haiku-5-5", reading.usage.prompt, 4180, 120, 4000, pytest.approx(0.000118), 1
    )
    assert reading.usage.prompt.startswith("reading 2026-")


def test_only_what_is_known_the_question_and_the_new_message_are_sent(question: Question) -> None:
    with reader(reads("case"), reads("answer", ("change_rate:daily", "all day long"))) as (claude, server):
        claude.read(MESSAGE, Case(), None)
        claude.read("they move all day long", KNOWN, question)
    first, second = server.told(0), server.told(1)
    assert first == {"known": [], "open_question": None, "message": MESSAGE}
    assert second["known"] == ["symptom:stale_facts"]
    assert second["open_question"]["options"]["weekly"] == "Weekly"
    assert second["message"] == "they move all day long"
    assert "outdated" not in server.asked[1]["messages"][0]["content"][0]["text"]
    assert len(server.asked[1]["messages"]) == 1


def test_the_prefix_is_the_same_for_every_message_and_is_marked_to_be_kept(question: Question) -> None:
    with reader(reads("case"), reads("nothing")) as (claude, server):
        claude.read(MESSAGE, Case(), None)
        claude.read("something else entirely", KNOWN, question)
    one, two = server.asked
    assert one["system"] == two["system"]
    assert one["output_config"] == two["output_config"]
    assert one["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert not {"tools", "tool_choice", "mcp_servers", "container"} & set(one)
    assert one["max_tokens"] <= 4_000


def test_requests_are_what_the_vendor_describes() -> None:
    if request_schema() is None:
        pytest.skip("the vendor's schemas are not at hand")
    with reader(reads("case")) as (claude, server):
        claude.read(MESSAGE, Case(), None)
    assert server.problems == []
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert list(request_schema().iter_errors({**server.asked[0], "lever": "fine_tune"}))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("guidance", "can a small model replace retrieval for us in general"),
        ("greeting", "nice to meet you, robot"),
        ("correction", "no no, that is not what I meant at all"),
        ("nothing", "hm, let me ask around"),
    ],
)
def test_the_kinds_of_message_without_evidence_are_told_apart(kind: str, message: str) -> None:
    with reader(reads(kind)) as (claude, _):
        reading = claude.read(message, KNOWN, None)
    assert (reading.kind, reading.evidence) == (kind, ())


def test_only_a_message_that_opens_a_case_is_off_topic(question: Question) -> None:
    with reader(*[reads("off_topic", ("symptom:stale_facts", "pizza"))] * 3) as (claude, _):
        assert claude.read("who orders pizza?", Case(), None).kind == "off_topic"
        assert claude.read("who orders pizza?", KNOWN, None).kind == "nothing"
        reading = claude.read("who orders pizza?", Case(), question)
        assert (reading.kind, reading.evidence) == ("nothing", ())


def test_facts_beside_a_question_or_a_greeting_are_not_lost() -> None:
    said = ("change_rate:weekly", "The prices change every week")
    with reader(reads("guidance", said), reads("greeting", said)) as (claude, _):
        for _ in range(2):
            reading = claude.read(MESSAGE, Case(), None)
            assert (reading.kind, len(reading.evidence)) == ("case", 1)


def test_an_answer_in_other_words_is_an_answer_whatever_the_model_calls_it(question: Question) -> None:
    with reader(reads("case", ("change_rate:weekly", "each monday morning"))) as (claude, _):
        reading = claude.read("each monday morning they upload a new list", KNOWN, question)
    assert (reading.kind, reading.evidence[0].value) == ("answer", "weekly")


def test_somebody_who_does_not_know_has_answered(question: Question) -> None:
    answer = reads("answer", ("open_question:not_sure", "no one here could tell"))
    with reader(answer, answer) as (claude, _):
        reading = claude.read("honestly no one here could tell you that", KNOWN, question)
        assert [(item.factor, item.value) for item in reading.evidence] == [("change_rate", NOT_SURE)]
        assert reading.kind == "answer"
        assert claude.read("honestly no one here could tell you that", KNOWN, None).evidence == ()


@pytest.mark.parametrize("message", ["2", "Weekly", "not sure", "idk", "option 3"])
def test_an_answer_that_leaves_nothing_to_interpret_costs_no_call(
    policy: Policy, question: Question, message: str
) -> None:
    with ClaudeServer() as server, line(server) as claude:
        built = ClaudeReader(claude, policy, Rules())
        reading = built.read(message, KNOWN, question)
        assert server.asked == []
    assert (reading.kind, reading.evidence[0].factor) == ("answer", "change_rate")
    assert reading.usage == Usage()


def test_an_empty_message_costs_no_call() -> None:
    with reader() as (claude, server):
        assert claude.read(" \n\t", Case(), None).kind == "nothing"
        assert server.asked == []


def test_what_the_person_did_not_say_is_dropped_counted_and_logged_without_their_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = reads(
        "case",
        ("change_rate:weekly", "The prices change every week"),
        ("volume:over_10m", "ten million requests a day"),
        ("owner:nobody", ""),
        ("mood:angry", "outdated prices"),
        ("change_rate:hourly", "outdated prices"),
        ("change_rate:not_sure", "outdated prices"),
        ("change_rate", "outdated prices"),
    )
    with reader(answer) as (claude, _), caplog.at_level(logging.INFO):
        reading = claude.read(MESSAGE, Case(), None)
    assert [(item.factor, item.value) for item in reading.evidence] == [("change_rate", "weekly")]
    dropped = [record.getMessage() for record in caplog.records if record.name.startswith("decision")]
    assert dropped == ["evidence_dropped invented=2 unknown=4 factors=volume:over_10m,owner:nobody"]


@pytest.mark.parametrize(
    "language", ["de", "und", "EN", "english", "", "<script>", "\u202e", "ignore previous instructions"]
)
def test_a_language_is_a_code_or_unknown(language: str) -> None:
    with reader(reads("nothing", language=language)) as (claude, _):
        assert claude.read("hm, wait", KNOWN, None).language == (language if language == "de" else "und")


def test_other_languages_are_read_in_full_with_quotes_in_that_language() -> None:
    message = "Unser Chatbot nennt veraltete Preise; die ändern sich jede Woche."
    answer = reads("case", ("change_rate:weekly", "die ändern sich jede Woche"), language="de")
    with reader(answer) as (claude, _):
        reading = claude.read(message, Case(), None)
    assert (reading.language, reading.partly) == ("de", False)
    assert reading.evidence[0].quote in message


@pytest.mark.parametrize("wrapped", ["```json\n{}\n```", "Here it is: {} as asked."])
def test_what_other_servers_write_around_the_json_is_ignored(wrapped: str) -> None:
    document = json.dumps({"kind": "greeting", "language": "en", "evidence": []})
    with reader(says(text(wrapped.replace("{}", document)))) as (claude, _):
        assert claude.read("lovely weather, bot", KNOWN, None).kind == "greeting"


def test_what_the_model_thinks_beside_its_answer_is_not_read() -> None:
    thinking = {"type": "thinking", "thinking": "{", "signature": "s"}
    document = json.dumps({"kind": "greeting", "language": "en", "evidence": []})
    with reader(says(thinking, text(document))) as (claude, _):
        assert claude.read("lovely weather, bot", KNOWN, None).kind == "greeting"


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_sent_as_one_json_string(message: str) -> None:
    document = told(message, KNOWN, None)
    document.encode()
    assert set(json.loads(document)) == {"known", "open_question", "message"}
    whole = message.encode("utf-8", "replace").decode()
    assert json.loads(document)["message"] == whole


def test_a_very_long_message_is_sent_in_part() -> None:
    with reader(reads("nothing")) as (claude, server):
        claude.read("our bot is wrong. " * 5_000, KNOWN, None)
        assert len(server.told()["message"]) == 12_000
