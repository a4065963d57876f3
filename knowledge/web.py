"""A web page as an outline: its headings and what a visitor reads below them."""

from typing import TYPE_CHECKING

from knowledge.outline import Outline, table

if TYPE_CHECKING:
    from bs4 import Tag

UNREAD = ("script", "style", "nav", "noscript", "template", "svg", "iframe", "form", "button", "head")
TOGETHER = frozenset(("p", "pre", "blockquote", "dt", "dd", "figcaption", "caption", "address", "summary"))


def read_page(text: str) -> Outline:
    """The outline of an HTML page."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    title = soup.title.get_text() if soup.title else ""
    for tag in soup(UNREAD):
        tag.decompose()
    outline = Outline(title=" ".join(title.split()))
    _walk(soup.body or soup, outline)
    return outline


def _walk(start: "Tag", outline: Outline) -> None:
    """Read the tags in order. A stack and no recursion: pages nest deeper than Python does."""
    from bs4 import Tag
    from bs4.element import NavigableString, PreformattedString

    stack = list(reversed(start.contents))
    loose: list[str] = []
    while stack:
        node = stack.pop()
        if isinstance(node, PreformattedString):
            continue
        if isinstance(node, NavigableString):
            loose.append(str(node))
        elif isinstance(node, Tag) and _inline(node):
            loose.append(node.get_text())
        elif isinstance(node, Tag):
            outline.block(" ".join(loose))
            loose.clear()
            if not _read_tag(node, outline):
                stack.append(NavigableString(""))
                stack.extend(reversed(node.contents))
    outline.block(" ".join(loose))


def _inline(tag: "Tag") -> bool:
    return tag.name in (
        "a",
        "b",
        "strong",
        "em",
        "i",
        "span",
        "code",
        "u",
        "small",
        "sup",
        "sub",
        "mark",
        "q",
    )


def _read_tag(tag: "Tag", outline: Outline) -> bool:
    """Read a tag that is a block of its own; False when its contents have to be walked instead."""
    if tag.name in ("h1", "h2", "h3", "h4", "h5", "h6"):
        outline.heading(int(tag.name[1]), tag.get_text(" "))
    elif tag.name == "table":
        rows = [[cell.get_text(" ") for cell in row(["th", "td"])] for row in tag("tr")]
        outline.block(*table(rows))
    elif tag.name in ("ul", "ol"):
        items = [" ".join(item.get_text(" ").split()) for item in tag("li", recursive=False)]
        outline.block("\n".join(f"- {item}" for item in items if item))
    elif tag.name in TOGETHER:
        outline.block(" ".join(tag.get_text().split()))
    else:
        return False
    return True
