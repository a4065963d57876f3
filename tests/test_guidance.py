"""The packaged handbook has the form that the index and the citations rely on."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from knowledge.handbook import HandbookError, digest, read_handbook

SOURCES = ("shared/seed/source-guidance.txt", "shared/reference/domain.md")
LONGEST_SHARED_RUN = 7

HANDBOOK = read_handbook()
SECTIONS = [section for file in HANDBOOK for section in file.sections]


def runs(text: str) -> dict[tuple[str, ...], int]:
    words = re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", text.lower())
    length = LONGEST_SHARED_RUN + 1
    return Counter(tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def test_every_file_says_what_it_is_where_it_comes_from_and_when_it_was_reviewed() -> None:
    for file in HANDBOOK:
        assert file.title, file.id
        assert file.source, file.id
        assert date.fromisoformat(file.reviewed), file.id
        assert file.sections, file.id


def test_files_and_sections_have_ids_of_their_own() -> None:
    assert len({file.id for file in HANDBOOK}) == len(HANDBOOK)
    ids = [section.passage.id for section in SECTIONS]
    assert [pid for pid, count in Counter(ids).items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z0-9_-]+/[a-z0-9_-]+", pid) for pid in ids)


def test_every_section_knows_how_people_ask_for_it() -> None:
    assert [section.passage.id for section in SECTIONS if not section.asked] == []


def test_questions_are_never_part_of_what_is_quoted() -> None:
    for section in SECTIONS:
        assert "<!--" not in section.passage.text
        assert not any(question in section.passage.text for question in section.asked)


def test_every_section_says_something_in_plain_prose() -> None:
    for section in SECTIONS:
        text = section.passage.text
        assert len(text.split()) >= 15, section.passage.id
        assert not re.search(r"[*`]{2}|\]\(|  |\n\n", text), section.passage.id


@pytest.mark.parametrize("source", SOURCES)
def test_no_sentence_of_what_the_handbook_rests_on_is_copied(source: str) -> None:
    found = next((up / source for up in Path(__file__).parents if (up / source).exists()), None)
    if found is None:
        pytest.skip(f"{Path(source).name} is not on this machine")
    article = runs(found.read_text("utf-8"))
    copied = {
        (section.passage.id, " ".join(run))
        for section in SECTIONS
        for run in runs(section.passage.text)
        if run in article
    }
    assert copied == set()


def test_a_section_without_an_anchor_is_refused_with_its_place(tmp_path: Path) -> None:
    front = '---\nid: a\ntitle: A\nsource: "x"\nreviewed: 2026-01-01\n---\n'
    (tmp_path / "a.md").write_text(front + "# A\n\n## No anchor\nText.\n")
    with pytest.raises(HandbookError, match=r"a\.md.*anchor"):
        read_handbook(tmp_path)


def test_the_digest_follows_the_contents_and_not_the_time_of_the_file(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("one")
    before = digest(tmp_path)
    page.touch()
    assert digest(tmp_path) == before
    page.write_text("two")
    assert digest(tmp_path) != before
