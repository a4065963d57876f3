"""Markdown as an outline, by a real parser: a '#' inside a code fence is no heading.

The visible words are kept and the markup goes, because a passage is quoted to people.
"""

from typing import TYPE_CHECKING

from knowledge.outline import Outline, table

if TYPE_CHECKING:
    from markdown_it.token import Token


def read_markdown(text: str) -> Outline:
    """The outline of a Markdown document."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(_without_front_matter(text))
    outline = Outline()
    at = 0
    while at < len(tokens):
        at = _read_one(tokens, at, outline)
    return outline


def _without_front_matter(text: str) -> str:
    if not text.startswith("---\n"):
        return text
    end = text.find("\n---\n", 3)
    return text if end < 0 else text[end + 5 :]


def _read_one(tokens: "list[Token]", at: int, outline: Outline) -> int:
    """Read the block that starts at `at` and say where the next one starts."""
    token = tokens[at]
    end = _end(tokens, at)
    if token.type == "heading_open":
        outline.heading(int(token.tag[1]), _visible(tokens[at + 1]))
    elif token.type == "table_open":
        outline.block(*table(_rows(tokens[at:end])))
    elif token.type in ("bullet_list_open", "ordered_list_open"):
        outline.block("\n".join(_items(tokens[at:end])))
    elif token.type == "blockquote_open":
        return at + 1
    elif token.type == "paragraph_open":
        outline.block(_visible(tokens[at + 1]))
    elif token.type in ("fence", "code_block"):
        outline.block(token.content)
    return end


def _end(tokens: "list[Token]", at: int) -> int:
    """The position after the block that starts at `at`."""
    depth = 0
    for position in range(at, len(tokens)):
        depth += tokens[position].nesting
        if depth <= 0:
            return position + 1
    return len(tokens)


def _items(tokens: "list[Token]") -> list[str]:
    """A list's lines, one an item, each behind its mark; nested items follow their parent."""
    lines: list[str] = []
    mark = ""
    for token in tokens:
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "- "
        elif token.type == "inline":
            lines.append(mark + _visible(token).replace("\n", " "))
            mark = ""
        elif token.type in ("fence", "code_block"):
            lines.append(mark + token.content)
            mark = ""
    return lines


def _rows(tokens: "list[Token]") -> list[list[str]]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_visible(token))
    return rows


def _visible(token: "Token") -> str:
    """The words that a reader of the page sees."""
    words = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            words.append(child.content)
        elif child.type == "softbreak":
            words.append(" ")
        elif child.type == "hardbreak":
            words.append("\n")
        elif child.type == "image":
            words.append(_visible(child))
    return "".join(words)
