"""What people say under torture: cases that can be told apart, and what is said in their threads."""

from random import Random

CASES = (
    "Our support bot gives old refund rules.",
    "The claims assistant answers differently on every retry.",
    "It invents prices that stand nowhere.",
    "The triage of tickets is wrong for a third of them.",
    "Answers about holidays are right only when we paste the page.",
)
PADDING = "Three of us looked into it last month, and each of us came back with another idea of what to do."
"""So that what tells cases apart is not in their titles, which stand in other threads too."""
FOLLOW_UPS = (
    "the facts change weekly",
    "a colleague would look it up in the handbook",
    "not sure",
    "why?",
    "what would change this?",
    "that's wrong",
    "we have no test set yet",
    "decide now",
    "can fine-tuning replace RAG?",
    "log this decision by Ada",
    "start over",
)


class Sayings:
    """Draws what is said. Each case holds a number of its own, which the bot quotes in its first reply."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._number = 10_000

    def case(self) -> tuple[str, str]:
        """A case, and the words in it that stand in no other."""
        self._number += self._rng.randint(1, 9)
        mark = f"{self._number} labelled examples"
        return f"{self._rng.choice(CASES)} {PADDING} We have {mark}.", mark

    def follow_up(self) -> str:
        """Something that is said in a thread of a case."""
        return self._rng.choice(FOLLOW_UPS)
