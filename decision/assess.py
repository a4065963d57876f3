"""From a case to what the bot says next: the verdict as it stands, and the question that could change it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, log

from decision.citation import Citation, Passage, Reason
from decision.evidence import Case, Evidence
from decision.flips import flips
from decision.judgement import Judgement
from decision.policy import Advice, Cited, Gate, Policy, held
from decision.questions import next_question, put
from decision.verdict import Caution, Question, Step, StepState, Verdict

Guidance = Callable[[str], Passage]
"""Finds a passage by its id; raises LookupError when there is none."""

MOST_REASONS = 4
LIKELY = 0.4
"""A guess less likely than this is not given as a reason."""
LIKELY_ENOUGH = 0.5
"""What is likelier than not tells where to start; only what is firm closes a gate."""
WISH = "fine_tune"
"""The lever that people ask for by name: that it is ruled out is always told."""
LIKELY_WITHOUT = 0.2
"""How likely another lever must be without its gates for the gate to be told."""
TELLING = 0.25
"""Weight of evidence, in nats, below which a factor is not worth giving as a reason."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on what is known, and the next question, or None when the verdict is final."""

    verdict: Verdict
    question: Question | None


def assess(policy: Policy, case: Case, guidance: Guidance, decide_now: bool = False) -> Assessment:
    """Judge a case. With `decide_now` the verdict is final whatever is still unknown.

    Raises:
        UnsupportedQuoteError: when the policy quotes something that its passage does not say.
    """
    judgement = Judgement(policy, case)
    worth = None if decide_now else next_question(judgement, len(case.asked))
    question = None
    if worth is not None:
        factor = policy.factors[worth.factor]
        question = put(worth.factor, factor, guidance(factor.passage), worth.saved)
    return Assessment(_verdict(judgement, guidance, final=question is None), question)


def _verdict(judgement: Judgement, guidance: Guidance, final: bool) -> Verdict:
    policy, lever = judgement.policy, judgement.now.lever
    diagnosis = max(judgement.diagnosis, key=lambda name: judgement.diagnosis[name])
    likely = held(judgement.case, LIKELY_ENOUGH)
    advice = next((a for a in policy.advice if a.when.meets(likely, lever, diagnosis)), None)
    return Verdict(
        lever=lever,
        headline=advice.headline if advice and advice.headline else policy.levers[lever].headline,
        confidence=confidence(judgement),
        levers=judgement.levers,
        diagnosis=judgement.diagnosis,
        final=final,
        reasons=tuple(_reasons(judgement, guidance)),
        steps=tuple(_steps(judgement, guidance, advice)),
        warnings=tuple(
            Caution(rule.id, rule.text, _cite(rule, guidance))
            for rule in policy.warnings
            if rule.when.meets(judgement.firm, lever, diagnosis)
        ),
        flips=flips(judgement),
        revisions=judgement.case.revisions(),
        policy=policy.version,
    )


def confidence(judgement: Judgement) -> float:
    """The calibrated chance that a careful reviewer would accept the lever (Platt, 1999)."""
    scaling = judgement.policy.confidence
    share = min(max(judgement.levers[judgement.now.lever], 0.001), 0.999)
    told = any(item.source != "quote" for held in judgement.case.current.values() for item in held)
    odds = scaling.intercept + scaling.slope * log(share / (1 - share)) + (0.0 if told else scaling.untold)
    chance = 1 / (1 + exp(-odds))
    limits = [gate.confidence for gate in judgement.gates if judgement.now.lever in gate.limit]
    return min(chance, scaling.ceiling, *limits)


def _reasons(judgement: Judgement, guidance: Guidance) -> Iterator[Reason]:
    """What is ruled out, what speaks for the lever, strongest first, and what keeps it from being surer.

    Never none.
    """
    lever = judgement.now.lever
    ruled_out = [Reason(gate.text, _cite(gate, guidance)) for gate in _telling_gates(judgement)]
    limits = [gate for gate in judgement.gates if lever in gate.limit]
    tightest = min(limits, key=lambda gate: gate.confidence, default=None)
    room = MOST_REASONS - len(ruled_out) - (tightest is not None)
    # A weak sign is given only where nothing better is known.
    known = list(_supporting(judgement, guidance, weak=False)) or list(
        _supporting(judgement, guidance, weak=True)
    )
    yield from ruled_out
    if not known and not any(_names(gate, lever) for gate in judgement.gates):
        yield _by_default(judgement, guidance)
    yield from known[: max(room, 1)]
    if tightest is not None:
        yield Reason(tightest.text, _cite(tightest, guidance))


def _telling_gates(judgement: Judgement) -> Iterator[Gate]:
    """The first gate that rules fine-tuning out, and those without which another lever might lead."""
    told: set[str] = set()
    wanted = {WISH, *(name for name, share in judgement.ungated.items() if share >= LIKELY_WITHOUT)}
    for gate in judgement.gates:
        new = wanted.intersection(gate.forbid) - told
        if new:
            told.update(new)
            yield gate


def _names(gate: Gate, lever: str) -> bool:
    """Whether the gate leaves this lever alone standing."""
    return len(gate.forbid) > 1 and lever not in gate.forbid


def _supporting(judgement: Judgement, guidance: Guidance, weak: bool) -> Iterator[Reason]:
    """What speaks for the lever, strongest first: only answers whose quote supports it."""
    policy, lever = judgement.policy, judgement.now.lever
    weights = {
        factor: judgement.weight(factor, lever)
        for factor in judgement.case.current
        if factor in policy.factors and policy.factors[factor].weak == weak
    }
    for factor in sorted(weights, key=lambda name: (-weights[name], name)):
        if weights[factor] < TELLING:
            return
        for item in judgement.case.current[factor]:
            choice = policy.factors[factor].options.get(item.value)
            if choice is not None and item.certainty >= LIKELY and lever in choice.supports:
                passage = guidance(policy.factors[factor].passage)
                yield Reason(_words(choice.because, item), Citation(passage, choice.quote))


def _by_default(judgement: Judgement, guidance: Guidance) -> Reason:
    lever = judgement.policy.levers[judgement.now.lever]
    firm = any(
        judgement.firm[factor] for factor in judgement.case.current if factor in judgement.policy.factors
    )
    text = (
        f"What was said so far leans to {lever.name}, without one fact that settles it"
        if firm
        else f"Too little is known yet, so {lever.name} leads by default"
    )
    return Reason(text, _cite(lever, guidance))


def _words(because: str, item: Evidence) -> str:
    # What was read by meaning has other readings, however likely it is: it is never said as a fact.
    sure = item.certainty >= 0.75 and not item.alternatives
    sentence = because[0].upper() + because[1:] if sure else f"Probably {because}"
    if not item.quote:
        return sentence
    return f"{sentence} (“{shortened(item.quote)}”)"


def shortened(quote: str, most: int = 140) -> str:
    """A quote on one line, cut at a word with an ellipsis when it is long."""
    line = " ".join(quote.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " …"


def _steps(judgement: Judgement, guidance: Guidance, advice: Advice | None) -> Iterator[Step]:
    policy = judgement.policy
    here = policy.levers[judgement.now.lever].step
    for step in policy.steps:
        state: StepState = "later"
        if step.number == here:
            state = "next"
        elif step.done.meets(judgement.firm):
            state = "done"
        elif step.number < here:
            state = "check"
        said: Cited = step
        text = step.text
        if state == "next" and advice is not None:
            # What was done already is not told to be done; only what comes of it is.
            done = step.done.meets(judgement.firm)
            said, text = advice, advice.text if done else f"{step.text} {advice.text}"
        yield Step(step.number, text, state, _cite(said, guidance))


def _cite(entry: Cited, guidance: Guidance) -> Citation:
    return Citation(guidance(entry.passage), entry.quote)
