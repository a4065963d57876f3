"""Which lever, given what is known: probabilities, gates, and the choice that is least to be regretted.

Every question, flip and verdict asks this one place, so they can never disagree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from decision.evidence import NOT_SURE, Case, Evidence
from decision.policy import Gate, Policy, firm
from decision.scale import Row, probabilities


@dataclass(frozen=True, slots=True)
class Judged:
    """A choice of lever: the probabilities after the gates, and the regret expected of the choice."""

    lever: str
    levers: Row
    regret: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the judgement would be if `factor` were answered by `value`, and how likely that answer is."""

    factor: str
    value: str
    chance: float
    judged: Judged


class Judgement:
    """The policy applied to one case. Pure: the same case gives the same judgement."""

    def __init__(self, policy: Policy, case: Case) -> None:
        self.policy = policy
        self.case = case
        self._scale = policy.lever_scale
        self._parts = self._scale.parts(case)
        self._total = self._scale.total(self._parts.values())
        self._firm = firm(case)

    @cached_property
    def now(self) -> Judged:
        """The judgement as things stand."""
        return self._judge(self._total, self.gates)

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        """The gates that are closed."""
        return tuple(gate for gate in self.policy.gates if gate.when.meets(self._firm))

    @cached_property
    def diagnosis(self) -> Mapping[str, float]:
        """Where it fails, with probabilities; the levers' probabilities pull it along (`coupling`)."""
        scale = self.policy.diagnosis_scale
        alone = probabilities(scale.total(scale.parts(self.case).values()))
        levers = dict(zip(self._scale.names, self.now.levers, strict=True))
        joint = {
            name: share * sum(levers[lever] * self.policy.coupling[lever][name] for lever in levers)
            for name, share in zip(scale.names, alone, strict=True)
        }
        whole = sum(joint.values())
        return {name: part / whole for name, part in joint.items()}

    def what_if(self, factor: str) -> Iterator[WhatIf]:
        """The judgement after each answer that `factor` could get, "not sure" left out."""
        options = self.policy.factors[factor].options
        whole = sum(option.share for option in options.values()) or 1.0
        start = self._without(factor)
        now = self.now.levers
        for value, option in options.items():
            row = self._scale.weigh(Evidence(factor, value, source="tap"))
            likely = sum(p * _odds(weight) for p, weight in zip(now, self._scale.row(factor, value), strict=True))
            total = tuple(a + b for a, b in zip(start, row, strict=True))
            yield WhatIf(factor, value, option.share / whole * likely, self._judge(total, self._gates_if(factor, value)))

    def _without(self, factor: str) -> Row:
        part = self._parts.get(factor)
        if part is None or factor == "tried":
            return self._total
        return tuple(a - b for a, b in zip(self._total, part, strict=True))

    def _gates_if(self, factor: str, value: str) -> tuple[Gate, ...]:
        if not any(factor in gate.when.factors for gate in self.policy.gates):
            return self.gates
        held = {**self._firm, factor: frozenset({value})}
        return tuple(
            gate
            for gate in self.policy.gates
            if (gate.when.meets(held) if factor in gate.when.factors else gate in self.gates)
        )

    def _judge(self, total: Row, gates: tuple[Gate, ...]) -> Judged:
        names = self._scale.names
        closed = {lever for gate in gates for lever in gate.forbid}
        levers = probabilities(
            tuple(score - 20.0 if name in closed else score for name, score in zip(names, total, strict=True))
        )
        regrets = self._regrets(levers)
        best = min((i for i, name in enumerate(names) if name not in closed), key=regrets.__getitem__)
        return Judged(names[best], levers, regrets[best])

    def _regrets(self, levers: Row) -> Row:
        """Expected regret of advising each lever: what it costs to be sent the wrong way."""
        table = self._regret_rows
        return tuple(sum(p * cost for p, cost in zip(levers, row, strict=True)) for row in table)

    @cached_property
    def _regret_rows(self) -> tuple[Row, ...]:
        names = self._scale.names
        return tuple(
            tuple(0.0 if advised == right else self.policy.regret[advised].get(right, 1.0) for right in names)
            for advised in names
        )


def _odds(weight: float) -> float:
    from math import exp

    return exp(weight)


__all__ = ["NOT_SURE", "Judged", "Judgement", "WhatIf"]
