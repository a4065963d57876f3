"""What follows from evidence: the question that is worth most, or the verdict."""

from dataclasses import replace

from bot import replies
from bot.costs import costed
from bot.exchange import State, Turn
from bot.hearing import Hearing
from bot.told import Heard
from bot.tracing import span, spanned
from bot.writing import Writer
from decision.assess import Assessment, Guidance, assess
from decision.contradiction import doubted, overtaken
from decision.evidence import Case, Evidence
from decision.policy import Policy
from decision.questions import put
from decision.verdict import Question

_assess = spanned("decide", assess)


class Advising:
    """Puts the policy's questions and gives its verdicts, over one body of guidance."""

    def __init__(self, policy: Policy, hearing: Hearing, guidance: Guidance, writer: Writer) -> None:
        """`writer` explains a verdict, where a model does."""
        self._policy = policy
        self._hearing = hearing
        self._guidance = guidance
        self._writer = writer

    def question(self, factor: str) -> Question:
        """The question about a factor, as it is put."""
        data = self._policy.factors[factor]
        return put(factor, data, self._guidance(data.passage))

    def newest(self, state: State, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """The evidence, after what it takes back because both cannot be so."""
        return (*overtaken(self._policy, state.case, evidence), *evidence)

    def go_on(self, state: State, heard: Heard, evidence: tuple[Evidence, ...], answered: str | None) -> Turn:
        """Record the evidence, and ask the question that is worth most now, or give the verdict."""
        case = state.case.adding(*evidence)
        doubt = doubted(self._policy, state.case, evidence)
        if doubt is not None and len(case.asked) < self._policy.asking.most:
            return self._ask_which(case, heard, evidence, answered, *doubt)
        kept = self._still_best(state, case) if answered is None else None
        if kept is not None and kept.question is not None:
            ask = replies.Ask(kept.question, len(case.asked), heard)
            return Turn((ask,), evidence, verdict=kept.verdict)
        assessment = _assess(self._policy, case, self._guidance)
        if assessment.question is None:
            return self.verdict(State(case), heard, evidence, assessment, answered)
        ask = replies.Ask(assessment.question, len(case.asked) + 1, heard)
        return Turn((ask,), evidence, answered, asked=assessment.question, verdict=assessment.verdict)

    def _ask_which(
        self,
        case: Case,
        heard: Heard,
        evidence: tuple[Evidence, ...],
        answered: str | None,
        new: Evidence,
        held: Evidence,
    ) -> Turn:
        """Ask about what was said before, where the new message seems to say otherwise."""
        question, assessment = self.question(held.factor), _assess(self._policy, case, self._guidance)
        heard = replace(heard, note=self._hearing.doubt(new, held))
        verdict = assessment.verdict if assessment.question is not None else None
        ask = replies.Ask(question, len(case.asked) + 1, heard)
        return Turn((ask,), evidence, answered, asked=question, verdict=verdict)

    def _still_best(self, state: State, case: Case) -> Assessment | None:
        """The assessment that asks the open question again, if nothing better can be asked meanwhile."""
        if state.asking is None:
            return None
        others = tuple(factor for factor in case.asked if factor != state.asking)
        assessment = _assess(self._policy, Case(case.evidence, others), self._guidance)
        question = assessment.question
        return assessment if question is not None and question.factor == state.asking else None

    def verdict(
        self,
        state: State,
        heard: Heard,
        evidence: tuple[Evidence, ...],
        assessment: Assessment,
        answered: str | None = None,
    ) -> Turn:
        """Give the verdict of an assessment."""
        verdict = assessment.verdict
        with span("explain"):
            explained, usage, note = self._writer.why(verdict, state.case)
        heard = replace(heard, note=heard.note or note)
        given = replace(costed(verdict, heard, state.case), explanation=explained)
        return Turn((given,), evidence, answered, verdict=verdict, usage=usage)
