"""Answers about two factors that cannot both be so, by the policy: the newest counts, or it is asked.

What a person says outright takes back the other answer. What was only read by meaning takes back nothing that
was said outright: then the person is asked which of the two is so.
"""

from collections.abc import Iterable, Iterator, Mapping

from decision.evidence import WITHDRAWN, Case, Evidence
from decision.policy import Policy

SURE = 0.75


def overtaken(policy: Policy, case: Case, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """What the evidence takes back of a case, because both cannot be so; it comes before the evidence."""
    said = {item.factor for item in evidence}
    return tuple(
        Evidence(held.factor, WITHDRAWN, new.quote, new.source)
        for new, held in _pairs(policy, case, evidence)
        if held.factor not in said and (_outright(new) or not _outright(held))
    )


def doubted(policy: Policy, case: Case, evidence: tuple[Evidence, ...]) -> tuple[Evidence, Evidence] | None:
    """What was read by meaning and what was said outright before, where both cannot be so; else None."""
    said = {item.factor for item in evidence}
    for new, held in _pairs(policy, case, evidence):
        if held.factor not in said and _outright(held) and not _outright(new):
            return new, held
    return None


def _pairs(policy: Policy, case: Case, evidence: tuple[Evidence, ...]) -> Iterator[tuple[Evidence, Evidence]]:
    """Each new piece of evidence with each that is held and cannot be so beside it; both are likely."""
    for rule in policy.contradictions:
        for mine, theirs in ((rule.one, rule.other), (rule.other, rule.one)):
            for new in _among(mine, evidence):
                current = (item for held in case.current.values() for item in held)
                yield from ((new, held) for held in _among(theirs, current))


def _among(values: Mapping[str, list[str]], evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    for item in evidence:
        if item.certainty >= SURE and item.value in values.get(item.factor, ()):
            yield item


def _outright(item: Evidence) -> bool:
    """Whether a person said so themselves; what was read by meaning has other readings."""
    return item.source != "quote" or not item.alternatives
