"""Where a document is cut into passages, and the ids they keep.

A passage is one section where that is possible, because a quote under another section's heading misleads.
Long sections are cut at paragraph and line ends. An id is the heading path and, where a path has several
passages, a number; a passage whose words have not changed keeps its number, so ids survive edits elsewhere.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from decision.citation import Passage
from knowledge.outline import Block, Outline

MOST_LETTERS = 900
FEWEST_LETTERS = 300
SLUG_LETTERS = 60
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage on its way into the index. `also` holds words that find it and are never quoted."""

    passage: Passage
    also: str
    digest: str


@dataclass(frozen=True, slots=True)
class _Piece:
    heading: str
    slug: str
    text: str
    also: str

    @property
    def digest(self) -> str:
        return digest_of(self.heading, self.text, self.also)


def digest_of(*parts: str) -> str:
    """A short name for a content; equal contents have equal names."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def cut(document: str, outline: Outline, known: Mapping[str, Collection[str]] = {}) -> list[Draft]:
    """The passages of a document. `known` maps the digests of its earlier version to their ids."""
    pieces = list(_pieces(document, outline))
    ids = _ids(document, pieces, known)
    return [
        Draft(Passage(pid, document, piece.heading, piece.text), piece.also, piece.digest)
        for pid, piece in zip(ids, pieces, strict=True)
    ]


def _pieces(document: str, outline: Outline) -> Iterator[_Piece]:
    for section in outline.filled():
        heading = " > ".join(section.path) or outline.title or document
        slug = "/".join(map(slugged, section.path)) or "opening"
        for text, also in _packed(section.blocks):
            yield _Piece(heading, slug, text, also)


def _packed(blocks: list[Block]) -> Iterator[tuple[str, str]]:
    """Blocks put together up to the longest passage; a block that is longer by itself is cut at line ends."""
    text, also = "", ""
    for part in (part for block in blocks for part in _parts(block)):
        if text and len(text) + len(part.text) >= MOST_LETTERS:
            yield text, also
            text, also = "", ""
        text = f"{text}\n{part.text}" if text else part.text
        if part.also not in also:
            also = f"{also} {part.also}".strip()
    if text:
        yield text, also


def _parts(block: Block) -> Iterator[Block]:
    if len(block.text) <= MOST_LETTERS:
        yield block
        return
    for line in block.text.split("\n"):
        for piece in _short(line):
            yield Block(piece, block.also[:MOST_LETTERS])


def _short(line: str) -> Iterator[str]:
    """A line in pieces that a passage can hold: cut at sentence ends, else at spaces, else anywhere."""
    text = ""
    for sentence in SENTENCE_END.split(line):
        while len(sentence) > MOST_LETTERS:
            at = sentence.rfind(" ", 0, MOST_LETTERS)
            at = at if at > 0 else MOST_LETTERS
            yield sentence[:at]
            sentence = sentence[at:].lstrip()
        if text and len(text) + len(sentence) >= MOST_LETTERS:
            yield text
            text = ""
        text = f"{text} {sentence}".strip()
    if text:
        yield text


def slugged(heading: str) -> str:
    """A heading as the part of an id."""
    slug = "-".join(re.findall(r"[^\W_]+", heading.casefold()))
    return slug[:SLUG_LETTERS].rstrip("-") or "section"


def _ids(document: str, pieces: list[_Piece], known: Mapping[str, Collection[str]]) -> list[str]:
    """Ids in order: a known content keeps its id, the others get the lowest number that is free."""
    free = {digest: list(ids) for digest, ids in known.items()}
    kept: list[str | None] = []
    for piece in pieces:
        olds = free.get(piece.digest, [])
        kept.append(olds.pop(0) if olds else None)
    taken = {pid for pid in kept if pid}
    ids: list[str] = []
    numbers: dict[str, int] = {}
    for piece, pid in zip(pieces, kept, strict=True):
        stem = f"{document}/{piece.slug}"
        while pid is None:
            number = numbers[stem] = numbers.get(stem, 0) + 1
            candidate = stem if number == 1 else f"{stem}-{number}"
            pid = None if candidate in taken else candidate
        taken.add(pid)
        ids.append(pid)
    return ids
