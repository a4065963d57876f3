"""What a message is about, read by its meaning: the symptom it complains of and the job the feature does.

A small linear model over sentence vectors, trained on labelled first messages by `make train`. It is a reading
and not a verdict: its doubt is kept, and the policy weighs it like any other evidence.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from decision.evidence import Evidence
from decision.sentences import sentences

Vector = NDArray[np.float32]

MOST_READINGS = 6
"""How many readings of a factor are kept; what is left over counts as doubt."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as a vector of length 1, its tokens' vectors, and where each token stands in the text."""

    vector: Vector
    tokens: Vector
    spans: Sequence[tuple[int, int]]


Encode = Callable[[str], Encoded]


class Head:
    """Tells the options of one factor apart: one row of weights and one bias for each."""

    def __init__(self, options: Sequence[str], weights: Vector, biases: Vector) -> None:
        self.options = tuple(options)
        self._weights = weights
        self._biases = biases

    def probabilities(self, encoded: Encoded) -> dict[str, float]:
        """How likely each option is."""
        scores = self._weights @ encoded.vector + self._biases
        parts = np.exp(scores - scores.max())
        return {option: float(part) for option, part in zip(self.options, parts / parts.sum(), strict=True)}

    def telling(self, encoded: Encoded, option: str, message: str) -> str:
        """The sentence of the message that speaks most for the option."""
        against = self._weights.mean(axis=0)
        pulls = encoded.tokens @ (self._weights[self.options.index(option)] - against)
        best, most = "", -np.inf
        position = 0
        for sentence in sentences(message):
            start = message.index(sentence.text, position)
            position = start + len(sentence.text)
            inside = [i for i, (a, b) in enumerate(encoded.spans) if a >= start and b <= position and b > a]
            if inside and (pull := float(pulls[inside].mean())) > most:
                best, most = sentence.text, pull
        return best


@lru_cache(maxsize=1)
def heads() -> dict[str, Head]:
    """The trained heads, by factor."""
    packaged = files("decision")
    options = json.loads(packaged.joinpath("gist.json").read_text("utf-8"))
    with np.load(BytesIO(packaged.joinpath("gist.npz").read_bytes())) as arrays:
        return {
            factor: Head(
                names,
                arrays[f"{factor}_weights"].astype(np.float32),
                arrays[f"{factor}_biases"].astype(np.float32),
            )
            for factor, names in options.items()
        }


def off_topic(encoded: Encoded) -> float:
    """How likely it is that the message is not about a feature built on a language model."""
    return heads()["topic"].probabilities(encoded)["off_topic"]


def read_gist(encoded: Encoded, message: str) -> tuple[Evidence, ...]:
    """The symptom and the job, each with the sentence that tells it and with the other readings."""
    return tuple(_evidence(factor, encoded, message) for factor in ("symptom", "job"))


def _evidence(factor: str, encoded: Encoded, message: str) -> Evidence:
    head = heads()[factor]
    shares = sorted(head.probabilities(encoded).items(), key=lambda item: -item[1])
    (value, certainty), *others = shares[:MOST_READINGS]
    return Evidence(
        factor,
        value,
        head.telling(encoded, value, message),
        certainty=round(certainty, 4),
        alternatives=tuple((other, round(share, 4)) for other, share in others),
    )
