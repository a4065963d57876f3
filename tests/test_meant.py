"""Answers in people's own words: read by their meaning, with doubt, and only where they answer."""

import pytest

from bot.bootstrap import encoder
from decision.evidence import Case, Evidence
from decision.meant import MOST_CHARACTERS, OTHER, heads
from decision.offline import OfflineReader
from decision.policy import packaged
from decision.questions import put
from decision.verdict import Question
from knowledge.library import Library
from storage.database import DatabaseFile
from tests.bot_fixtures import database

TOLD = Case((Evidence("symptom", "stale_facts", "it tells last year's prices", certainty=0.9),))


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    from datetime import UTC, datetime

    with DatabaseFile(
        database(tmp_path_factory.mktemp("meant")), lambda: datetime(2026, 11, 1, tzinfo=UTC)
    ) as file:
        library = Library(file.connection)

        def about(factor: str) -> Question:
            data = packaged().factors[factor]
            return put(factor, data, library.passage(data.passage))

        yield about


def read(message: str, question: Question):
    return OfflineReader(encoder).read(message, TOLD, question)


@pytest.mark.parametrize(
    ("factor", "value", "message"),
    [
        ("human_fix", "document", "my colleague opens the binder with our tariffs and copies the line"),
        ("human_fix", "tool", "somebody checks the account in the billing system"),
        ("human_fix", "steps", "they'd go through it section by section and verify each"),
        ("retrieval_state", "none", "the handbook is never shown to it"),
        ("needs_action", "maths", "it tallies the hours and works out percentages"),
        ("error_cost", "safety", "a patient might get the wrong dose"),
        ("format_enforced", "only_asked", "we beg for the right layout and cross our fingers"),
    ],
)
def test_an_answer_in_other_words_is_read_with_doubt_and_quoted(question, factor, value, message):
    (found,) = [item for item in read(message, question(factor)).evidence if item.factor == factor]
    assert found.value == value
    assert found.quote == message
    assert 0.5 <= found.certainty < 1
    assert found.alternatives


@pytest.mark.parametrize(
    "message",
    [
        "what do you mean by that?",
        "good morning",
        "our CTO read about LoRA",
        "we launched in four countries",
        "x" * 300,
    ],
)
def test_what_answers_nothing_is_not_taken_for_an_answer(question, message):
    reading = read(message, question("change_rate"))
    assert not [item for item in reading.evidence if item.factor == "change_rate"]


def test_a_plain_answer_leaves_no_doubt(question):
    (found,) = [
        item for item in read("weekly", question("change_rate")).evidence if item.factor == "change_rate"
    ]
    assert (found.value, found.certainty, found.alternatives) == ("weekly", 1.0, ())


def test_without_an_encoder_such_an_answer_is_asked_about_again(question):
    reading = OfflineReader(lambda: None).read("they check the billing system", TOLD, question("human_fix"))
    assert reading.evidence == ()


def test_a_long_answer_is_read_as_a_description(question):
    said = "They check the account. " * 20
    assert len(said) > MOST_CHARACTERS
    assert not [
        item
        for item in read(said, question("human_fix")).evidence
        if item.alternatives and item.factor == "human_fix"
    ]


def test_every_option_that_is_read_stands_in_the_policy():
    for factor, head in heads().items():
        assert {*head.options} - {OTHER} <= {*packaged().factors[factor].options}
