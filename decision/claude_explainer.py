"""Why the verdict fits this team's case, and answers about the guidance, in sentences that each have a proof.

The model sees what the policy made of the case, in the policy's words and never in the person's, so that no
message can speak through it; passages go in as search results, and each of its citations is checked.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from decision.citation import Citation, Passage
from decision.claude import EXPLAINING, Claude
from decision.claude_call import Asked, Block, Said
from decision.claude_citing import Sentence, Source, cited_sentences, source
from decision.claude_prompts import Prompt, prompt
from decision.claude_trouble import TroubleError
from decision.evidence import NOT_SURE, Case
from decision.policy import Policy
from decision.reader import Usage
from decision.verdict import Verdict

MOST_TOKENS = 2_000
MOST_PASSAGES = 6
UNWRITTEN = "so it wrote nothing for this"
MOST_OF_A_QUESTION = 1_000

Hear = Callable[[str, Citation], None]
"""Takes a sentence as soon as it is written and checked."""

_TRAINING = re.compile(r"\bfine[- ]?tun|\btrain", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(?:not|no|never|cannot|without|nor|neither|before|than|instead of|ruled out|avoid\w*|wait\w*)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:.!?()–—]|\b(?:and|but|so|then)\b", re.IGNORECASE)
_RECOMMENDS = re.compile(
    r"\b(?:should|must|need|ought|have to|choose|switch|start|recommend\w*|try|use|best|right)\b",
    re.IGNORECASE,
)
_NAMES = {
    "prompt": re.compile(r"\bprompting\b|\bprompt engineering\b", re.IGNORECASE),
    "rag": re.compile(r"\bretriev|\brag\b", re.IGNORECASE),
    "workflow": re.compile(r"\bworkflow", re.IGNORECASE),
}
"""How a lever is called; training has rules of its own, as it is the mistake that costs weeks."""

Fits = Callable[[str, str], bool]
"""Whether a sentence may be shown, given the quote that proves it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentences with their proofs; none, where nothing written stood up. `usage` counts either way.

    `note` is a sentence for the person about why the model wrote nothing.
    """

    sentences: tuple[Sentence, ...] = ()
    usage: Usage = field(default_factory=Usage)
    note: str = ""


class Explainer:
    """Writes by asking the model; says nothing where the model cannot be asked."""

    def __init__(self, claude: Claude, policy: Policy, allowed: Callable[[], str] = lambda: "") -> None:
        """`allowed` says in a sentence why the model may not be asked now; nothing when it may."""
        self._claude = claude
        self._policy = policy
        self._allowed = allowed
        self._explaining = prompt("explaining")
        self._answering = prompt("answering")

    def explain(
        self, verdict: Verdict, case: Case, passages: Sequence[Passage], hear: Hear | None = None
    ) -> Explanation | None:
        """A short paragraph for this case; None when the model was not asked."""
        known = tuple(self._known(case))
        document = {
            "verdict": verdict.headline,
            "where_it_fails": max(verdict.diagnosis, key=lambda name: verdict.diagnosis[name], default=""),
            "known_about_the_case": known,
            "next_step": next((step.text for step in verdict.steps if step.state == "next"), ""),
            "would_change_it": [flip.text for flip in verdict.flips][:3],
        }
        trains = verdict.lever in ("fine_tune", "hybrid")
        fits = _always if trains else partial(_keeps_to, verdict.lever)
        return self._written(self._explaining, document, passages, fits, hear)

    def answer(
        self, question: str, passages: Sequence[Passage], hear: Hear | None = None
    ) -> Explanation | None:
        """The answer to a question about the guidance; without sentences, the guidance does not say."""
        document = {"question": question[:MOST_OF_A_QUESTION].encode("utf-8", "replace").decode()}
        return self._written(self._answering, document, passages, _says_as_much, hear)

    def _written(
        self,
        way: Prompt,
        document: dict[str, Any],
        passages: Sequence[Passage],
        fits: Fits,
        hear: Hear | None,
    ) -> Explanation | None:
        sources = [source(passage) for passage in dict.fromkeys(passages) if passage.text.strip()]
        sources = sources[:MOST_PASSAGES]
        if not sources:
            return None
        if refusal := self._allowed():
            return Explanation(note=refusal)
        told = json.dumps(document, ensure_ascii=False)
        asked = Asked(
            prompt=way.version,
            system=way.text,
            content=(*(one.result() for one in sources), {"type": "text", "text": told}),
            max_tokens=MOST_TOKENS,
        )
        checks = _Checks(sources, told, fits, hear)
        try:
            said = self._claude.ask(asked, EXPLAINING, checks.heard)
        except TroubleError as trouble:
            return Explanation((), trouble.usage, f"{trouble.says}, {UNWRITTEN}.")
        return Explanation(checks.kept(said), said.usage)

    def _known(self, case: Case) -> Iterator[str]:
        """What is held firmly about the case, in the policy's words."""
        for factor, held in case.current.items():
            data = self._policy.factors.get(factor)
            if data is None or data.weak:
                continue
            for item in held:
                option = data.options.get(item.value)
                if option is not None and item.value != NOT_SURE and item.certainty >= 0.75:
                    yield option.because


class _Checks:
    """Hands on the sentences of one text as they are completed, each once."""

    def __init__(self, sources: Sequence[Source], told: str, fits: Fits, hear: Hear | None) -> None:
        self._sources = sources
        self._told = told
        self._fits = fits
        self._hear = hear
        self._heard = 0

    def heard(self, blocks: tuple[Block, ...]) -> None:
        """What was written so far."""
        if self._hear is not None:
            self._pass_on(self._hear, self._standing(blocks, complete=False))

    def kept(self, said: Said) -> tuple[Sentence, ...]:
        """All sentences that stand."""
        sentences = self._standing(said.blocks, complete=True)
        if self._hear is not None:
            self._pass_on(self._hear, sentences)
        return sentences

    def _standing(self, blocks: Sequence[Block], complete: bool) -> tuple[Sentence, ...]:
        found = cited_sentences(blocks, self._sources, self._told, complete)
        return tuple(sentence for sentence in found if self._fits(sentence[0], sentence[1].quote))

    def _pass_on(self, hear: Hear, sentences: tuple[Sentence, ...]) -> None:
        for text, citation in sentences[self._heard :]:
            hear(text, citation)
        self._heard = max(self._heard, len(sentences))


def _always(sentence: str, quote: str) -> bool:
    return bool(sentence)


def _keeps_to(lever: str, sentence: str, quote: str) -> bool:
    """Whether a sentence speaks for no other lever than the verdict's, unless its quote names it."""
    return not _trains(sentence) and _named(sentence) <= _named(quote) | {lever}


def _says_as_much(sentence: str, quote: str) -> bool:
    """Whether a sentence recommends nothing that its quote does not speak of."""
    if _trains(sentence) and not _trains(quote):
        return False
    return not _RECOMMENDS.search(sentence) or _named(sentence) <= _named(quote)


def _trains(text: str) -> bool:
    """Whether training is spoken of without being denied in the same breath."""
    return any(_TRAINING.search(part) and not _DENIES.search(part) for part in _CLAUSE.split(text))


def _named(text: str) -> set[str]:
    return {lever for lever, name in _NAMES.items() if name.search(text)}


def cited(verdict: Verdict) -> tuple[Passage, ...]:
    """The passages that a verdict rests on, its reasons' first: what an explanation is written from."""
    proofs = (
        *(reason.citation for reason in verdict.reasons),
        *(step.citation for step in verdict.steps if step.state == "next"),
        *(caution.citation for caution in verdict.warnings),
    )
    return tuple(dict.fromkeys(proof.passage for proof in proofs))[:MOST_PASSAGES]
