"""Block Kit, as far as Sextant uses it: every builder keeps within Slack's limits."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.slack.split import pieces
from decision.assess import shortened

Block = dict[str, Any]
Element = dict[str, Any]

SECTION = 3000
HEADER = 150
MARKDOWN = 9000
"""Slack takes 12,000, but a message takes little more than that in all."""
BUTTON = 75
OPTION = 75
CONTEXT = 10
ELEMENTS = 25
BOXES = 10
PLACEHOLDER = 150
ALT = 2000


def fitted(text: str, most: int) -> str:
    """The text, or its beginning with a mark that it goes on, in at most `most` characters."""
    return text if len(text) <= most else shortened(text, most - 2)


def header(text: str) -> Block:
    """A large line; of plain text, so nothing in it is markup."""
    return {"type": "header", "text": plain(fitted(text, HEADER))}


def sections(text: str) -> Iterator[Block]:
    """A text of mrkdwn, in as many sections as it takes."""
    for piece in pieces(text, SECTION):
        yield {"type": "section", "text": mrkdwn(piece), "expand": True}


def context(*texts: str) -> Iterator[Block]:
    """Small grey text, a line each."""
    for text in texts:
        for piece in pieces(text, SECTION):
            yield {"type": "context", "elements": [mrkdwn(piece)]}


def markdown(text: str) -> Iterator[Block]:
    """A text of Markdown, in as many blocks as it takes."""
    for piece in pieces(text, MARKDOWN):
        yield {"type": "markdown", "text": piece}


def image(file: str, alt: str) -> Block:
    """A picture that stands in Slack under the id of its file; `alt` is what it shows, in plain words."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": fitted(alt, ALT)}


def divider() -> Block:
    """A thin line."""
    return {"type": "divider"}


def actions(elements: Sequence[Element]) -> Iterator[Block]:
    """A row of things to tap, in as many rows as it takes."""
    for start in range(0, len(elements), ELEMENTS):
        yield {"type": "actions", "elements": list(elements[start : start + ELEMENTS])}


def button(text: str, action: str, value: str, style: str = "") -> Element:
    """A button; `action` must be unique in its row."""
    made: Element = {
        "type": "button",
        "text": plain(fitted(text, BUTTON)),
        "action_id": action,
        "value": value,
    }
    return {**made, "style": style} if style else made


def link(text: str, action: str, url: str) -> Element:
    """A button that opens an address."""
    return {"type": "button", "text": plain(fitted(text, BUTTON)), "action_id": action, "url": url}


def select(placeholder: str, action: str, options: Iterable[Element]) -> Element:
    """A menu with one choice."""
    return {
        "type": "static_select",
        "placeholder": plain(fitted(placeholder, PLACEHOLDER)),
        "action_id": action,
        "options": list(options),
    }


def multi_select(placeholder: str, action: str, options: Iterable[Element]) -> Element:
    """A menu with several choices."""
    return {**select(placeholder, action, options), "type": "multi_static_select"}


def checkboxes(action: str, options: Iterable[Element]) -> Element:
    """Boxes to tick: ten at most."""
    return {"type": "checkboxes", "action_id": action, "options": list(options)}


def radio_buttons(action: str, options: Iterable[Element]) -> Element:
    """Circles of which one is chosen: ten at most; unlike a button, each shows its whole text."""
    return {"type": "radio_buttons", "action_id": action, "options": list(options)}


def option(text: str, value: str) -> Element:
    """One choice of a menu or a set of boxes."""
    return {"text": plain(fitted(text, OPTION)), "value": value}


def plain(text: str) -> Element:
    """Text without markup; `:smile:` in it stays what was typed."""
    return {"type": "plain_text", "text": text or " ", "emoji": False}


def mrkdwn(text: str) -> Element:
    """Text with Slack's markup; addresses and names in it are left as they are."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
