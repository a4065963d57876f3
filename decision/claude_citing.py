"""Passages as search results that can be cited, and the check of every citation in what the model wrote.

A sentence is kept only with a citation that stands: a place that exists, words that are the passage's own at
that place, enough in common with them, and no number that nobody said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from decision.citation import Citation, Passage
from decision.claude_call import Block, Cited
from decision.neutral import LEFT_OUT, neutral

Sentence = tuple[str, Citation]

MOST_OF_A_PASSAGE = 2_500
"""Characters of a passage that are sent."""

MOST_OF_A_QUOTE = 400
MOST_OF_A_SENTENCE = 320
MOST_SENTENCES = 5

MOST_OF_A_TEXT = 16_000
MOST_BLOCKS = 400
MOST_UNREAD = 1_500
"""A server may send more than it was asked for; a sentence longer than the last is not even cleaned."""

MOST_PROOFS = 20
"""Citations of one block that are checked."""

LEAST_SHARED = 2
"""Words that a sentence has in common with its proof."""

_PIECE = re.compile(r"\S[^\n]*?(?:[.!?][\"'”)\]]*(?=\s|$)|(?=\n|$))")
_END = re.compile(r"(?<=[.!?])[\"'”)\]]*\s+(?=[\"'“(\[]?[A-Z0-9À-Þ])|\n+")
_WORD = re.compile(r"[^\W\d_]{4,}")
_WHOLE = re.compile(r"[^\W\d_]{4,}.*[.!?][\"'”)]*$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_STEM = 5
_EMPTY_WORDS = (
    "that this these those with from your yours have been will would should could their there them they then "
    "than when what which while because before after about into only more most much many such some very does "
    "each every other also must need needs make makes made using used case cases team teams"
)
_EMPTY = frozenset(word[:_STEM] for word in _EMPTY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Source:
    """A passage and the pieces of it that were sent, each as its place in the passage's text."""

    passage: Passage
    places: tuple[tuple[int, int], ...]

    def result(self) -> dict[str, Any]:
        """The search result that the model gets. Its address is the passage's id, which leads nowhere."""
        return {
            "type": "search_result",
            "source": self.passage.id,
            "title": self.passage.heading or self.passage.id,
            "content": [{"type": "text", "text": self.passage.text[start:end]} for start, end in self.places],
            "citations": {"enabled": True},
        }

    def quote(self, cited: Cited) -> str:
        """The words of the passage that a citation names; empty when they are not there."""
        if not 0 <= cited.start < cited.end <= len(self.places):
            return ""
        places = self.places[cited.start : cited.end]
        if _letters(cited.text) != _letters("".join(self.passage.text[a:b] for a, b in places)):
            return ""
        whole = self.passage.text[places[0][0] : places[-1][1]]
        first = self.passage.text[places[0][0] : places[0][1]]
        return next((quote for quote in (whole, first) if len(quote) <= MOST_OF_A_QUOTE), "")


def source(passage: Passage) -> Source:
    """The passage cut into sentences."""
    places = tuple(
        match.span() for match in _PIECE.finditer(passage.text) if match.end() <= MOST_OF_A_PASSAGE
    )
    return Source(passage, places or ((0, min(len(passage.text), MOST_OF_A_PASSAGE)),))


def cited_sentences(
    blocks: Sequence[Block], sources: Sequence[Source], known: str, complete: bool = True
) -> tuple[Sentence, ...]:
    """The sentences of a text that stand, each with its proof. `known` is what was said about the case.

    While the text is not `complete` its last sentence is left out.
    """
    blocks = blocks[:MOST_BLOCKS]
    text = "".join(block.text for block in blocks)[:MOST_OF_A_TEXT]
    kept = []
    spans = list(_sentences(text))
    for start, end in spans if complete else spans[:-1]:
        if end - start > MOST_UNREAD:
            continue
        sentence = neutral(text[start:end])
        if len(sentence) > MOST_OF_A_SENTENCE or LEFT_OUT in sentence or not _WHOLE.search(sentence):
            continue
        quotes = _quotes(blocks, sources, start, end)
        proof = next((cited for cited in quotes if _supports(cited.quote, sentence, known)), None)
        if proof is not None:
            kept.append((sentence, proof))
    return tuple(kept[:MOST_SENTENCES])


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _END.finditer(text):
        yield start, match.end()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)


def _quotes(blocks: Sequence[Block], sources: Sequence[Source], start: int, end: int) -> Iterator[Citation]:
    """The citations that hold, of the blocks that have words in this part of the text."""
    at = 0
    for block in blocks:
        inside = block.text[max(0, start - at) : max(0, end - at)]
        at += len(block.text)
        if not _WORD.search(inside):
            continue
        for cited in block.cited[:MOST_PROOFS]:
            if 0 <= cited.result < len(sources) and (quote := sources[cited.result].quote(cited)).strip():
                yield Citation(sources[cited.result].passage, quote)


def _supports(quote: str, sentence: str, known: str) -> bool:
    """Whether a quote can be the proof of a sentence: two words in common, and no number out of nowhere."""
    numbers = set(_NUMBER.findall(sentence)) - set(_NUMBER.findall(f"{quote} {known}"))
    return not numbers and len(_stems(quote) & _stems(sentence)) >= LEAST_SHARED


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(text.lower())) - _EMPTY


def _letters(text: str) -> str:
    return "".join(text.split())
