"""Which question to ask next, and when to stop asking.

A question is worth the regret that its answer is expected to save (expected value of information; Howard,
1966), not the uncertainty it removes: two levers with the same next step need no question between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import mul

from decision.citation import Citation, Passage, Reason
from decision.evidence import MANY_VALUED, NOT_SURE
from decision.judgement import Judgement
from decision.policy import Factor, held
from decision.verdict import Option, Question

LIKELY = 0.5
"""How likely a reading is that makes a question needless."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What asking about a factor is expected to save, and whether any answer would change the lever."""

    factor: str
    saved: float
    flips: bool


def next_question(judgement: Judgement, asked: int) -> Worth | None:
    """The best question still open, or None when the verdict is final.

    `asked` is how many questions were put already. It stops at the policy's `most`, when no single answer can
    change the lever, or when no answer is expected to save more than a tap costs and all was asked that must
    be so before the lever is pulled.
    """
    policy = judgement.policy
    if asked >= policy.asking.most:
        return None
    worths = [worth for worth in values_of_information(judgement) if worth.flips]
    best = max(worths, key=lambda worth: worth.saved, default=None)
    if best is not None and best.saved > policy.asking.tap_cost:
        return best
    wanted = policy.asking.before.get(judgement.now.lever, ())
    return next((worth for factor in wanted for worth in worths if worth.factor == factor), None)


def values_of_information(judgement: Judgement) -> Iterator[Worth]:
    """The worth of every question that may still be asked."""
    for factor, data in judgement.policy.factors.items():
        if not data.known or not _open(judgement, factor):  # what nobody can answer is worth nothing
            continue
        answers = judgement.what_if(factor)
        whole = sum(answer.chance for answer in answers) or 1.0
        regret_kept = sum(
            answer.chance * regret_of(judgement, answer.judged.levers, judgement.now.lever)
            for answer in answers
        )
        regret_after = sum(answer.chance * answer.judged.regret for answer in answers)
        flips = any(answer.judged.lever != judgement.now.lever for answer in answers)
        yield Worth(factor, data.known * (regret_kept - regret_after) / whole, flips)


def regret_of(judgement: Judgement, levers: tuple[float, ...], lever: str) -> float:
    """The regret expected of advising `lever` when the levers have these probabilities."""
    row = judgement.policy.regrets[list(judgement.policy.levers).index(lever)]
    regret: float = sum(map(mul, levers, row))
    return regret


def _open(judgement: Judgement, factor: str) -> bool:
    if factor in judgement.case.asked or _senseless(judgement, factor):
        return False
    known = judgement.case.current.get(factor, ())
    return not known or factor in MANY_VALUED or all(item.certainty < 0.75 for item in known)


def _senseless(judgement: Judgement, factor: str) -> bool:
    """Whether what is known or likely makes the question an odd one to ask."""
    likely = held(judgement.case, LIKELY)
    skip = judgement.policy.factors[factor].skip
    return any(likely.get(other, frozenset()).intersection(values) for other, values in skip.items())


def put(factor: str, data: Factor, passage: Passage, worth: float = 0.0) -> Question:
    """The question about `factor` as a person sees it, with why it is asked."""
    options = [Option(value, option.label) for value, option in data.options.items()]
    return Question(
        factor=factor,
        text=data.question,
        options=(*options, Option(NOT_SURE, "Not sure")),
        many=factor in MANY_VALUED,
        why=Reason(data.why, Citation(passage, data.quote)),
        worth=worth,
    )
