"""A quote is proof only where it stands, and a question is answered in the guidance's words or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from decision.citation import UnsupportedQuoteError
from knowledge.answering import sentences
from knowledge.library import Library, UnknownPassageError


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    opened = Library(":memory:")
    yield opened
    opened.close()


def test_a_verbatim_quote_becomes_a_citation(library: Library) -> None:
    passage = library.search("can fine-tuning replace RAG?")[0].passage
    quote = sentences(passage.text)[0]
    assert library.cite(passage.id, quote).quote == quote


def test_a_quote_that_does_not_stand_there_is_refused(library: Library) -> None:
    passage = library.search("can fine-tuning replace RAG?")[0].passage
    with pytest.raises(UnsupportedQuoteError, match=passage.id):
        library.cite(passage.id, "Fine-tuning always wins.")


def test_an_unknown_passage_is_refused(library: Library) -> None:
    assert library.passage("nowhere/at-all") is None
    with pytest.raises(UnknownPassageError, match="nowhere/at-all"):
        library.cite("nowhere/at-all", "anything")


@pytest.mark.parametrize(
    "question",
    [
        "can fine-tuning replace RAG?",
        "should startups fine-tune early?",
        "does a bigger model remove the need for workflow design?",
        "is raw chat history good training data?",
        "how do I know if my problem is behavior or knowledge?",
    ],
)
def test_a_question_about_the_guidance_is_answered_in_its_own_sentences(
    library: Library, question: str
) -> None:
    answer = library.answer(question)
    assert answer
    assert 1 <= len(answer.citations) <= 3
    assert all(citation.quote in citation.passage.text for citation in answer.citations)
    assert not any(citation.quote.startswith("Source:") for citation in answer.citations)


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of France?",
        "how do I reset my password?",
        "which laptop should I buy?",
        "who won the world cup in 2022?",
        "",
        "🙂",
        "the of and",
    ],
)
def test_what_the_guidance_does_not_say_is_not_answered(library: Library, question: str) -> None:
    assert library.answer(question) is None


def test_a_teams_own_document_answers_too(tmp_path: Path) -> None:
    page = tmp_path / "leave.md"
    page.write_text("# Leave\n\n## Vacation policy\n\nEveryone has thirty days of vacation in a year.\n")
    with_team = Library(":memory:")
    with_team.add(page)
    answer = with_team.answer("what is our vacation policy?")
    with_team.close()
    assert answer
    assert answer.citations[0].quote == "Everyone has thirty days of vacation in a year."


def test_sentences_keep_abbreviated_numbers_whole_and_leave_source_lines_out() -> None:
    text = "- Prices fell by 2.5 % in a single year. Nobody had expected that at all!\nSource: a paper, 2024."
    assert sentences(text) == ["Prices fell by 2.5 % in a single year.", "Nobody had expected that at all!"]
