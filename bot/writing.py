"""What a model writes for the guidance's readers: with checked citations, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.draft import Draft
from bot.told import Explained
from decision.evidence import Case
from decision.reader import Usage
from decision.verdict import Verdict

if TYPE_CHECKING:
    from decision.claude_explainer import Explanation, Hear

Written = tuple[tuple[Explained, ...], Usage, str]
"""Sentences as replies carry them, what they took, and why there are none, if one should know."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes with a model, for one body of guidance; nothing is written where there is none.

    With a `draft`, each sentence is in there as soon as it is checked.
    """

    explain: "Callable[[Verdict, Case, Hear | None], Explanation | None]" = lambda verdict, case, hear: None
    answer: "Callable[[str, Hear | None], Explanation | None]" = lambda question, hear: None
    draft: Draft | None = None

    def why(self, verdict: Verdict, case: Case) -> Written:
        """Why a verdict fits a case."""
        return _written(self.explain(verdict, case, self._hear(verdict.headline)))

    def told(self, question: str) -> Written:
        """What the guidance says to a question about it."""
        return _written(self.answer(question, self._hear()))

    def _hear(self, headline: str = "") -> "Hear | None":
        if self.draft is None:
            return None
        self.draft.headline = headline
        return self.draft.hear


def _written(explanation: "Explanation | None") -> Written:
    if explanation is None:
        return (), Usage(), ""
    said = tuple(Explained(text, proof) for text, proof in explanation.sentences)
    return said, explanation.usage, explanation.note
