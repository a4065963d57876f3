"""Passages are found by their meaning too, where their vectors are there and stay current."""

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from decision.gist import Encode, Encoded
from knowledge import vectors
from knowledge.dense import packaged
from knowledge.encoder import load
from knowledge.handbook import read_handbook
from knowledge.library import Library
from knowledge.vectors import handbook_views, views

QUESTIONS = ("which parcel did the courier lose in the rain?", "can fine-tuning replace retrieval?")
TOPICS = (("car", "vehicle", "automobile"), ("pay", "wage", "salary"), ("rest", "holiday", "leave"))


class Topics:
    """A small real encoder: a direction for each topic, and one for everything else."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self) -> Encode:
        return self.encode

    def encode(self, text: str) -> Encoded:
        self.texts.append(text)
        vector = np.zeros(384, np.float32)
        vector[-1] = 0.01
        for place, words in enumerate(TOPICS):
            vector[place] = sum(text.lower().count(word) for word in words)
        return Encoded(vector / np.linalg.norm(vector), vector[None], [(0, len(text))])


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "rules.md"
    path.write_text(
        "# Rules\n\n## Money\n\nEveryone's salary arrives on Friday.\n\n"
        "## Fleet\n\nA vehicle is shared by two.\n"
    )
    return path


def stored(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        found = {digest for (digest,) in connection.execute("SELECT digest FROM vectors")}
    connection.close()
    return found


def found(library: Library, query: str) -> list[str]:
    return [hit.passage.id for hit in library.search(query, document="rules")]


def test_a_passage_is_found_that_shares_no_word_with_the_question(topics: Topics, page: Path) -> None:
    for encoder, ids in ((topics, ["rules/fleet"]), (lambda: None, [])):
        library = Library(":memory:", encoder)
        library.add(page)
        assert found(library, "whose automobile?") == ids
        library.close()


def test_each_passage_is_encoded_under_its_heading_and_sentence_by_sentence() -> None:
    text = "- One. Two!\n2. Three"
    assert views("Top > Sub", text) == [f"Top > Sub\n{text}", "One.", "Two!", "Three"]
    assert views("Top", "?") == ["Top\n?", "?"]


def test_only_new_and_changed_passages_are_encoded(topics: Topics, page: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "s.db", topics)
    library.add(page)
    before, topics.texts = stored(tmp_path / "s.db"), []
    page.write_text(page.read_text().replace("Friday", "Monday"))
    assert library.add(page)[0].by_words == 0
    assert topics.texts == [
        "Money\nEveryone's salary arrives on Monday.",
        "Everyone's salary arrives on Monday.",
    ]
    assert len(stored(tmp_path / "s.db") & before) == 1
    assert len(stored(tmp_path / "s.db")) == 2
    library.remove("rules")
    assert stored(tmp_path / "s.db") == set()
    library.close()


def test_what_was_added_without_an_encoder_is_encoded_later(
    topics: Topics, page: Path, tmp_path: Path
) -> None:
    without = Library(tmp_path / "s.db", lambda: None)
    assert without.add(page)[0].by_words == 2
    without.close()
    library = Library(tmp_path / "s.db", topics)
    library.catch_up()
    assert found(library, "whose automobile?") == ["rules/fleet"]
    library.close()


def test_a_change_by_another_process_is_seen(topics: Topics, page: Path, tmp_path: Path) -> None:
    reader, writer = Library(tmp_path / "s.db", topics), Library(tmp_path / "s.db", topics)
    assert found(reader, "whose automobile?") == []
    writer.add(page)
    assert found(reader, "whose automobile?") == ["rules/fleet"]
    writer.remove("rules")
    assert found(reader, "whose automobile?") == []
    reader.close()
    writer.close()


def test_encoding_is_bounded_and_the_report_says_what_is_left(
    topics: Topics,
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    library = Library(tmp_path / "s.db", topics)
    monkeypatch.setattr(vectors, "MOST_VECTORS", 3)
    with caplog.at_level(logging.INFO):
        report = library.add(page)[0]
    assert (report.outcome, report.passages, report.by_words) == ("added", 2, 1)
    assert "vectors_bounded without=1 most=3" in caplog.text
    assert len(stored(tmp_path / "s.db")) == 1
    assert found(library, "vehicle") == ["rules/fleet"]
    monkeypatch.undo()
    library.catch_up(most=1)
    assert len(stored(tmp_path / "s.db")) == 1
    library.catch_up(most=2)
    assert len(stored(tmp_path / "s.db")) == 2
    library.close()


def test_without_words_nothing_is_like_the_question(topics: Topics, page: Path) -> None:
    library = Library(":memory:", topics)
    library.add(page)
    assert library.search("?!") == []
    library.close()


def test_the_vectors_of_the_handbook_are_those_of_its_current_text() -> None:
    drafts = [section.draft() for file in read_handbook() for section in file.sections]
    known = packaged()
    assert {draft.digest for draft in drafts} == known.keys(), "run tests/training/handbook_vectors.py"
    encoder = load()
    if encoder is None:
        pytest.skip("the encoder is not on this machine")
    for draft in drafts[::60]:
        texts = handbook_views(draft.passage.heading, draft.passage.text, draft.also)
        vectors = known[draft.digest]
        assert len(vectors) == len(texts)
        assert all(
            encoder.encode(text).vector @ vector > 0.95 for text, vector in zip(texts, vectors, strict=True)
        )


@pytest.mark.parametrize("encoder", [None, lambda: None])
def test_the_handbook_answers_with_and_without_vectors(encoder: Callable[[], None] | None) -> None:
    library = Library(":memory:", encoder)
    assert "faq/web3" in {hit.passage.id for hit in library.search("what is better for web3?")}
    assert library.answer("can fine-tuning replace RAG?")
    assert library.answer("how do I reset my password?") is None
    library.close()


def test_the_encoder_is_loaded_by_the_first_search_and_not_before() -> None:
    script = (
        "import sys; from knowledge.library import Library; library = Library(':memory:');"
        "library.passage('faq/web3'); print('numpy' in sys.modules, 'onnxruntime' in sys.modules);"
        "library.search('web3'); print('onnxruntime' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False", "True"]


def test_progress_is_told_passage_by_passage(topics: Topics, page: Path) -> None:
    library, told = Library(":memory:", topics), []
    library.add(page, progress=lambda done, of: told.append((done, of)))
    assert told == [(0, 2), (1, 2)]
    library.close()


def test_the_handbook_has_its_place_where_it_is_clearly_nearer_than_the_teams_words(tmp_path: Path) -> None:
    if load() is None:
        pytest.skip("the encoder is not on this machine")
    library = Library(":memory:")
    pages = "\n\n".join(f"## Ticket {n}\n\nThe courier lost parcel {n} in the rain." for n in range(20))
    (tmp_path / "tickets.md").write_text(f"# Tickets\n\n{pages}\n", "utf-8")
    library.add(tmp_path / "tickets.md")
    shown = [{hit.passage.document for hit in library.search(asked)} for asked in QUESTIONS]
    library.close()
    assert shown[0] == {"tickets"}
    assert "faq" in shown[1]
