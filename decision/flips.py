"""What would change the verdict: the smallest changes of evidence that lead to another lever."""

from collections.abc import Iterator
from itertools import combinations, islice

from decision.evidence import MANY_VALUED, Case, Evidence
from decision.judgement import Judgement, WhatIf
from decision.policy import Policy
from decision.verdict import Flip

MOST = 4
PAIRED = 10
"""How many of the strongest single changes are tried in pairs when no single one is enough."""

Change = tuple[str, str]


def flips(judgement: Judgement) -> tuple[Flip, ...]:
    """At most four flips, the likeliest first, one for each factor; each is judged afresh.

    A change is named only where the handbook's sentence for it speaks for the other lever, or where it rules
    the present lever out: what the weights alone would do would read as a riddle.
    """
    return tuple(islice(_singles(judgement), MOST)) or tuple(islice(_pairs(judgement), MOST))


def changed(case: Case, changes: tuple[Change, ...]) -> Case:
    """The case if the person had answered like this instead."""
    replaced = [factor for factor, _ in changes if factor not in MANY_VALUED]
    return case.without(*replaced).adding(
        *(Evidence(factor, value, source="tap") for factor, value in changes)
    )


def _singles(judgement: Judgement) -> Iterator[Flip]:
    best: dict[str, WhatIf] = {}
    for change in _changes(judgement):
        held = best.get(change.factor)
        if (
            change.judged.lever != judgement.now.lever
            and (held is None or change.chance > held.chance)
            and _makes_sense(judgement, (change,), change.judged.lever)
        ):
            best[change.factor] = change
    ordered = sorted(best.values(), key=lambda change: (-change.chance, change.factor))
    for change in ordered:
        flip = _checked(judgement, ((change.factor, change.value),))
        if flip is not None:
            yield flip


def _pairs(judgement: Judgement) -> Iterator[Flip]:
    """Pairs of the changes that hurt the present lever most."""
    index = list(judgement.policy.levers).index(judgement.now.lever)
    hurting = sorted(_changes(judgement), key=lambda change: (change.judged.levers[index], change.factor))
    for one, two in combinations(hurting[:PAIRED], 2):
        if one.factor != two.factor:
            flip = _checked(judgement, ((one.factor, one.value), (two.factor, two.value)))
            if flip is not None and _makes_sense(judgement, (one, two), flip.lever):
                yield flip


def _changes(judgement: Judgement) -> Iterator[WhatIf]:
    for factor, data in judgement.policy.factors.items():
        if not data.known:  # what nobody is asked, nobody can answer otherwise
            continue
        known = judgement.firm.get(factor, frozenset())
        yield from (change for change in judgement.what_if(factor) if change.value not in known)


def _makes_sense(judgement: Judgement, changes: tuple[WhatIf, ...], lever: str) -> bool:
    """Whether one of the changes speaks for the new lever and the others do not speak for another one."""
    supports = [judgement.policy.factors[c.factor].options[c.value].supports for c in changes]
    if any(named and lever not in named for named in supports):
        return False
    return any(supports) or any(c.closes(judgement.now.lever) for c in changes)


def _checked(judgement: Judgement, changes: tuple[Change, ...]) -> Flip | None:
    lever = Judgement(judgement.policy, changed(judgement.case, changes)).now.lever
    if lever == judgement.now.lever:
        return None
    return Flip(changes, lever, _words(judgement.policy, changes, lever))


def _words(policy: Policy, changes: tuple[Change, ...], lever: str) -> str:
    clauses = [policy.factors[factor].options[value].because for factor, value in changes]
    return f"If {' and '.join(clauses)}: {policy.levers[lever].name}."
