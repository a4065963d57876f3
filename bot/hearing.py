"""What the bot took from a message, said back so that a person can object."""

from collections.abc import Iterator, Mapping

from bot.told import Changed, Heard, Told
from decision.evidence import MANY_VALUED, NOT_SURE, WITHDRAWN, Case, Evidence
from decision.policy import Policy
from decision.reader import Reading

SURE = 0.75
"""A reader less sure than this says "probably"."""
WORTH_SAYING = 0.3
"""A guess less likely than this is not said back."""


TAKEN_BACK = "this no longer counts"


class Hearing:
    """Puts evidence into the words of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def heard(
        self, before: Case, said_by: Mapping[str, str], reading: Reading, answered: str | None
    ) -> Heard:
        """What was read, without what only repeats the answer to the question about `answered`.

        An answer that may have meant something else is said back as well.
        """
        told = self._told(
            tuple(item for item in reading.evidence if item.factor != answered or item.alternatives)
        )
        changed = self.changed(before, said_by, reading.evidence)
        return Heard(told, changed, reading.language, reading.partly, reading.note)

    def changed(
        self, before: Case, said_by: Mapping[str, str], evidence: tuple[Evidence, ...]
    ) -> tuple[Changed, ...]:
        """What the evidence contradicts of what was said before, and who else said that, by factor."""
        after, seen = before.adding(*evidence), len(before.revisions())
        contradicted = tuple(
            Changed(self._says(new.after), self._says(new.before), said_by.get(new.factor, ""))
            for new in after.revisions()[seen:]
        )
        told = {change.now for change in contradicted}
        taken_back = self._taken_back(before, after, said_by, evidence)
        return (*(change for change in taken_back if change.now not in told), *contradicted)

    def _taken_back(
        self, before: Case, after: Case, said_by: Mapping[str, str], evidence: tuple[Evidence, ...]
    ) -> Iterator[Changed]:
        """What was taken back, and what was said in its place, if anything."""
        single = {new.factor for new in evidence if new.value != WITHDRAWN}.difference(MANY_VALUED)
        for item in evidence:
            if item.value != WITHDRAWN:
                continue
            only = {value for value, _ in item.alternatives}
            now = [new for new in after.current.get(item.factor, ()) if new in evidence]
            now = now or [new for new in evidence if new.quote == item.quote and new.factor in single]
            for held in before.current.get(item.factor, ()):
                if not only or held.value in only:
                    says = self._says(now[-1]) if now else TAKEN_BACK
                    yield Changed(says, self._says(held), said_by.get(item.factor, ""))

    def doubt(self, new: Evidence, held: Evidence) -> str:
        """That a message seems to say otherwise than was said before."""
        return f"Before: {self._says(held)}. Now it sounds as if {self._says(new)}. Which is it?"

    def counting(self, case: Case) -> tuple[Told, ...]:
        """Everything that counts in a case."""
        return self._told(tuple(item for held in case.current.values() for item in held))

    def _told(self, evidence: tuple[Evidence, ...]) -> tuple[Told, ...]:
        return tuple(
            Told(self._says(item), item.quote, item.certainty >= SURE)
            for item in evidence
            if item.value not in (NOT_SURE, WITHDRAWN)
            and item.factor in self._policy.factors
            and not self._policy.factors[item.factor].weak
            and (item.certainty >= WORTH_SAYING or item.source != "quote")
        )

    def _says(self, item: Evidence) -> str:
        """What a piece of evidence says, in words; a team's policy may lack its factor."""
        factor = self._policy.factors.get(item.factor)
        choice = factor.options.get(item.value) if factor else None
        return choice.because if choice else "not known"
