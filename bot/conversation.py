"""What a person can do with the bot, and what the bot means to say back; the same on every platform.

A conversation is a function of what is already in the log: it keeps nothing between messages. It says what
should be recorded; `bot.turns` records it together with the replies, in one transaction.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Literal

from bot import replies
from bot.advising import Advising
from bot.costs import costed
from bot.draft import Draft
from bot.exchange import State, Turn
from bot.hearing import Hearing
from bot.intents import (
    Intent,
    LogRequest,
    asks_guidance,
    asks_something,
    guidance_question,
    intent_of,
    log_request,
)
from bot.replies import Reply
from bot.told import Heard
from bot.tracing import span, spanned
from bot.typed import numbered, slip
from bot.writing import Writer
from decision.assess import Guidance, assess
from decision.citation import Citation
from decision.evidence import WITHDRAWN, Evidence
from decision.glossary import PRESSURE
from decision.policy import Policy
from decision.reader import Reader, Reading
from decision.verdict import Question, Verdict
from decision.withdrawal import TakenBack, taken_back

_assess = spanned("decide", assess)

ON_PRESSURE = (
    "mistakes/pressure",
    "Sextant gives the same verdict for the same facts, whoever wants which lever.",
)
"""What is said to somebody who only says who wants which lever."""


class Conversation:
    """The verbs of the product over one reader, one policy and one body of guidance."""

    def __init__(
        self,
        reader: Reader,
        policy: Policy,
        guidance: Guidance,
        answer: Callable[[str], tuple[Citation, ...]],
        writer: Writer | None = None,
    ) -> None:
        """`answer` quotes the guidance on a question, or gives nothing when the guidance does not say."""
        self.reader = reader.name
        self.policy = policy.version
        self._reader = reader
        self._policy = policy
        self._hearing = Hearing(policy)
        self._guidance = guidance
        self._answer = answer
        self._writer = writer or Writer()
        self._advising = Advising(policy, self._hearing, guidance, self._writer)

    def into(self, draft: Draft) -> "Conversation":
        """The same, but what the model writes is in the draft as soon as it is checked."""
        same = copy(self)
        same._writer = replace(self._writer, draft=draft)
        same._advising = Advising(self._policy, self._hearing, self._guidance, same._writer)
        return same

    def receive(self, state: State, message: str) -> Turn:
        """Respond to what a person wrote."""
        intent = intent_of(message)
        if intent == "guidance" and not (asks_guidance(message) or state.case.evidence or state.asking):
            return self._question_or_case(state, message)
        if intent is not None and not (intent == "greeting" and state.asking):
            return self._do(intent, state, message)
        return self._read(state, message)

    def answer(self, state: State, factor: str, values: tuple[str, ...]) -> Turn:
        """Respond to a tap: one or several options of a question."""
        question = self.question(factor)
        known = {option.value for option in question.options}
        if not values or not known.issuperset(values) or (len(values) > 1 and not question.many):
            return Turn((replies.Puzzled("en"), *self._again(state)))
        evidence = self._advising.newest(
            state, tuple(Evidence(factor, value, source="tap") for value in values)
        )
        heard = Heard(changed=self._hearing.changed(state.case, state.said_by, evidence))
        return self._advising.go_on(state, heard, evidence, factor if factor == state.asking else None)

    def decide_now(self, state: State) -> Turn:
        """Give the verdict on what is known; the same one again is not a new one that could be logged."""
        if not state.case.evidence:
            return Turn((replies.ShowHeard(()),))
        assessment = _assess(self._policy, state.case, self._guidance, decide_now=True)
        if _same(assessment.verdict, state.verdict):
            unchanged = replies.ShowFlips(assessment.verdict.lever, assessment.verdict.flips, "unchanged")
            return Turn((unchanged,))
        return self._advising.verdict(state, Heard(), (), assessment)

    def standing(self, state: State) -> tuple[Reply, ...]:
        """What is open in a thread, for somebody who comes back to it."""
        if state.asking is not None:
            return self._again(state)
        if state.verdict is not None and state.case.evidence:
            return (costed(state.verdict, Heard(), state.case),)
        return (replies.Greet(),)

    def quotes(self, message: str) -> tuple[Citation, ...]:
        """What the guidance answers to a message that is a question about it, and nothing to any other."""
        return self._answer(guidance_question(message)) if intent_of(message) == "guidance" else ()

    def question(self, factor: str) -> Question:
        """The question about a factor, as it is put."""
        return self._advising.question(factor)

    def _do(self, intent: Intent, state: State, message: str) -> Turn:
        match intent:
            case "why":
                return self.why(state)
            case "flips":
                return self.show_flips(state)
            case "decide_now":
                return self.decide_now(state)
            case "wrong":
                return Turn((replies.ShowHeard(self._hearing.counting(state.case)), *self._again(state)))
            case "start_over":
                return self.start_over()
            case "log":
                return self.log(state, log_request(message) or LogRequest())
            case "guidance":
                return self.ask_guidance(state, guidance_question(message))
            case "help" | "greeting":
                return Turn((replies.Greet(), *self._again(state)))

    def log(self, state: State, request: LogRequest) -> Turn:
        """Log the last verdict, or a person's own choice instead of it."""
        if state.verdict is None or not state.verdict.final:
            leaning = state.verdict.lever if state.verdict and state.asking else ""
            return Turn((replies.NothingToLog(leaning), *self._again(state)))
        if state.decision is not None:
            return Turn((replies.AlreadyLogged(state.decision),))
        if request.unknown:
            return Turn((replies.UnknownLever(request.unknown),))
        return Turn((), logs=request)

    def not_right(self, state: State) -> Turn:
        """Keep what a person found not right, and show what counts in the case, for them to correct."""
        return Turn((replies.KeptFeedback(), replies.ShowHeard(self._hearing.counting(state.case))))

    def why(self, state: State) -> Turn:
        """Say why the open question is asked."""
        if state.asking is None:
            return self.decide_now(state) if state.case.evidence else Turn((replies.Greet(),))
        question = self.question(state.asking)
        return Turn((replies.ExplainQuestion(question, question.why), *self._again(state)))

    def show_flips(self, state: State) -> Turn:
        """Say what would change the verdict as it stands."""
        if not state.case.evidence:
            return Turn((replies.ShowHeard(()),))
        verdict = _assess(self._policy, state.case, self._guidance, decide_now=True).verdict
        stands: Literal["given", "leaning"] = "leaning" if state.asking else "given"
        return Turn((replies.ShowFlips(verdict.lever, verdict.flips, stands), *self._again(state)))

    def start_over(self) -> Turn:
        """Let nothing count that was said so far."""
        return Turn((replies.StartedOver(),), starts_over=True)

    def ask_guidance(self, state: State, question: str, found: tuple[Citation, ...] | None = None) -> Turn:
        """Answer a question about the guidance in its words; `found` are the quotes, where they are known."""
        explained, usage, note = self._writer.told(question)
        quotes = self._answer(question) if found is None else found
        quotes = quotes or tuple(dict.fromkeys(one.citation for one in explained))
        note = "" if quotes else note
        said = (replies.AnswerFromGuidance(quotes, explained, note), *self._again(state))
        return Turn(said, unanswered=None if quotes else question, usage=usage)

    def _again(self, state: State) -> tuple[Reply, ...]:
        """The open question once more, after something else was said."""
        if state.asking is None:
            return ()
        return (replies.Ask(self.question(state.asking), len(state.case.asked), Heard()),)

    def _question_or_case(self, state: State, message: str) -> Turn:
        """A question that opens a thread: the guidance answers, or it tells of a case after all."""
        quotes = self._answer(message)
        if quotes:
            return self.ask_guidance(state, message, quotes)
        read = self._read(state, message)
        if read.evidence or any(isinstance(reply, replies.AnswerFromGuidance) for reply in read.replies):
            return read
        asked = self.ask_guidance(state, message, quotes)
        return replace(asked, usage=read.usage + asked.usage, reader=read.reader)

    def _read(self, state: State, message: str) -> Turn:
        open_question = self.question(state.asking) if state.asking else None
        taken = taken_back(message, state.case, self._policy, state.last)
        if taken is not None:
            message = taken.rest
        if open_question is not None:
            message = numbered(message, open_question)
        with span("read"):
            reading = self._reading(state, message, open_question, taken)
        if not reading.evidence:
            turn = _noted(self._without_evidence(state, message, reading), reading.note)
            return replace(turn, usage=reading.usage + turn.usage, reader=reading.reader)
        reading = replace(reading, evidence=self._advising.newest(state, reading.evidence))
        said = {item.factor for item in reading.evidence if item.value != WITHDRAWN}
        answered = state.asking if state.asking in said else None
        turn = self._advising.go_on(
            state,
            self._hearing.heard(state.case, state.said_by, reading, answered),
            reading.evidence,
            answered,
        )
        return replace(turn, usage=reading.usage + turn.usage, reader=reading.reader)

    def _reading(
        self, state: State, message: str, question: Question | None, taken: TakenBack | None
    ) -> Reading:
        """What a message says, with what it takes back; a correction that names nothing is one still."""
        if taken is None:
            return self._reader.read(message, state.case, question)
        correction = Reading("correction", taken.evidence)
        if not message:
            return correction
        read = self._reader.read(message, state.case.adding(*taken.evidence), question)
        if not read.evidence:
            return replace(correction, usage=read.usage, note=read.note, reader=read.reader)
        return replace(read, evidence=(*taken.evidence, *read.evidence))

    def _without_evidence(self, state: State, message: str, reading: Reading) -> Turn:
        """Respond to a message that adds nothing to the case; a question that can be answered is."""
        if asks_something(message) and (found := self._answer(message)):
            return self.ask_guidance(state, message, found)
        match reading.kind:
            case "off_topic":
                return Turn((replies.Decline(reading.note),))
            case "guidance":
                return self.ask_guidance(state, message)
            case "greeting":
                return self._do("greeting", state, message)
            case "correction":
                return self._do("wrong", state, message)
        if PRESSURE.search(message):
            passage, quote = ON_PRESSURE
            proof = Citation(self._guidance(passage), quote)
            return Turn((replies.AnswerFromGuidance((proof,)), *self._again(state)))
        language = reading.language if reading.partly else "en"
        hint = slip(message, self.question(state.asking)) if state.asking else ""
        puzzled = replies.Puzzled(language, state.asking is not None, hint, reading.note)
        return Turn((puzzled, *self._again(state)))


def _noted(turn: Turn, note: str) -> Turn:
    """An answer in quotes says too how the message was read, if one should know."""
    first, *others = turn.replies
    if not note or not isinstance(first, replies.AnswerFromGuidance):
        return turn
    return replace(turn, replies=(replace(first, note=first.note or note), *others))


def _same(verdict: Verdict, before: Verdict | None) -> bool:
    """Whether a verdict says what the last one said; the texts that it cites may have been kept shorter."""
    if before is None:
        return False
    kept = (before.lever, before.levers, before.diagnosis, before.final, before.policy)
    return kept == (verdict.lever, verdict.levers, verdict.diagnosis, verdict.final, verdict.policy)
