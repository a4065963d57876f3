"""What the model writes is kept sentence by sentence, each with a citation that stands in a passage."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from decision.assess import Guidance, assess
from decision.citation import Citation, Passage
from decision.claude_citing import MOST_SENTENCES, source
from decision.claude_explainer import UNWRITTEN, Explainer, Explanation, cited
from decision.evidence import Case, Evidence
from decision.policy import Policy
from decision.verdict import Verdict
from tests.claude_fixtures import line
from tests.claude_server import (
    Answer,
    ClaudeServer,
    breaks_off,
    cites,
    fails,
    fails_midway,
    reads,
    request_schema,
    says,
    text,
)

STALE = Passage(
    "diagnosis/knowledge",
    "diagnosis",
    "Diagnosis > Knowledge",
    "When the model lacks current information, retrieval is the lever to try first. "
    "Facts that change every week cannot be trained in.\nThey go stale within 7 days.",
)
MEASURE = Passage("sequence/step-4", "sequence", "Measure", "A fixed set of test examples shows what fails.")
FIRST, SECOND, THIRD = (STALE.text[start:end] for start, end in source(STALE).places)
SAID = Case(
    (
        Evidence("change_rate", "weekly", "every monday, ask @carol", certainty=0.95),
        Evidence("human_fix", "document", source="tap"),
    )
)
GOOD = (
    text(
        "Your facts change weekly, and facts that change every week cannot be trained in.",
        cites(SECOND, 0, 1),
    ),
    text(" "),
    text("Retrieval puts current information in front of the model.", cites(FIRST, 0, 0)),
)


@pytest.fixture
def verdict(policy: Policy, guidance: Guidance) -> Verdict:
    """A verdict for retrieval."""
    given = assess(policy, SAID, guidance, decide_now=True).verdict
    assert given.lever == "rag"
    return given


@contextmanager
def explainer(policy: Policy, *answers: Answer) -> Iterator[tuple[Explainer, ClaudeServer]]:
    with ClaudeServer(*answers) as server, line(server) as claude:
        yield Explainer(claude, policy), server


def explained(policy: Policy, verdict: Verdict, *answers: Answer) -> Explanation:
    with explainer(policy, *answers) as (built, _):
        found = built.explain(verdict, SAID, (STALE, MEASURE))
    assert found is not None
    return found


def test_a_paragraph_is_written_for_the_case_with_a_proof_for_each_sentence(
    policy: Policy, verdict: Verdict
) -> None:
    found = explained(policy, verdict, says(*GOOD))
    assert found.sentences == (
        (GOOD[0]["text"], Citation(STALE, SECOND)),
        (GOOD[2]["text"], Citation(STALE, FIRST)),
    )
    assert found.usage.calls == 1
    assert found.usage.prompt.startswith("explaining ")
    assert found.usage.cost_usd > 0


def test_passages_go_in_as_search_results_and_the_persons_words_do_not(
    policy: Policy, verdict: Verdict
) -> None:
    with explainer(policy, says(*GOOD)) as (built, server):
        built.explain(verdict, SAID, (STALE, MEASURE, STALE))
        (asked,) = server.asked
        told = server.told()
    *results, _ = asked["messages"][0]["content"]
    assert [one["type"] for one in results] == ["search_result", "search_result"]
    assert all(one["citations"] == {"enabled": True} for one in results)
    assert [block["text"] for block in results[0]["content"]] == [FIRST, SECOND, THIRD]
    assert told["verdict"] == verdict.headline
    assert policy.factors["change_rate"].options["weekly"].because in told["known_about_the_case"]
    assert "carol" not in json.dumps(asked)
    assert not {"tools", "tool_choice"} & set(asked)
    assert "format" not in asked.get("output_config", {})


def test_requests_are_what_the_vendor_describes(policy: Policy, verdict: Verdict) -> None:
    if request_schema() is None:
        pytest.skip("the vendor's schemas are not at hand")
    with explainer(policy, says(*GOOD), says(*GOOD)) as (built, server):
        built.explain(verdict, SAID, (STALE,))
        built.answer("can training replace search?", (STALE,))
    assert server.problems == []
    assert len(server.asked) == 2


DROPPED: dict[str, tuple[object, ...]] = {
    "without a citation": (text("Retrieval is the cure for current information."),),
    "with a quote that is not in the passage": (
        text("Retrieval is best for current information.", cites("Retrieval cures all.", 0, 0)),
    ),
    "with a quote of another place": (
        text("Retrieval is best for current information.", cites(SECOND, 0, 0)),
    ),
    "with a passage that was not given": (
        text("Retrieval is best for current information.", cites(FIRST, 9, 0)),
    ),
    "with a place before the first": (text("Retrieval suits current information.", cites(FIRST, -1, -1, 1)),),
    "with a place after the last": (text("Retrieval suits current information.", cites(THIRD, 0, 2, 9)),),
    "with places the wrong way round": (text("Retrieval suits current information.", cites("", 0, 2, 1)),),
    "that has nothing in common with its proof": (text("Bananas ripen in paper bags.", cites(FIRST, 0, 0)),),
    "with a number that nobody said": (
        text("Facts that change every week cost you 40 % of accuracy.", cites(SECOND, 0, 1)),
    ),
    "with a link": (text("Facts that change are sold at http://evil.test/now.", cites(SECOND, 0, 1)),),
    "that goes on for ever": (text("Facts change " + "and change " * 60 + ".", cites(SECOND, 0, 1)),),
    "that sends a team into training": (
        text("You should now fine-tune on facts that change every week.", cites(SECOND, 0, 1)),
    ),
}


@pytest.mark.parametrize("what", DROPPED)
def test_a_sentence_is_dropped(policy: Policy, verdict: Verdict, what: str) -> None:
    found = explained(policy, verdict, says(*DROPPED[what], text(" "), *GOOD))  # type: ignore[arg-type]
    assert [sentence for sentence, _ in found.sentences] == [GOOD[0]["text"], GOOD[2]["text"]]


def test_a_sentence_over_several_blocks_is_one_and_an_abbreviation_does_not_end_it(
    policy: Policy, verdict: Verdict
) -> None:
    blocks = (
        text("Because your facts move, e.g. prices, "),
        text("retrieval is the lever to try first", cites(FIRST, 0, 0)),
        text("."),
    )
    found = explained(policy, verdict, says(*blocks))
    assert found.sentences == (
        (
            "Because your facts move, e.g. prices, retrieval is the lever to try first.",
            Citation(STALE, FIRST),
        ),
    )


def test_a_proof_over_several_sentences_is_quoted_as_it_stands_in_the_passage(
    policy: Policy, verdict: Verdict
) -> None:
    block = text("Facts that change every week go stale within 7 days.", cites(SECOND + THIRD, 0, 1, 3))
    ((_, proof),) = explained(policy, verdict, says(block)).sentences
    assert proof.quote == f"{SECOND}\n{THIRD}"


def test_numbers_of_the_case_and_of_the_passage_may_be_said(policy: Policy, verdict: Verdict) -> None:
    block = text("Your facts go stale within 7 days.", cites(THIRD, 0, 2))
    assert len(explained(policy, verdict, says(block)).sentences) == 1


def test_a_paragraph_has_an_end(policy: Policy, verdict: Verdict) -> None:
    many = [text(f"Facts change every week, reason {'x' * n}. ", cites(SECOND, 0, 1)) for n in range(4, 40)]
    assert len(explained(policy, verdict, says(*many)).sentences) == MOST_SENTENCES


def test_a_text_that_does_not_end_is_read_to_a_bound(policy: Policy, verdict: Verdict) -> None:
    without_end = [text("A" * 30_000 + ". ")] * 3
    found = explained(policy, verdict, says(*GOOD, text(" "), *without_end, *GOOD))
    assert [sentence for sentence, _ in found.sentences] == [GOOD[0]["text"], GOOD[2]["text"]]


def test_sentences_are_handed_on_as_they_are_completed(policy: Policy, verdict: Verdict) -> None:
    heard: list[str] = []
    with explainer(policy, says(*GOOD, text(" No proof here."))) as (built, server):
        found = built.explain(verdict, SAID, (STALE,), lambda words, proof: heard.append(words))
        assert server.asked[0]["stream"] is True
    assert found is not None
    assert heard == [words for words, _ in found.sentences]


@pytest.mark.parametrize(
    "answer",
    [
        fails(529, "overloaded_error"),
        breaks_off(*GOOD),
        fails_midway("overloaded_error", *GOOD),
        says(*GOOD, stop_reason="max_tokens"),
        says(stop_reason="refusal"),
        says(text("")),
        reads("case"),
    ],
)
def test_whatever_goes_wrong_there_is_no_explanation_and_the_cost_is_known(
    policy: Policy, verdict: Verdict, answer: Answer
) -> None:
    found = explained(policy, verdict, answer)
    assert found.sentences == ()
    assert found.usage.calls == 1
    assert found.note == "" or found.note.endswith(f"{UNWRITTEN}.")


def test_nothing_is_asked_without_passages_or_against_the_budget(policy: Policy, verdict: Verdict) -> None:
    with ClaudeServer() as server, line(server) as claude:
        assert Explainer(claude, policy).explain(verdict, SAID, ()) is None
        spent = Explainer(claude, policy, lambda: "The budget is used up.")
        for found in (spent.explain(verdict, SAID, (STALE,)), spent.answer("is training better?", (STALE,))):
            assert found == Explanation(note="The budget is used up.")
        assert server.asked == []


def test_a_question_is_answered_from_the_guidance_or_not_at_all(policy: Policy) -> None:
    answer = says(text("Retrieval is the lever to try first.", cites(FIRST, 0, 0)))
    silent = says(text("The guidance does not say."))
    with explainer(policy, answer, silent) as (built, server):
        found = built.answer("is training better than search?", (STALE, MEASURE))
        nothing = built.answer("what is for lunch?", (STALE, MEASURE))
        assert server.told(0) == {"question": "is training better than search?"}
    assert found is not None
    assert nothing is not None
    assert [proof.passage.id for _, proof in found.sentences] == ["diagnosis/knowledge"]
    assert found.usage.prompt.startswith("answering ")
    assert nothing.sentences == ()


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("You should fine-tune when facts change every week.", False),
        ("Train on facts that change every week.", False),
        ("You should choose a workflow for facts that change every week.", False),
        ("Facts that change every week cannot be trained in.", True),
        ("Every change is an opportunity.", False),
    ],
)
def test_an_answer_recommends_nothing_that_its_proof_does_not(
    policy: Policy, sentence: str, kept: bool
) -> None:
    with explainer(policy, says(text(sentence, cites(SECOND, 0, 1)))) as (built, _):
        found = built.answer("what of facts that change?", (STALE,))
    assert found is not None
    assert [words for words, _ in found.sentences] == ([sentence] if kept else [])


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("You should fine-tune on facts that change.", False),
        ("Start with a small fine-tuning run on facts that change.", False),
        ("Fine-tune on the facts that change every week.", False),
        ("Your team must first of all fine tune on facts that change.", False),
        ("Fine-tuning is ruled out because your facts change.", True),
        ("Fine-tuning fixes facts that change, so train the model on them.", False),
        ("Skip the index: facts that change are best cured by training the model.", False),
        ("Do not search for facts that change; fine-tune instead.", False),
        ("Prompting is the cure for facts that change.", False),
        ("A workflow is the cure for facts that change.", False),
        ("Facts that change every week call for retrieval.", True),
        ("You should not fine-tune on facts that change.", True),
        ("You must never fine-tune on facts that change.", True),
        ("Collect examples of facts that change before anybody thinks of fine-tuning.", True),
    ],
)
def test_only_a_sentence_that_sends_people_into_training_is_held_back(
    policy: Policy, verdict: Verdict, sentence: str, kept: bool
) -> None:
    found = explained(policy, verdict, says(text(sentence, cites(SECOND, 0, 1))))
    assert [words for words, _ in found.sentences] == ([sentence] if kept else [])


def test_where_training_is_the_verdict_it_may_be_said(
    policy: Policy, guidance: Guidance, tunable: Case
) -> None:
    tuned = assess(policy, tunable, guidance, decide_now=True).verdict
    assert tuned.lever == "fine_tune"
    passage = Passage("p", "p", "p", "Fine-tune once the task is steady.")
    block = text("You should fine-tune now that the task is steady.", cites(passage.text, 0, 0))
    with explainer(policy, says(block)) as (built, _):
        found = built.explain(tuned, tunable, (passage,))
    assert found is not None
    assert len(found.sentences) == 1


def test_a_verdict_names_the_passages_that_it_is_explained_from(verdict: Verdict) -> None:
    passages = cited(verdict)
    assert verdict.reasons[0].citation.passage == passages[0]
    assert 2 <= len(passages) <= 6
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.parametrize("ending", ["", "\n", "\n\n- a list\n- of things", " " * 3_000 + "far away."])
def test_a_passage_is_cut_into_pieces_that_stand_in_it(ending: str) -> None:
    passage = Passage("p", "p", "", f"One claim (v2.0 of it). Another? A third!{ending}")
    made = source(passage)
    assert made.places
    assert all(passage.text[start:end].strip() for start, end in made.places)
    assert made.result()["title"] == "p"
