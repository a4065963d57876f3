"""A question about the guidance, answered in the guidance's own sentences or not at all.

No sentence is written here: the best sentences of the best passages are quoted. Where the passages share too
little with the question, the honest answer is that the guidance does not say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from decision.citation import Citation, Passage
from knowledge.words import near_words, stems, telling

ENOUGH = 0.6
"""How much of the question's weight a passage has to cover, as calibrated on questions of both kinds."""

ENOUGH_IF_LIKE = 0.5
LIKE_ENOUGH = 0.25
"""Where meanings are compared: what has to be covered, and how like the question a passage has to be."""

NEAR_SHARE = 0.6
MOST_QUOTES = 3
QUOTED_PASSAGES = 3
FEWEST_LETTERS = 25
MOST_LETTERS = 400
SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?!\s|$)[^.!?]*)*(?:[.!?]+[”\"')\]]*|$)")
NAME = re.compile(r"(?<=[\w,] )(?!AI\b|LLM|I\b|RAG\b|API|Sextant)[A-Z][\w-]*[a-zA-Z0-9]")
"""A name inside a sentence: a capital letter that does not begin it."""
BULLET = re.compile(r"^(?:[-*•–]|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the guidance says on a question: its own sentences, best first, and how well they cover it."""

    citations: tuple[Citation, ...]
    coverage: float


def sentences(text: str) -> list[str]:
    """The sentences of a passage as they stand, without list marks, source lines and table rows."""
    found = []
    for line in text.split("\n"):
        if line.startswith(("Source:", "|")):
            continue
        for match in SENTENCE.finditer(BULLET.sub("", line)):
            sentence = match[0].strip()
            if FEWEST_LETTERS <= len(sentence) <= MOST_LETTERS and sentence[-1] not in "?:":
                found.append(sentence)
    return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer, the questions it is known to answer, and its score in the search."""

    passage: Passage
    asked: str
    score: float

    @property
    def found_by(self) -> str:
        """Everything that the passage is about."""
        return f"{self.passage.heading}\n{self.passage.text}\n{self.asked}"

    @property
    def questions(self) -> list[str]:
        """What it answers: its heading, and the questions that are kept with it."""
        return [self.passage.heading.rsplit(" > ", 1)[-1], *self.asked.split("\n")]


class Question:
    """A question's stems with their weights; near-synonyms stand in for a word at a part of its weight."""

    def __init__(self, words: Sequence[str], weight: Mapping[str, float], text: str = "") -> None:
        """`text` is the question as it was put; the names in it must be spoken of where it is answered."""
        self._names = {name.lower().rstrip("s") for name in NAME.findall(text)}
        known = stems(words)
        self._weight = {known[word]: weight[word] for word in words}
        self._near = {known[word]: set(stems(near_words([word])).values()) for word in words}
        self._whole = sum(self._weight.values()) or 1.0

    def covered(self, text: str) -> float:
        """The share of the question's weight that the text covers, from 0 to 1."""
        said = set(stems(telling(text)).values())
        total = 0.0
        for stem, weight in self._weight.items():
            if stem in said:
                total += weight
            elif self._near[stem] & said:
                total += NEAR_SHARE * weight
        return total / self._whole

    def named_in(self, text: str) -> bool:
        """Whether the text speaks of everybody and everything that the question names."""
        low = text.lower()
        return all(name in low for name in self._names)

    def likeness(self, other: str) -> float:
        """How nearly another question or a heading asks the same, from 0 to 1."""
        said = set(stems(telling(other)).values())
        rest = len(said - self._weight.keys()) / max(len(self._weight), 1)
        return self.covered(other) / (1 + rest)


def answered(question: Question, candidates: Sequence[Candidate], likeness: float | None) -> Answer | None:
    """The sentences that answer best, or None where no candidate covers enough of the question.

    `likeness` is that of the passage whose meaning is nearest to the question's, where it is known.
    """
    candidates = [candidate for candidate in candidates if question.named_in(candidate.found_by)]
    coverage = max((question.covered(candidate.found_by) for candidate in candidates), default=0.0)
    if coverage < (ENOUGH if likeness is None else ENOUGH_IF_LIKE):
        return None
    if likeness is not None and likeness < LIKE_ENOUGH:
        return None
    rated = sorted(
        ((_fit(question, candidate), candidate.passage) for candidate in candidates),
        key=lambda pair: -pair[0],
    )
    return _quoted(question, rated[:QUOTED_PASSAGES], coverage)


def _fit(question: Question, candidate: Candidate) -> float:
    """How well a passage answers: what it covers, what it is known to answer, and its score in the search."""
    likeness = max(map(question.likeness, candidate.questions))
    return question.covered(candidate.found_by) + likeness + 0.5 * candidate.score


def _quoted(question: Question, rated: Sequence[tuple[float, Passage]], coverage: float) -> Answer | None:
    """The sentences that cover the question best, those of the best passage and its beginning preferred."""
    choice = []
    for rank, (fit, passage) in enumerate(rated):
        for position, sentence in enumerate(sentences(passage.text)):
            score = question.covered(sentence) + 0.3 / (1 + position) + fit / rated[0][0]
            choice.append((-score, rank, position, Citation(passage, sentence)))
    choice.sort(key=lambda item: item[:3])
    kept = sorted(choice[:MOST_QUOTES], key=lambda item: item[1:3])
    return Answer(tuple(item[3] for item in kept), round(coverage, 3)) if kept else None
