"""Documents of every format become passages with headings, ids that stay, and text that can be quoted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.cutting import MOST_LETTERS, cut
from knowledge.markdown import read_markdown
from knowledge.outline import Outline
from knowledge.plain import read_plain
from knowledge.web import read_page

ARTICLE = Path(__file__).parents[2] / "shared/seed/source-guidance.txt"

PAGE = """# Manual

Opening words.

## Refunds

Money comes back **within** [ten days](http://x.example).

### Exceptions

- Vouchers
- Gift
  cards

```
# not a heading
```

## Refunds

Said twice.

| Plan | Price | Users |
|------|-------|-------|
| Basic | 10 | 3 |
"""


def ids(outline: Outline) -> list[str]:
    return [draft.passage.id for draft in cut("manual", outline)]


def texts(outline: Outline) -> list[str]:
    return [draft.passage.text for draft in cut("manual", outline)]


def headings(outline: Outline) -> list[str]:
    return [draft.passage.heading for draft in cut("manual", outline)]


def test_markdown_is_cut_at_headings_and_keeps_the_path() -> None:
    outline = read_markdown(PAGE)
    assert headings(outline) == ["Manual", "Refunds", "Refunds > Exceptions", "Refunds"]
    assert ids(outline) == [
        "manual/manual",
        "manual/refunds",
        "manual/refunds/exceptions",
        "manual/refunds-2",
    ]


def test_markup_goes_and_the_visible_words_stay() -> None:
    assert texts(read_markdown(PAGE))[1] == "Money comes back within ten days."


def test_a_hash_inside_a_code_fence_is_no_heading() -> None:
    assert texts(read_markdown(PAGE))[2] == "- Vouchers\n- Gift cards\n# not a heading"


def test_a_table_row_is_found_by_its_columns() -> None:
    table = cut("manual", read_markdown(PAGE))[3]
    assert "| Basic | 10 | 3 |" in table.passage.text
    assert "Basic - Price: 10; Users: 3" in table.also


def test_an_edit_elsewhere_leaves_ids_and_digests_alone() -> None:
    before = cut("manual", read_markdown(PAGE))
    known = {draft.digest: [draft.passage.id] for draft in before}
    edited = PAGE.replace("## Refunds", "## New\n\nNew words.\n\n## Refunds", 1)
    after = {draft.passage.id: draft.digest for draft in cut("manual", read_markdown(edited), known)}
    assert all(after[draft.passage.id] == draft.digest for draft in before)


def test_a_paragraph_put_first_does_not_rename_the_ones_behind_it() -> None:
    paragraphs = [f"Paragraph {n} " + "word " * 150 for n in range(4)]
    before = cut("notes", read_plain("\n\n".join(paragraphs)))
    known = {draft.digest: [draft.passage.id] for draft in before}
    after = cut("notes", read_plain("\n\n".join(["Fresh " + "start " * 140, *paragraphs])), known)
    assert [draft.passage.id for draft in after[1:]] == [draft.passage.id for draft in before]


def test_no_two_passages_share_an_id() -> None:
    outline = read_markdown("# A\n\nx\n\n# A 2\n\ny\n\n# A\n\nz\n\n# A\n\nw\n")
    assert len(set(ids(outline))) == 4


def test_unmarked_headings_of_plain_text_are_found() -> None:
    text = "Returns Policy\nGoods may come.\nQuestions\nHow long is it?\nTen days.\nWho pays?\nWe do.\n"
    assert headings(read_plain(text)) == [
        "Returns Policy",
        "Questions > How long is it?",
        "Questions > Who pays?",
    ]


def test_sentences_and_labels_of_plain_text_are_no_headings() -> None:
    text = "Notes\nWhy it works:\n- It Is Short\nPlease Read This.\nthe end of it\n"
    assert headings(read_plain(text)) == ["Notes"]


def test_wrapped_sentences_of_plain_text_are_put_together() -> None:
    text = "this sentence was wrapped by an old mail program at some\ncolumn and goes on here.\n"
    assert texts(read_plain(text)) == [
        "this sentence was wrapped by an old mail program at some column and goes on here."
    ]


def test_the_founding_article_falls_into_its_sections() -> None:
    if not ARTICLE.exists():
        pytest.skip("the founding article is not on this machine")
    text = ARTICLE.read_text("utf-8")
    drafts = cut("article", read_plain(text))
    found = {draft.passage.heading for draft in drafts}
    assert {"Quick Answer", "FAQ > Can fine-tuning replace RAG?", "Common Mistakes"} <= found
    lines = {" ".join(line.split()) for line in text.splitlines()}
    quoted = {line for draft in drafts for line in draft.passage.text.split("\n")}
    assert {line for line in quoted - lines if not line.startswith("|")} == set()


def test_a_web_page_loses_its_scripts_and_menus_and_keeps_its_headings() -> None:
    page = """<html><head><title>T</title><style>p{}</style></head><body><nav>Menu</nav>
    <h1>Guide</h1><p>First <b>bold</b> words.</p><script>bad()</script>
    <h2>Part</h2>loose text <ul><li>one</li><li>two</li></ul>
    <table><tr><th>Plan</th><th>Price</th></tr><tr><td>Basic</td><td>10</td></tr></table></body></html>"""
    drafts = cut("page", read_page(page))
    assert [draft.passage.heading for draft in drafts] == ["Guide", "Part"]
    assert drafts[0].passage.text == "First bold words."
    assert drafts[1].passage.text == "loose text\n- one\n- two\n| Plan | Price |\n| Basic | 10 |"
    assert "Basic - Price: 10" in drafts[1].also


def test_a_deeply_nested_page_is_read() -> None:
    assert texts(read_page("<div>" * 3000 + "deep words" + "</div>" * 3000)) == ["deep words"]


@given(st.text(max_size=400))
def test_any_text_is_cut_into_passages_of_bounded_length_with_ids_of_their_own(text: str) -> None:
    for read in (read_plain, read_markdown, read_page):
        drafts = cut("any", read(text))
        assert len({draft.passage.id for draft in drafts}) == len(drafts)
        assert all(draft.passage.text.strip() for draft in drafts)


@given(st.lists(st.integers(1, 2500), min_size=1, max_size=6))
def test_long_sections_are_cut_and_nothing_is_lost(lengths: list[int]) -> None:
    text = "\n\n".join(("abcdefg " * (length // 8 + 1)).strip() + "." for length in lengths)
    drafts = cut("long", read_plain(text))
    assert all(len(draft.passage.text) <= MOST_LETTERS + 50 for draft in drafts)
    assert sum(draft.passage.text.count("abcdefg") for draft in drafts) == text.count("abcdefg")
