"""How right the advice is, on real cases that nothing was trained on (`tests/training/sealed.jsonl`).

Nobody read them while the reader was made; they were only scored. The floors stand a little below what was
measured and keep it from getting worse; README says where they fall short of what is wanted.
"""

from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import encoder
from bot.evaluation import evaluate, load, summary
from decision.offline import OfflineReader
from decision.policy import packaged

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
