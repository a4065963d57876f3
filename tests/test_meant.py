"""Answers in people's own words: read by their meaning, with doubt, and only where they answer."""

import pytest

from bot.bootstrap import application
from bot.reading import encoder
from bot.settings import Settings
from decision.answers import plain_answer
from decision.evidence import Case, Evidence
from decision.meant import MOST_CHARACTERS, OTHER, heads
from decision.offline import OfflineReader
from decision.policy import packaged
from decision.verdict import Question
from tests.bot_fixtures import database

TOLD = Case((Evidence("symptom", "stale_facts", "it tells last year's prices", certainty=0.9),))


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    with application(Settings(db=database(tmp_path_factory.mktemp("meant")))) as app:
        yield app.conversation.question


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


@pytest.mark.parametrize(
    "message", ["I don't know", "I’m not sure.", "we really do not know", "I have no idea"]
)
@pytest.mark.parametrize("factor", ["human_fix", "change_rate", "tried"])
def test_whoever_says_in_a_whole_sentence_that_they_do_not_know_has_answered(question, factor, message):
    reading = read(message, question(factor))
    assert [item.value for item in reading.evidence if item.factor == factor] == ["not_sure"]
    assert plain_answer(message, question(factor))


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


@pytest.mark.parametrize(
    ("factor", "value", "message"),
    [
        ("retrieval_state", "unchecked", "there is a search but nobody ever looked at what it finds"),
        ("hosting", "own_cloud", "Must be within our own vpc, eu region"),
        ("label_agreement", "unchecked", "no clue, only one person does the labelling"),
        ("stage", "live_at_scale", "live everywhere since last year"),
    ],
)
def test_words_shared_with_another_option_do_not_outweigh_the_meaning(question, factor, value, message):
    assert [item.value for item in read(message, question(factor)).evidence if item.factor == factor] == [
        value
    ]


def test_a_remark_that_shares_a_word_with_an_option_is_no_answer(question):
    reading = read("the font is very small on my phone", question("stage"))
    assert not [item for item in reading.evidence if item.factor == "stage"]
