"""What a reader makes of a message: evidence with the person's own words, or a plain "this is not for me"."""

from dataclasses import dataclass
from typing import Literal, Protocol

from decision.evidence import Case, Evidence
from decision.verdict import Question

Kind = Literal["case", "answer", "correction", "guidance", "greeting", "off_topic", "nothing"]
"""`correction`: it takes back what was said before. `guidance`: a question about the guidance itself.
`nothing`: it may well be about the case, but no evidence was found in it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model was used for a turn: its name, the version of the prompt, tokens, US dollars and calls."""

    model: str = ""
    prompt: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost_usd: float = 0.0
    calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """The usage of both; the model is that of the first that has any."""
        return Usage(
            model=self.model or other.model,
            prompt=" ".join(dict.fromkeys(name for name in (self.prompt, other.prompt) if name)),
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            cost_usd=self.cost_usd + other.cost_usd,
            calls=self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """The evidence in one message, and what kind of message it is.

    `language` is an ISO 639-1 code, or "und" when it cannot be told; `partly` says that the reader knows the
    language too little to have read everything. `note` is a sentence for the person about how it was read,
    and `reader` names the one that read it, where that is another than the one that was asked.
    """

    kind: Kind
    evidence: tuple[Evidence, ...] = ()
    language: str = "en"
    partly: bool = False
    usage: Usage = Usage()
    note: str = ""
    reader: str = ""


class Reader(Protocol):
    """Turns a message into evidence. It never decides anything."""

    name: str

    def read(self, message: str, case: Case, question: Question | None) -> Reading:
        """Read a message that was written into a case, perhaps to answer an open question."""
