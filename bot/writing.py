"""What a model writes for the guidance's readers: with checked citations, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.told import Explained
from decision.evidence import Case
from decision.reader import Usage
from decision.verdict import Verdict

if TYPE_CHECKING:
    from decision.claude_explainer import Explanation


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes with a model, for one body of guidance; nothing is written where there is none."""

    explain: "Callable[[Verdict, Case], Explanation | None]" = lambda verdict, case: None
    answer: "Callable[[str], Explanation | None]" = lambda question: None


def written(explanation: "Explanation | None") -> tuple[tuple[Explained, ...], Usage, str]:
    """The sentences as replies carry them, what they took, and why there are none, if one should know."""
    if explanation is None:
        return (), Usage(), ""
    said = tuple(Explained(text, proof) for text, proof in explanation.sentences)
    return said, explanation.usage, explanation.note
