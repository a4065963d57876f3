"""A question about the guidance, answered in the guidance's own sentences or not at all.

No sentence is written here: the best sentences of the best passages are quoted. Where the passages share too
little with the question, the honest answer is that the guidance does not say.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from decision.citation import Citation, Passage
from knowledge.words import near_words, stems, telling

ENOUGH = 0.6
"""How much of the question's weight a passage has to cover where meanings cannot be compared."""

SAME_QUESTION = 0.8
"""From here on a question means the same as one that a passage is known to answer, or as its sentence."""

SAME_BONUS = 0.3
"""What that counts for beside covered words and likeness, when passages are compared."""

COVERED_AT_LEAST = 0.4
COVERED_AND_NEAR = 0.66
"""Otherwise: what has to be covered, and what three quarters of that and the likeness have to add up to.

Chosen on the `tune` questions of `tests/bench`. What is asked for has to be covered in any case: a passage
about QLoRA that says nothing of a learning rate does not answer which learning rate QLoRA wants.
"""

NEAR_SHARE = 0.6
MOST_QUOTES = 3
QUOTED_PASSAGES = 3
FEWEST_LETTERS = 25
MOST_LETTERS = 400
ASKED_FOR = re.compile(
    r"\b(?:which|what|who|how (?:many|much))\s+(?:(?:is|are|was|were)\s+)?"
    r"(?!(?:do|does|did|should|can|could|will|would|may|might|happens|goes)\b)(?P<thing>(?:[\w-]+\s+){0,3}?[\w-]+)"
    r"(?=\s+(?:is|are|was|were|do|does|did|should|can|could|has|have|had|will|would|may|might|must|fits?|to"
    r"|of|for|in|on|at|per|versus|between|we|i|you|they|makes?)\b|\s*\?)",
    re.IGNORECASE,
)
"""What a question asks for: "which learning rate should ...", "what is the p99 latency of ..."."""
SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?!\s|$)[^.!?]*)*(?:[.!?]+[”\"')\]]*|$)")
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
class Likeness:
    """How like a question a passage is in meaning: as a whole, and the likest of its parts."""

    whole: float
    part: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer, the questions it is known to answer, and its score in the search.

    `likeness` is None where meanings cannot be compared.
    """

    passage: Passage
    asked: str
    score: float
    likeness: Likeness | None

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

    def __init__(self, text: str, weigh: Callable[[Sequence[str]], Mapping[str, float]]) -> None:
        """`weigh` tells how telling each word is."""
        words = telling(text)
        known, weight = stems(words), weigh(words)
        self._weight = {known[word]: weight[word] for word in words}
        self._near = {known[word]: set(stems(near_words([word])).values()) for word in words}
        self._whole = sum(self._weight.values()) or 1.0
        thing = ASKED_FOR.search(text)
        self._asked_for = (
            {known[word] for word in telling(thing["thing"]) if word in known} if thing else set()
        )

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

    def asked_for_in(self, text: str) -> bool:
        """Whether what is asked for stands in the text at all, in these or in near words."""
        said = set(stems(telling(text)).values())
        return all(stem in said or self._near[stem] & said for stem in self._asked_for)

    def likeness(self, other: str) -> float:
        """How nearly another question or a heading asks the same, from 0 to 1."""
        said = set(stems(telling(other)).values())
        rest = len(said - self._weight.keys()) / max(len(self._weight), 1)
        return self.covered(other) / (1 + rest)


def answered(question: Question, candidates: Sequence[Candidate]) -> Answer | None:
    """The sentences that answer best, or None where the best candidate says too little on the question."""
    rated = sorted(
        ((_fit(question, candidate), candidate) for candidate in candidates), key=lambda pair: -pair[0]
    )
    if not rated or not _says_enough(question, rated[0][1]):
        return None
    coverage = question.covered(rated[0][1].found_by)
    return _quoted(question, [(fit, one.passage) for fit, one in rated[:QUOTED_PASSAGES]], coverage)


def _says_enough(question: Question, candidate: Candidate) -> bool:
    covered, likeness = question.covered(candidate.found_by), candidate.likeness
    if likeness is None:
        return covered >= ENOUGH
    if likeness.part >= SAME_QUESTION:
        return True
    if not question.asked_for_in(candidate.found_by):
        return False
    return covered >= COVERED_AT_LEAST and 0.75 * covered + likeness.whole >= COVERED_AND_NEAR


def _fit(question: Question, candidate: Candidate) -> float:
    """How well a passage answers: by its words, its score in the search, and its meaning."""
    covered, near = question.covered(candidate.found_by), candidate.likeness
    if near is None:
        return (covered + max(map(question.likeness, candidate.questions)) + candidate.score) / 2
    same = SAME_BONUS if near.part >= SAME_QUESTION else 0.0
    return (covered + candidate.score) / 2 + near.whole + near.part + same


def _quoted(question: Question, rated: Sequence[tuple[float, Passage]], coverage: float) -> Answer | None:
    """The sentences that cover the question best; the best passage speaks first, and its beginning counts."""
    choice = []
    for rank, (fit, passage) in enumerate(rated):
        for position, sentence in enumerate(sentences(passage.text)):
            score = question.covered(sentence) + 0.4 / (1 + position) + fit / rated[0][0]
            choice.append((-score, rank, position, Citation(passage, sentence)))
    choice.sort(key=lambda item: item[:3])
    kept = choice[:MOST_QUOTES]
    if kept and not any(rank == 0 for _, rank, _, _ in kept):
        kept = [*kept[:-1], *[item for item in choice if item[1] == 0][:1]]
    kept.sort(key=lambda item: item[1:3])
    return Answer(tuple(item[3] for item in kept), round(coverage, 3)) if kept else None
