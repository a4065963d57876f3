"""What may be quoted as proof, and the check that makes a quote a citation."""

from dataclasses import dataclass


class UnsupportedQuoteError(ValueError):
    """A quote does not stand in the passage it names."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable piece of a document.

    `id` is stable under edits elsewhere in the document; `heading` is the heading path joined by " > ";
    `text` is plain prose with single spaces and newlines.
    """

    id: str
    document: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote from a passage. It cannot be built unless the quote stands there."""

    passage: Passage
    quote: str

    def __post_init__(self) -> None:
        if not self.quote.strip():
            raise UnsupportedQuoteError(f"an empty quote cites nothing in passage {self.passage.id}")
        if self.quote not in self.passage.text:
            raise UnsupportedQuoteError(f"passage {self.passage.id} does not say: {self.quote!r}")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is, in a sentence about this case, with its proof."""

    text: str
    citation: Citation
