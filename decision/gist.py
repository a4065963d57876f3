"""What a message is about, read by its meaning and its words: the symptom, the job, and what it reads like.

A small linear model over a sentence vector and the words, trained on labelled first messages by `make train`.
It is a reading and not a verdict: its doubt is kept, and the policy weighs it like any other evidence.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from decision.evidence import Evidence
from decision.glossary import Part, glossed

Vector = NDArray[np.float32]

READ = ("symptom", "job", "likeness")
"""The factors that are read by meaning."""

_WORD = re.compile(r"\w\w+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which a chat client may cut off and no encoder takes."""

MOST_READINGS = 6
"""How many readings of a factor are kept; what is left over counts as doubt."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as a vector of length 1, its tokens' vectors, and where each token stands in the text."""

    vector: Vector
    tokens: Vector
    spans: Sequence[tuple[int, int]]


Encode = Callable[[str], Encoded]


class Vocabulary:
    """The words and word pairs that the heads know, weighed by how rare they are (tf-idf, sublinear)."""

    def __init__(self, rarity: dict[str, float]) -> None:
        self._places = {word: place for place, word in enumerate(rarity)}
        self._rarity = np.array(list(rarity.values()), dtype=np.float32)

    def counted(self, message: str) -> Vector:
        """The message as one number a known word; of length 1 unless it has none."""
        counts = Counter(place for word in terms(message) if (place := self._places.get(word)) is not None)
        found = np.zeros(len(self._rarity), dtype=np.float32)
        for place, count in counts.items():
            found[place] = (1 + log(count)) * self._rarity[place]
        length = float(np.linalg.norm(found))
        return found / length if length else found


def terms(message: str) -> list[str]:
    """The words of a message and its pairs of neighbouring words, in lower case."""
    words = _WORD.findall(message.lower())
    return words + [f"{one} {two}" for one, two in pairwise(words)]


class Head:
    """Tells the options of one factor apart: one row of weights and one bias for each."""

    def __init__(self, options: Sequence[str], weights: Vector, biases: Vector, words: Vector) -> None:
        """`weights` go with the sentence vector, `words` with the counted words."""
        self.options = tuple(options)
        self._weights = weights
        self._biases = biases
        self._words = words

    def probabilities(self, encoded: Encoded, counted: Vector) -> dict[str, float]:
        """How likely each option is."""
        scores = self._weights @ encoded.vector + self._words @ counted + self._biases
        parts = np.exp(scores - scores.max())
        return {option: float(part) for option, part in zip(self.options, parts / parts.sum(), strict=True)}

    def telling(self, encoded: Encoded, option: str, parts: Sequence[Part]) -> str:
        """The sentence that speaks most for the option, as it was written."""
        against = self._weights.mean(axis=0)
        pulls = encoded.tokens @ (self._weights[self.options.index(option)] - against)
        best, most = "", -np.inf
        for part in parts:
            inside = [i for i, (a, b) in enumerate(encoded.spans) if part.start <= a < b <= part.end]
            if inside and (pull := float(pulls[inside].mean())) > most:
                best, most = part.sentence, pull
        return best


@dataclass(frozen=True, slots=True)
class Gist:
    """The trained model: its vocabulary, and a head for each factor."""

    vocabulary: Vocabulary
    heads: dict[str, Head]


@lru_cache(maxsize=1)
def trained() -> Gist:
    """The packaged model."""
    packaged = files("decision")
    names = json.loads(packaged.joinpath("gist.json").read_text("utf-8"))
    with np.load(BytesIO(packaged.joinpath("gist.npz").read_bytes())) as arrays:
        heads = {
            factor: Head(
                options,
                *(arrays[f"{factor}_{part}"].astype(np.float32) for part in ("weights", "biases", "words")),
            )
            for factor, options in names["heads"].items()
        }
    return Gist(Vocabulary(names["words"]), heads)


class Read:
    """A message taken in once, for every head to read."""

    def __init__(self, message: str, language: str, encode: Encode) -> None:
        """`encode` sees the message with its known terms in English."""
        text, self._parts = glossed(message, language)
        self.says_something = bool(text.strip())
        self._encoded = encode(_LONE_SURROGATE.sub("\ufffd", text))
        self._counted = trained().vocabulary.counted(text)

    def off_topic(self) -> float:
        """How likely it is that the message is not about a feature built on a language model."""
        return self._probabilities("topic")["off_topic"]

    def evidence(self) -> tuple[Evidence, ...]:
        """What each head reads, with the sentence that tells it and with the other readings."""
        return tuple(map(self._evidence, READ))

    def _probabilities(self, factor: str) -> dict[str, float]:
        return trained().heads[factor].probabilities(self._encoded, self._counted)

    def _evidence(self, factor: str) -> Evidence:
        shares = sorted(self._probabilities(factor).items(), key=lambda item: -item[1])
        (value, certainty), *others = shares[:MOST_READINGS]
        return Evidence(
            factor,
            value,
            trained().heads[factor].telling(self._encoded, value, self._parts),
            certainty=round(certainty, 4),
            alternatives=tuple((other, round(share, 4)) for other, share in others),
        )
