"""How right the advice is, on real cases that nothing was trained on (`tests/training/sealed.jsonl`).

Nobody read them while the reader was made; they were only scored. The floors stand a little below what was
measured and keep it from getting worse; README says where they fall short of what is wanted.
"""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import application
from bot.evaluation import evaluate, load, summary
from bot.reading import encoder
from bot.settings import Settings
from decision.evidence import Case, Evidence
from decision.offline import OfflineReader
from decision.policy import packaged
from tests.bot_fixtures import database

SEALED = Path(__file__).parent / "training" / "sealed.jsonl"


@pytest.fixture(scope="module")
def scores() -> dict[str, Any]:
    return summary(*evaluate(load(SEALED), OfflineReader(encoder), packaged()))


def test_a_first_message_alone_leads_to_good_advice(scores: dict[str, Any]) -> None:
    first = scores["first_message"]
    assert first["top1"] >= 0.60
    assert first["acceptable"] >= 0.80
    assert first["diagnosis"] >= 0.70


def test_answers_make_the_advice_better_with_few_questions(scores: dict[str, Any]) -> None:
    answered = scores["with_answers"]
    assert answered["top1"] >= 0.75
    assert answered["acceptable"] >= 0.88
    assert answered["questions_median"] <= 4


def test_fine_tuning_is_never_advised_where_no_reviewer_accepts_it(scores: dict[str, Any]) -> None:
    assert scores["harmful_fine_tune"] == 0


def test_the_confidence_means_what_it_says(scores: dict[str, Any]) -> None:
    assert scores["calibration"]["ece"] <= 0.08


def test_no_case_about_a_language_model_is_refused(scores: dict[str, Any]) -> None:
    assert scores["first_message"]["refused"] == 0
    assert scores["with_answers"]["refused"] == 0


def test_most_of_what_is_about_something_else_is_declined(scores: dict[str, Any]) -> None:
    assert scores["first_message"]["off_topic_recall"] >= 0.65


@pytest.fixture(scope="module")
def unseen() -> dict[str, dict[str, list[str]]]:
    """Answers in people's own words, by somebody who had seen only the questions."""
    return tomllib.loads((SEALED.parent / "answers_unseen.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], str]]:
    """What is read from an answer to the question about a factor; empty where nothing is."""
    told = Case((Evidence("symptom", "stale_facts", "it tells last year's prices", certainty=0.9),))
    with application(Settings(db=database(tmp_path_factory.mktemp("quality")))) as app:

        def read(factor: str, text: str) -> str:
            reading = app.reader.read(text, told, app.conversation.question(factor))
            return next((item.value for item in reading.evidence if item.factor == factor), "")

        yield read


def test_answers_in_peoples_own_words_are_mostly_understood_and_seldom_wrongly(
    unseen: dict[str, dict[str, list[str]]], answered: Callable[[str, str], str]
) -> None:
    said = [
        (factor, option, text)
        for factor, options in unseen.items()
        if factor != "none"
        for option, texts in options.items()
        for text in texts[::2]
    ]
    read = [(option, answered(factor, text)) for factor, option, text in said]
    assert sum(option == value for option, value in read) / len(read) >= 0.72
    assert sum(value not in ("", option) for option, value in read) / len(read) <= 0.08


def test_what_answers_nothing_is_seldom_taken_for_an_answer(
    unseen: dict[str, dict[str, list[str]]], answered: Callable[[str, str], str]
) -> None:
    asked = ("human_fix", "change_rate", "retrieval_state", "test_examples")
    read = [answered(factor, text) for text in unseen["none"]["texts"] for factor in asked]
    assert sum(map(bool, read)) / len(read) <= 0.08
