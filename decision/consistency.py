"""Whether a policy's parts fit together: what pydantic cannot see in one field alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from decision.evidence import NOT_SURE

if TYPE_CHECKING:
    from decision.policy import Condition, Policy, Rule


def problems(policy: "Policy") -> Iterator[str]:
    """Every place that names something unknown, or that would leave nothing to add up or to choose from."""
    for where, condition in _conditions(policy):
        yield from _condition(policy, where, condition)
    yield from _contradictions(policy)
    yield from _evidence_alone(policy)
    yield from _asking(policy)
    yield from _options(policy)
    yield from _gates(policy)
    yield from _tables(policy)
    yield from _ids("gate", policy.gates)
    yield from _ids("advice", policy.advice)
    yield from _ids("warning", policy.warnings)


def _conditions(policy: "Policy") -> Iterator[tuple[str, "Condition"]]:
    rules: tuple[Rule, ...] = (*policy.gates, *policy.advice, *policy.warnings)
    for rule in rules:
        yield rule.id, rule.when
    for step in policy.steps:
        yield f"step {step.number}", step.done


def _contradictions(policy: "Policy") -> Iterator[str]:
    for number, rule in enumerate(policy.contradictions, 1):
        for side in (rule.one, rule.other):
            for factor, values in side.items():
                where = f"contradiction {number}"
                known = policy.factors.get(factor)
                yield from _unknown(where, [factor], policy.factors)
                yield from _unknown(f"{where}.{factor}", values, known.options if known else values)


def _condition(policy: "Policy", where: str, condition: "Condition") -> Iterator[str]:
    for table in (condition.all, condition.any, condition.none):
        for factor, values in table.items():
            known = policy.factors.get(factor)
            if known is None:
                yield f"{where}: there is no factor {factor!r}"
                continue
            for value in values:
                if value not in known.options and value != NOT_SURE:
                    yield f"{where}: factor {factor!r} has no option {value!r}"
    yield from _unknown(where, condition.lever, policy.levers)
    yield from _unknown(where, condition.diagnosis, policy.diagnoses)


def _evidence_alone(policy: "Policy") -> Iterator[str]:
    """Gates come before levers and diagnosis, and steps hang on neither: such a name never applies."""
    for gate in policy.gates:
        if gate.when.lever or gate.when.diagnosis:
            yield f"gate {gate.id}: a gate looks at evidence alone; leave out lever and diagnosis"
    for step in policy.steps:
        if step.done.lever or step.done.diagnosis:
            yield f"step {step.number}: a step looks at evidence alone; leave out lever and diagnosis"


def _asking(policy: "Policy") -> Iterator[str]:
    yield from _unknown("asking.before", policy.asking.before, policy.levers)
    for lever, factors in policy.asking.before.items():
        yield from _unknown(f"asking.before.{lever}", factors, policy.factors)
    for name, factor in policy.factors.items():
        for other, values in factor.skip.items():
            known = policy.factors.get(other)
            yield from _unknown(f"factors.{name}.skip", [other], policy.factors)
            yield from _unknown(f"factors.{name}.skip.{other}", values, known.options if known else values)


def _options(policy: "Policy") -> Iterator[str]:
    for name, factor in policy.factors.items():
        if sum(option.share for option in factor.options.values()) <= 0:
            yield f"factors.{name}: the shares of its options add up to nothing"
        for value, option in factor.options.items():
            where = f"factors.{name}.options.{value}"
            if value == NOT_SURE:
                yield f"{where}: every factor has this option already; leave it out"
            yield from _unknown(where, option.levers, policy.levers)
            yield from _unknown(where, option.diagnosis, policy.diagnoses)


def _gates(policy: "Policy") -> Iterator[str]:
    for gate in policy.gates:
        yield from _unknown(f"gate {gate.id}", [*gate.forbid, *gate.limit], policy.levers)
    if {lever for gate in policy.gates for lever in gate.forbid}.issuperset(policy.levers):
        yield "gates: together they forbid every lever; leave one that is always allowed"


def _tables(policy: "Policy") -> Iterator[str]:
    yield from _unknown("regret", policy.regret, policy.levers)
    for advised, costs in policy.regret.items():
        yield from _unknown(f"regret.{advised}", costs, policy.levers)
    yield from _unknown("coupling", policy.coupling, policy.levers)
    for lever, row in policy.coupling.items():
        yield from _unknown(f"coupling.{lever}", row, policy.diagnoses)
    for lever in policy.levers:
        row = policy.coupling.get(lever, {})
        if not any(row.get(name, 0) * prior > 0 for name, prior in policy.diagnoses.items()):
            yield f"coupling: lever {lever!r} goes with no diagnosis that is possible"


def _ids(kind: str, rules: Iterable["Rule"]) -> Iterator[str]:
    for rid, count in Counter(rule.id for rule in rules).items():
        if count > 1:
            yield f"{kind} {rid}: this id is used {count} times"


def _unknown(where: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    names_known = list(known)
    for name in names:
        if name not in names_known:
            yield f"{where}: unknown name {name!r}; known are {', '.join(names_known)}"
