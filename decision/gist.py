"""What a message is about, read by its meaning and its words: the symptom, the job, and what it reads like.

A small linear model over a sentence vector and the words, trained on labelled first messages by `make train`.
It is a reading and not a verdict: its doubt is kept, and the policy weighs it like any other evidence.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from math import log
from operator import mul

import numpy as np
from numpy.typing import NDArray

from decision.evidence import Case, Evidence
from decision.glossary import Part, glossed

Vector = NDArray[np.float32]

READ = ("symptom", "job", "likeness")
"""The factors that are read by meaning."""

_WORD = re.compile(r"\w\w+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which a chat client may cut off and no encoder takes."""

MOST_LETTERS = 3_000
"""How much of a message is cut into stretches of letters."""

TELLING = 1.5
"""How many times likelier than chance a sentence alone must make a reading to be quoted for it."""

CLEARLY = 0.35
"""How likely a symptom must be to be read from a later message that states no fact."""

SURELY = 1e-4
"""The topic is never read as more certain than this leaves open."""

MOST_READINGS = 6
"""How many readings of a factor are kept; what is left over counts as doubt."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as a vector of length 1, its tokens' vectors, and where each token stands in the text."""

    vector: Vector
    tokens: Vector
    spans: Sequence[tuple[int, int]]


Encode = Callable[[str], Encoded]


Terms = Callable[[str], Iterable[str]]
"""Cuts a message into what a vocabulary counts."""


class Vocabulary:
    """The terms that the heads know, weighed by how rare they are (tf-idf, sublinear)."""

    def __init__(self, rarity: dict[str, float], terms: Terms) -> None:
        self._terms = terms
        self._places = {term: place for place, term in enumerate(rarity)}
        self._rarity = np.array(list(rarity.values()), dtype=np.float32)

    def counted(self, message: str) -> Vector:
        """The message as one number a known term; of length 1 unless it has none."""
        counts = Counter(
            place for term in self._terms(message) if (place := self._places.get(term)) is not None
        )
        found = np.zeros(len(self._rarity), dtype=np.float32)
        for place, count in counts.items():
            found[place] = (1 + log(count)) * self._rarity[place]
        length = float(np.linalg.norm(found))
        return found / length if length else found


def terms(message: str) -> list[str]:
    """The words of a message and its pairs of neighbouring words, in lower case."""
    words = _WORD.findall(message.lower())
    return words + [f"{one} {two}" for one, two in pairwise(words)]


def grams(message: str) -> Iterator[str]:
    """The stretches of three to five letters inside each word: they survive typos and endings."""
    for word in message[:MOST_LETTERS].lower().split():
        edged = f" {word} "
        for size in (3, 4, 5):
            for start in range(len(edged) - size + 1):
                yield edged[start : start + size]


def by_sentence(encoded: Encoded, parts: Sequence[Part]) -> list[tuple[str, Vector]]:
    """Each sentence that the encoder saw, as it was written, with its own vector of length 1."""
    found = []
    for part in parts:
        inside = [i for i, (a, b) in enumerate(encoded.spans) if part.start <= a < b <= part.end]
        if inside:
            mean = encoded.tokens[inside].mean(axis=0)
            found.append((part.sentence, mean / max(float(np.linalg.norm(mean)), 1e-9)))
    return found


def pooled(encoded: Encoded, sentences: Sequence[tuple[str, Vector]]) -> Vector:
    """The message as the mean of its sentences, so that a long one does not drown the others."""
    return np.mean([vector for _, vector in sentences], axis=0) if sentences else encoded.vector


class Head:
    """Tells the options of one factor apart: one row of weights and one bias for each."""

    def __init__(self, options: Sequence[str], weights: Vector, biases: Vector, terms: Vector) -> None:
        """`weights` go with the sentence vectors, `terms` with the counted words and letters."""
        self.options = tuple(options)
        self._weights = weights
        self._biases = biases
        self._terms = terms

    def probabilities(self, vector: Vector, counted: Vector) -> dict[str, float]:
        """How likely each option is."""
        scores = self._weights @ vector + self._terms @ counted + self._biases
        parts = np.exp(scores - scores.max())
        return {option: float(part) for option, part in zip(self.options, parts / parts.sum(), strict=True)}

    def telling(self, option: str, sentences: Sequence[tuple[str, Vector, Vector]]) -> str:
        """The sentence that speaks most for the option, as it was written.

        Nothing where no sentence by itself makes the option clearly likelier than chance.
        """
        best, most = "", TELLING / len(self.options)
        for sentence, vector, counted in sentences:
            share = self.probabilities(vector, counted)[option]
            if share > most:
                best, most = sentence, share
        return best


@dataclass(frozen=True, slots=True)
class Gist:
    """The trained model: its vocabularies, a head for each factor, and the border of the topic."""

    vocabularies: tuple[Vocabulary, ...]
    heads: dict[str, Head]
    border: tuple[float, ...]
    """Weights of what tells the border of the topic: the topic, the symptom, the plain signs, and 1."""

    def counted(self, message: str) -> Vector:
        """The message as one number for each known word, word pair and stretch of letters."""
        return np.concatenate([vocabulary.counted(message) for vocabulary in self.vocabularies])


@lru_cache(maxsize=1)
def trained() -> Gist:
    """The packaged model."""
    packaged = files("decision")
    names = json.loads(packaged.joinpath("gist.json").read_text("utf-8"))
    with np.load(BytesIO(packaged.joinpath("gist.npz").read_bytes())) as arrays:
        heads = {
            factor: Head(
                options,
                arrays[f"{factor}_weights"].astype(np.float32),
                arrays[f"{factor}_biases"].astype(np.float32),
                # Kept as whole numbers from -127 to 127 and a scale for each option: half the file.
                arrays[f"{factor}_terms"].astype(np.float32) * arrays[f"{factor}_scales"][:, None],
            )
            for factor, options in names["heads"].items()
        }
    vocabularies = (Vocabulary(names["words"], terms), Vocabulary(names["grams"], grams))
    return Gist(vocabularies, heads, tuple(names["border"]))


class Read:
    """A message taken in once, for every head to read."""

    def __init__(self, message: str, language: str, encode: Encode) -> None:
        """`encode` sees the message with its known terms in English."""
        text, parts = glossed(message, language)
        self.says_something = bool(text.strip())
        encoded = encode(_LONE_SURROGATE.sub("\ufffd", text))
        self._sentences = by_sentence(encoded, parts)
        self._vector = pooled(encoded, self._sentences)
        self._counted = trained().counted(text)

    @cached_property
    def _counted_sentences(self) -> list[tuple[str, Vector, Vector]]:
        """Each sentence with its vector and its own terms, for the heads to quote from."""
        return [(sentence, vector, trained().counted(sentence)) for sentence, vector in self._sentences]

    def off_topic(self) -> float:
        """How likely it is that the message is not about a feature built on a language model."""
        return self._probabilities("topic")["off_topic"]

    def outside(self, signs: Sequence[float]) -> bool:
        """Whether it lies outside of the topic, weighing how it reads with the plain signs beside it."""
        off = min(max(self.off_topic(), SURELY), 1 - SURELY)
        symptom = max(self._probabilities("symptom").values())
        weights = trained().border
        return bool(sum(map(mul, weights, (log(off / (1 - off)), symptom, *signs, 1.0))) > 0)

    def adds_to(self, case: Case, states: bool) -> bool:
        """Whether it tells a symptom more clearly than the case does so far; small talk tells none.

        `states`: a fact was stated beside it, so that it is no small talk.
        """
        found = self._probabilities("symptom")
        best = max(found, key=lambda option: found[option])
        held = max((item.certainty for item in case.current.get("symptom", ())), default=0.0)
        return (
            (states or self.off_topic() < 0.5) and best != "vague_goal" and found[best] > max(held, CLEARLY)
        )

    def evidence(self) -> tuple[Evidence, ...]:
        """What each head reads, with the sentence that tells it and with the other readings."""
        return tuple(map(self._evidence, READ))

    def _probabilities(self, factor: str) -> dict[str, float]:
        return trained().heads[factor].probabilities(self._vector, self._counted)

    def _evidence(self, factor: str) -> Evidence:
        shares = sorted(self._probabilities(factor).items(), key=lambda item: -item[1])
        (value, certainty), *others = shares[:MOST_READINGS]
        return Evidence(
            factor,
            value,
            trained().heads[factor].telling(value, self._counted_sentences),
            certainty=round(certainty, 4),
            alternatives=tuple((other, round(share, 4)) for other, share in others),
        )
