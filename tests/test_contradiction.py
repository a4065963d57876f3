"""Two answers that cannot both be so are named, and the newest counts; a mere reading is asked about."""

from dataclasses import replace

import pytest

from bot.bootstrap import Application
from decision.contradiction import doubted, overtaken
from decision.evidence import WITHDRAWN, Case, Evidence
from decision.policy import Policy, PolicyError, parse
from storage.database import Row
from tests.bot_fixtures import ROOT, app, said

FINDS = Evidence("retrieval_state", "right_page", "The right passages are retrieved.")
TAPPED = Evidence("retrieval_state", "right_page", source="tap")
READ = Evidence(
    *("symptom", "wrong_passage", "the chunks are often wrong"),
    certainty=0.83,
    alternatives=(("invented_facts", 0.1),),
)
SAID = Evidence("symptom", "wrong_passage", "search brings up the wrong text")


@pytest.mark.parametrize(("before", "new"), [(READ, FINDS), (READ, TAPPED), (SAID, FINDS), (FINDS, SAID)])
def test_what_is_said_outright_takes_back_what_cannot_be_so_beside_it(before, new, policy: Policy):
    (gone,) = overtaken(policy, Case((before,)), (new,))
    assert (gone.factor, gone.value, gone.quote) == (before.factor, WITHDRAWN, new.quote)
    assert doubted(policy, Case((before,)), (new,)) is None


@pytest.mark.parametrize("before", [FINDS, TAPPED])
def test_what_was_only_read_takes_back_nothing_that_was_said_and_is_doubted(before, policy: Policy):
    assert overtaken(policy, Case((before,)), (READ,)) == ()
    assert doubted(policy, Case((before,)), (READ,)) == (READ, before)


def test_a_guess_contradicts_nothing_and_what_answers_both_is_no_contradiction(policy: Policy):
    guess = replace(READ, certainty=0.6)
    assert doubted(policy, Case((FINDS,)), (guess,)) is None
    assert overtaken(policy, Case((guess,)), (FINDS,)) == ()
    wrong = Evidence("retrieval_state", "wrong_page", READ.quote)
    assert doubted(policy, Case((FINDS,)), (READ, wrong)) is None


def test_a_contradiction_that_names_something_unknown_is_refused():
    text = (ROOT / "decision/policy.toml").read_text("utf-8")
    broken = text.replace('other = { symptom = ["wrong_passage"] }', 'other = { symptom = ["bad_luck"] }')
    assert broken != text
    with pytest.raises(PolicyError, match=r"contradiction 1\.symptom: unknown name 'bad_luck'"):
        parse(broken, "policy.toml")


RIGHT = "Our support bot over our docs gives wrong answers. The right passages are retrieved."
WRONG = "Actually the retrieved chunks are often the wrong ones."


def current(built: Application, factor: str) -> list[str]:
    (row,) = built.file.rows("SELECT id FROM threads ORDER BY rowid DESC LIMIT 1")
    return [item.value for item in built.queries.case(row["id"]).current.get(factor, ())]


def test_a_person_who_says_that_search_works_and_later_that_it_does_not_is_asked_which(tmp_path):
    with app(tmp_path) as built:
        told = said(built, RIGHT, "decide now", WRONG, "Yes, but often the wrong page")
        assert "Before: the right page is found" in told[2]
        assert "Which is it?" in told[2]
        assert "Do you search documents already, and does the right page come up?" in told[2]
        assert current(built, "retrieval_state") == ["wrong_page"]
        assert "Changed: the search often brings the wrong page." in told[3]


def test_the_answer_that_search_works_takes_the_reading_back(tmp_path):
    with app(tmp_path) as built:
        told = said(built, RIGHT, "decide now", WRONG, "Yes, usually the right page")
        assert current(built, "retrieval_state") == ["right_page"]
        assert current(built, "symptom") != ["wrong_passage"]
        assert "Changed: the right page is found" in told[3]
        assert "Before: the search step brings up the wrong text" in " ".join(told[3].split())


def test_a_contradiction_is_named_once(tmp_path):
    with app(tmp_path) as built:
        (_, told) = said(
            built,
            "Our support bot over our docs gives wrong answers. The search brings up the wrong page.",
            "No, I checked: the right page comes up every time.",
        )
        assert told.count("Changed:") == 1
        rows: list[Row] = built.file.rows("SELECT factor FROM evidence WHERE value = 'withdrawn'")
        assert [row["factor"] for row in rows] == ["symptom"]
