"""An answer in somebody's own words, read by its meaning: "they would look it up in the wiki".

A small linear model for each question over the answer's sentence vector, alone and beside the question's
words, trained by `make train` on answers that were written for it. It is asked only where an answer names no
option and states no fact, and what it reads keeps its doubt, as all that is read by meaning does.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from decision.evidence import Evidence
from decision.verdict import Question

if TYPE_CHECKING:
    from decision.gist import Encode, Vector

OTHER = "other"
"""What a message is that answers something else, or nothing."""

LIKELY = 0.5
"""How likely an option must be to be taken for the answer; the others stay as alternatives."""

CLEARLY = 0.6
"""How likely it must be to stand against an option whose words occur in the answer."""

SURELY = 0.9
"""How likely it must be that such an answer is none at all."""

FEWEST_WORDS = 3
"""A shorter answer, such as "nah", is only read as what it names."""

MOST_CHARACTERS = 240
"""A longer message is a description, and is read as one."""


@dataclass(frozen=True, slots=True)
class Head:
    """Tells the options of one question apart: a column of weights for each; the last row is the bias."""

    options: tuple[str, ...]
    weights: "Vector"


@lru_cache(maxsize=1)
def heads() -> dict[str, Head]:
    """The packaged model, by factor."""
    packaged = files("decision")
    options = json.loads(packaged.joinpath("meant.json").read_text("utf-8"))
    with np.load(BytesIO(packaged.joinpath("meant.npz").read_bytes())) as arrays:
        return {
            factor: Head(tuple(named), arrays[factor].astype(np.float32)) for factor, named in options.items()
        }


def features(message: str, question: str, encode: "Encode") -> "Vector":
    """An answer as its own vector, the vector of its words as they stand after the question, and 1."""
    beside = encode(f"{question} {message}")
    own = [place for place, (start, end) in enumerate(beside.spans) if len(question) < end and start < end]
    mean = beside.tokens[own].mean(axis=0) if own else beside.vector
    length = max(float(np.linalg.norm(mean)), 1e-9)
    return np.concatenate([encode(message).vector, mean / length, np.ones(1, np.float32)])


def read_meant(
    message: str, question: Question, named: tuple[Evidence, ...], encode: "Encode"
) -> tuple[Evidence, ...]:
    """What an answer most likely means, quoted as it was written, or nothing where that is not likely.

    `named` is the option that shares most words with it, if any: it stands unless the meaning clearly names
    another, or clearly answers nothing.
    """
    head, said = heads().get(question.factor), message.strip()
    if head is None or len(said) > MOST_CHARACTERS:
        return named
    (value, certainty), *others = _shares(said, question, head, encode)
    if named:
        if value == OTHER and certainty >= SURELY and len(said.split()) >= FEWEST_WORDS:
            return ()
        if value in (OTHER, named[0].value) or certainty < CLEARLY:
            return named
    elif value == OTHER or certainty < LIKELY or "?" in said:
        return ()
    alternatives = tuple((name, round(share, 4)) for name, share in others if name != OTHER)
    return (Evidence(question.factor, value, said, certainty=round(certainty, 4), alternatives=alternatives),)


def _shares(said: str, question: Question, head: Head, encode: "Encode") -> list[tuple[str, float]]:
    """How likely each option is, the likeliest first."""
    scores = features(said, question.text, encode) @ head.weights
    parts = np.exp(scores - scores.max())
    shares = zip(head.options, map(float, parts / parts.sum()), strict=True)
    return sorted(shares, key=lambda pair: -pair[1])
