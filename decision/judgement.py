"""Which lever, given what is known: probabilities, gates, and the choice that is least to be regretted.

Every question, flip and verdict asks this one place, so they can never disagree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import add, mul

from decision.evidence import MANY_VALUED, Case
from decision.policy import Gate, Policy, firm
from decision.scale import Row, probabilities

CLOSED = -20.0
"""What a closed gate adds to a lever's log score: out, yet finite, so that shares still add up."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A choice of lever: every lever's probability after the gates, and the regret expected of the choice."""

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
    closed: frozenset[str] = frozenset()

    def closes(self, lever: str) -> bool:
        """Whether the lever is ruled out after this answer."""
        return lever in self.closed


class Judgement:
    """The policy applied to one case. Pure: the same case gives the same judgement."""

    def __init__(self, policy: Policy, case: Case) -> None:
        self.policy = policy
        self.case = case
        self.firm = firm(case)
        self._scale = policy.lever_scale
        self._parts = self._scale.parts(case)
        self._total = self._scale.total(self._parts.values())
        self._what_ifs: dict[str, tuple[WhatIf, ...]] = {}

    @cached_property
    def now(self) -> Judged:
        """The judgement as things stand."""
        return self._judge(self._total, _forbidden(self.gates))

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        """The gates that are closed."""
        return tuple(gate for gate in self.policy.gates if gate.when.meets(self.firm))

    @cached_property
    def levers(self) -> Mapping[str, float]:
        """Each lever's probability."""
        return dict(zip(self._scale.names, self.now.levers, strict=True))

    @cached_property
    def ungated(self) -> Mapping[str, float]:
        """Each lever's probability if no gate were closed."""
        return dict(zip(self._scale.names, probabilities(self._total), strict=True))

    @cached_property
    def diagnosis(self) -> Mapping[str, float]:
        """Where it fails, with probabilities; the levers' probabilities pull it along (`coupling`)."""
        scale = self.policy.diagnosis_scale
        alone = probabilities(scale.total(scale.parts(self.case).values()))
        joint = {
            name: share
            * sum(p * self.policy.coupling[lever].get(name, 0.0) for lever, p in self.levers.items())
            for name, share in zip(scale.names, alone, strict=True)
        }
        whole = sum(joint.values())
        return {name: part / whole for name, part in joint.items()}

    def weight(self, factor: str, lever: str) -> float:
        """How much what is known about `factor` speaks for `lever` against the average lever, in nats."""
        part = self._parts.get(factor)
        if part is None:
            return 0.0
        return part[self._scale.names.index(lever)] - sum(part) / len(part)

    def what_if(self, factor: str) -> tuple[WhatIf, ...]:
        """The judgement after each answer that `factor` could get, "not sure" left out."""
        # The next question and the flips both ask, and this is what a turn spends its time on.
        if factor not in self._what_ifs:
            self._what_ifs[factor] = tuple(self._imagined(factor))
        return self._what_ifs[factor]

    def _imagined(self, factor: str) -> Iterator[WhatIf]:
        options = self.policy.factors[factor].options
        shares = self._shares(factor)
        start = self._without(factor)
        now = self.now.levers if start is self._total else probabilities(start)
        before = self.firm.get(factor, frozenset()) if factor in MANY_VALUED else frozenset()
        depend = [gate for gate in self.policy.gates if factor in gate.when.factors]
        stay = _forbidden(gate for gate in self.gates if factor not in gate.when.factors)
        for value in options:
            if value in before:  # it was tried already; nobody tries it anew by saying so
                continue
            row, odds = self._scale.tapped(factor, value)
            likely = sum(map(mul, now, odds))
            held = {**self.firm, factor: before | {value}}
            closed = stay | _forbidden(gate for gate in depend if gate.when.meets(held))
            total = tuple(map(add, start, row))
            yield WhatIf(factor, value, shares[value] * likely, self._judge(total, closed), closed)

    def _shares(self, factor: str) -> dict[str, float]:
        """How likely each answer is before the levers are looked at; a guess counts as far as it is sure."""
        options = self.policy.factors[factor].options
        whole = sum(option.share for option in options.values()) or 1.0
        shares = {value: option.share / whole for value, option in options.items()}
        guess = self.case.current.get(factor, ())
        if factor in MANY_VALUED or not guess or guess[-1].value not in options:
            return shares
        read = {guess[-1].value: guess[-1].certainty, **dict(guess[-1].alternatives)}
        doubt = max(0.0, 1.0 - sum(read.values()))
        return {value: read.get(value, 0.0) + doubt * share for value, share in shares.items()}

    def _without(self, factor: str) -> Row:
        part = self._parts.get(factor)
        if part is None or factor in MANY_VALUED:
            return self._total
        return tuple(a - b for a, b in zip(self._total, part, strict=True))

    def _judge(self, total: Row, closed: frozenset[str]) -> Judged:
        names = self._scale.names
        levers = probabilities(
            tuple(score + CLOSED * (name in closed) for name, score in zip(names, total, strict=True))
        )
        regrets = [sum(map(mul, levers, row)) for row in self.policy.regrets]
        best = min((i for i, name in enumerate(names) if name not in closed), key=regrets.__getitem__)
        return Judged(names[best], levers, regrets[best])


def _forbidden(gates: Iterable[Gate]) -> frozenset[str]:
    """The levers that these closed gates rule out."""
    return frozenset(lever for gate in gates for lever in gate.forbid)
