import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intents import LogRequest, guidance_question, intent_of, log_request

WORDS = {
    "why": ["why?", "Why do you ask?", "why are you asking this"],
    "flips": ["what would change this?", "What could change your mind"],
    "decide_now": ["decide now", "just decide", "Give me the verdict!"],
    "wrong": ["that's wrong", "No, that is not right.", "what did you understand?"],
    "start_over": ["start over", "Reset", "new case"],
    "help": ["help", "?", "what can I say?"],
    "greeting": ["hi", "Good morning!", "thank you", "hey sextant"],
    "guidance": [
        "can fine-tuning replace RAG?",
        "ask is few-shot enough",
        "When does LoRA help?",
        "Does fine-tuning help with facts?",
        "How do we measure whether the labels are good?",
        "What are the most common mistakes?",
        "Do I need evals before fine-tuning?",
        "When should I fine-tune?",
    ],
    "log": ["log this decision", "Log it.", "log the verdict as a mix by Ada: cheap"],
}


@pytest.mark.parametrize(
    ("intent", "text"), [(name, text) for name, texts in WORDS.items() for text in texts]
)
def test_a_set_phrase_is_understood(intent, text):
    assert intent_of(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "our bot is wrong about dates",
        "can our RAG be saved?",
        "Log analysis with an LLM fails",
        "we decide now which tickets to close by hand",
        "why does our bot invent products? It has all documents.",
        "ask it for the date and it is years off!",
        "should we fine-tune our labels model?",
        "We have 300 labels. Should we fine-tune a model?",
        "weekly",
        "2",
        "",
    ],
)
def test_a_description_or_an_answer_is_no_set_phrase(text):
    assert intent_of(text) is None


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("log this decision", LogRequest()),
        ("log this decision by Ada: because X", LogRequest("Ada", None, "X")),
        ("log as workflow by Ada", LogRequest("Ada", "workflow")),
        (
            "log this as fine-tuning instead by Ada Lovelace, a note",
            LogRequest("Ada Lovelace", "fine_tune", "a note"),
        ),
        ("log it because it is cheaper", LogRequest("", None, "it is cheaper")),
        ("log as pizza by Ada", LogRequest("Ada", None, "", "pizza")),
    ],
)
def test_a_log_request_says_by_whom_as_what_and_why(text, request_):
    assert log_request(text) == request_


def test_a_leading_ask_is_not_part_of_the_question():
    assert guidance_question("ask: what is LoRA?") == "what is LoRA?"


@given(st.text(max_size=400))
def test_no_text_makes_it_fail(text):
    intent_of(text)
    log_request(text)


def test_first_messages_about_a_case_are_hardly_ever_taken_for_a_question_about_the_guidance():
    folder = Path(__file__).parent / "training"
    texts = [
        case["text"]
        for file in sorted((folder / "cases").glob("*.jsonl"))
        for case in map(json.loads, file.read_text("utf-8").splitlines())
        if case["lever"] != ["off_topic"]
    ]
    taken = [text for text in texts if intent_of(text) == "guidance"]
    assert len(taken) / len(texts) < 0.005, taken
