"""The offline reader quotes people verbatim, declines what is not for it, and survives any text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.assess import Guidance
from decision.evidence import Case, Evidence
from decision.glossary import glossed
from decision.offline import OfflineReader
from decision.policy import Policy
from decision.questions import put
from tests.bot_fixtures import ROOT

ON_TOPIC = """
My bot makes things up about our prices
Our support assistant gives customers the wrong refund rules
The JSON that comes back from the model is invalid in 8% of the responses
Our assistant answers with last year's leave policy
The ticket classifier gives a different label every time I run it
We want to fine tune llama on our product documentation
The summaries of our contracts leave out clauses
Our chatbot is too slow and the token bill is too high
The extraction of invoice fields is wrong in one of ten cases
Retrieval brings up the wrong page of our HR handbook
The agent calls the wrong tool and then loops
The emails it writes do not sound like our brand
The prompt has 40 rules by now and GPT ignores half of them
"""
OFF_TOPIC = """
What is the weather tomorrow?
Can somebody order pizza for the team lunch?
The office printer is jammed again
Who won the football match last night?
My laptop does not connect to the wifi
Please approve my vacation for next week
What is the capital of France?
Write me a poem about the sea
Happy birthday Anna!
The coffee machine is broken
When is the next all-hands meeting?
Recommend a good restaurant in Berlin
How do I center a div in CSS?
"""
PIECES = [
    "our bot",
    "gives wrong prices",
    "daily",
    "not",
    "3 %",
    "weekly",
    "500 docs",
    "\ud800",
    "ſ",
    "é",
    "，",
    "\n",
    "?",
]
ODD = {
    "nothing": "",
    "white space": " \n\t\u2003 ",
    "an emoji": "👍🏽",
    "a family of emoji": "our bot 👩‍👩‍👧 gives 🤯 wrong answers 😡",
    "half a character": "our bot \ud83d gives old prices \udc00",
    "a null": "our bot\x00gives old prices",
    "12,000 characters": "Our bot gives old prices and invents policies. " * 255 + "x" * 15,
    "one long word": "a" * 12_000,
    "only digits": "7" * 5_000,
    "commas without end": "bot," * 3_000,
    "a long s, a Kelvin sign and a dotted I": "Unſere Antworten ſind falſch und das weiß İch nicht, K",
    "letters that grow in lower case": "İ" * 300 + " our bot is wrong",
    "right to left": "\u202eour bot gives old prices\u202c",
    "markup": "<script>alert(1)</script> *our* `bot` <@U123> [x](y)",
}


@pytest.mark.parametrize("message", ON_TOPIC.strip().splitlines())
def test_a_message_about_an_ai_feature_is_read(reader: OfflineReader, message: str) -> None:
    reading = reader.read(message, Case(), None)
    assert reading.kind == "case"
    assert reading.evidence


@pytest.mark.parametrize("message", OFF_TOPIC.strip().splitlines())
def test_a_message_about_anything_else_is_declined(reader: OfflineReader, message: str) -> None:
    reading = reader.read(message, Case(), None)
    assert (reading.kind, reading.evidence) == ("off_topic", ())


@pytest.mark.parametrize("what", ODD)
def test_odd_text_is_read_without_failing_and_quoted_verbatim(reader: OfflineReader, what: str) -> None:
    for case in (Case(), Case((Evidence("stage", "idea"),))):
        for item in reader.read(ODD[what], case, None).evidence:
            assert item.quote in ODD[what]


@settings(max_examples=80)
@given(
    st.text(st.characters(codec=None), max_size=120)
    | st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)
)
def test_quotes_stand_in_the_message_whatever_is_written(
    reader: OfflineReader, policy: Policy, message: str
) -> None:
    for case in (Case(), Case((Evidence("stage", "idea"),))):
        for item in reader.read(message, case, None).evidence:
            assert item.quote in message
            assert item.value in policy.factors[item.factor].options
            assert 0 <= item.certainty <= 1
            assert item.certainty + sum(share for _, share in item.alternatives) <= 1.001


def test_the_same_message_is_always_read_the_same(reader: OfflineReader) -> None:
    message = "Our bot gives old prices; they change every week and we have 300 test questions."
    assert reader.read(message, Case(), None) == reader.read(message, Case(), None)


def test_what_is_said_outright_is_firm_and_quoted_in_few_words(reader: OfflineReader) -> None:
    message = (
        "Our bot gives old prices. The prices change every week. We have 300 test questions with answers."
    )
    read = {item.factor: item for item in reader.read(message, Case(), None).evidence}
    assert (read["change_rate"].value, read["change_rate"].quote) == (
        "weekly",
        "The prices change every week.",
    )
    assert read["test_examples"].value == "200_plus"
    assert read["change_rate"].certainty >= 0.75


def test_an_answer_and_what_is_said_beside_it_are_both_read(
    reader: OfflineReader, policy: Policy, guidance: Guidance
) -> None:
    data = policy.factors["both_needs"]
    question = put("both_needs", data, guidance(data.passage))
    reading = reader.read(
        "No, but the prices change every week", Case((Evidence("stage", "idea"),)), question
    )
    assert reading.kind == "answer"
    assert {item.factor: item.value for item in reading.evidence} == {
        "both_needs": "no",
        "change_rate": "weekly",
    }


def test_what_goes_wrong_is_still_read_from_a_later_message_when_nobody_said_it(
    reader: OfflineReader,
) -> None:
    opened = Case(reader.read("our bot is bad", Case(), None).evidence)
    later = reader.read("it makes things up about our insurance policies", opened, None)
    assert [item.value for item in later.evidence if item.factor == "symptom"] == ["invented_facts"] or [
        item.value for item in later.evidence if item.factor == "symptom"
    ] == ["unknown_facts"]


def test_harm_by_a_feature_is_not_declined(reader: OfflineReader) -> None:
    reading = reader.read("Someone could die if our symptom checker is wrong.", Case(), None)
    assert reading.kind == "case"


@pytest.mark.parametrize(
    "message",
    [
        "Fine-tuning tesseract on my scans makes other fonts worse, how many lines do I need?",
        "How many labelled masks to train just the mask decoder on medical scans?",
    ],
)
def test_a_model_of_another_trade_is_declined(reader: OfflineReader, message: str) -> None:
    assert reader.read(message, Case(), None).kind == "off_topic"


def test_a_short_answer_in_another_language_is_not_said_to_be_read_in_part(
    reader: OfflineReader, policy: Policy, guidance: Guidance
) -> None:
    data = policy.factors["both_needs"]
    question = put("both_needs", data, guidance(data.passage))
    reading = reader.read("non", Case((Evidence("stage", "idea", source="tap"),)), question)
    assert (reading.kind, reading.partly) == ("answer", False)


@pytest.mark.parametrize(
    "message", ["لا يجيب المساعد عن أسئلة العملاء بشكل صحيح", "הבוט שלנו עונה תשובות שגויות ללקוחות"]
)
def test_a_language_that_is_not_read_is_neither_declined_nor_guessed_at(
    reader: OfflineReader, message: str
) -> None:
    reading = reader.read(message, Case(), None)
    assert (reading.kind, reading.evidence, reading.partly) == ("nothing", (), True)


@pytest.mark.parametrize(
    "message",
    [
        "Fine-tuning a 7B model dies with CUDA out of memory on a 24GB card, what do I set?",
        "The model dropdown jumps back to the first entry after every message.",
    ],
)
def test_a_fault_of_the_machinery_or_the_screen_is_declined(reader: OfflineReader, message: str) -> None:
    assert reader.read(message, Case(), None).kind == "off_topic"


def test_small_talk_within_a_case_is_neither_declined_nor_evidence(reader: OfflineReader) -> None:
    opened = Case(reader.read("Our bot gives customers old prices", Case(), None).evidence)
    reading = reader.read("lunch first", opened, None)
    assert (reading.kind, reading.evidence) == ("nothing", ())


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Unser Chatbot nennt veraltete Preise. Die Preise ändern sich jede Woche.", "de"),
        ("我们的客服机器人总是回答过时的价格，价格每周都会变化。", "zh"),
    ],
)
def test_another_language_is_read_in_part_and_says_so(
    reader: OfflineReader, message: str, language: str
) -> None:
    reading = reader.read(message, Case(), None)
    assert (reading.kind, reading.language, reading.partly) == ("case", language, True)
    assert [item.value for item in reading.evidence if item.factor == "change_rate"] == ["weekly"]
    assert all(item.quote in message for item in reading.evidence)


def test_english_is_read_in_full(reader: OfflineReader) -> None:
    reading = reader.read("Our bot gives old prices every day.", Case(), None)
    assert (reading.language, reading.partly) == ("en", False)


def test_without_an_encoder_the_phrases_work_alone() -> None:
    alone = OfflineReader(lambda: None)
    reading = alone.read("Our bot gives old prices. The prices change every week.", Case(), None)
    assert {item.factor for item in reading.evidence} >= {"change_rate"}
    assert alone.read("The office printer is jammed again", Case(), None).kind == "off_topic"


@given(st.text(max_size=200), st.sampled_from(["en", "de", "zh", "ja", "fr", "und", "xx"]))
def test_a_gloss_keeps_every_sentence_as_it_was_written(message: str, language: str) -> None:
    text, parts = glossed(message, language)
    assert all(part.sentence in message for part in parts)
    assert all(0 <= part.start <= part.end <= max(len(text), part.end) for part in parts)


def test_everyday_messages_and_questions_about_other_software_are_declined(reader):
    messages = (ROOT / "tests" / "everyday.txt").read_text("utf-8").splitlines()
    taken = [message for message in messages if reader.read(message, Case(), None).kind != "off_topic"]
    assert len(taken) <= len(messages) // 10, taken
