"""Sentences of the guidance with their source: small where they prove something, large where they answer."""

from collections.abc import Iterator
from itertools import groupby

from bot.slack import blocks as kit
from bot.slack.blocks import Block
from bot.slack.mrkdwn import inline
from decision.citation import Citation


def proof(citation: Citation) -> Iterator[Block]:
    """The sentence that something rests on, and where it stands."""
    yield from kit.context(f"“{inline(citation.quote)}” _{source(citation)}_")


def quoted(citations: tuple[Citation, ...], heading: str) -> Iterator[Block]:
    """Sentences that are an answer by themselves; those that stand together are told so once."""
    for number, (where, held) in enumerate(groupby(citations, source)):
        quotes = "\n".join(f">“{inline(one.quote)}”" for one in held)
        yield from kit.sections(f"{heading}\n{quotes}" if not number else quotes)
        yield from kit.context(f"_{where}_")


def source(citation: Citation) -> str:
    """Where a quote stands: the title of its document, and the heading right above it."""
    headings = citation.passage.heading.split(" > ")
    return inline(" › ".join(dict.fromkeys((headings[0], headings[-1])))).replace("_", " ")
