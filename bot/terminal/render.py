"""Replies as lines of text. Pure: what is printed depends on the reply alone.

Order and words carry the meaning; colour only repeats it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from bot import replies
from bot.names import DIAGNOSES, LANGUAGES, LEVERS, ONE_WORD
from bot.replies import Heard, Reply, Told
from decision.assess import shortened
from decision.citation import Citation
from decision.economics import Bill
from decision.verdict import Step, Verdict

Style = Literal["plain", "title", "strong", "quiet", "hint", "warning"]
"""`hint`: what a person could say next; there is no point in it where nobody can answer."""

MARKS = {"done": "done", "check": "check", "next": "NEXT", "later": "later"}
LIKELY = 0.1
"""Levers less likely than this are not worth a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line before wrapping: how far it stands in, and how it looks."""

    text: str = ""
    style: Style = "plain"
    indent: int = 0


def render(reply: Reply) -> list[Line]:
    """The lines of a reply."""
    return list(_lines(reply))


def _lines(reply: Reply) -> Iterator[Line]:  # noqa: C901 - one case a reply, and nothing else
    match reply:
        case replies.Ask():
            yield from _ask(reply)
        case replies.GiveVerdict():
            yield from _verdict(reply)
        case replies.ExplainQuestion():
            yield Line(reply.why.text)
            yield from _quote(reply.why.citation, indent=2)
        case replies.ShowFlips():
            yield from _flips(reply)
        case replies.ShowHeard():
            yield from _heard_so_far(reply.told)
        case replies.AnswerFromGuidance():
            yield from _guidance(reply.quotes)
        case replies.Decline():
            yield Line(
                "This does not seem to be about a feature built on a language model, so I cannot help."
            )
            yield Line("If it is, tell me what the feature should do and what it does instead.", "quiet")
        case replies.Puzzled():
            yield from _puzzled(reply)
        case replies.Logged():
            yield from _logged(reply)
        case replies.AlreadyLogged():
            yield Line(f"This verdict is logged already, as {reply.decision}. Tell me more to get a new one.")
        case replies.NothingToLog():
            yield Line("There is no verdict to log yet. Describe your case, or say “decide now”.")
        case replies.UnknownLever():
            yield Line(f"I know no lever “{shortened(reply.named, 40)}”. Nothing was logged.")
            yield Line(f"The levers: {', '.join(ONE_WORD.values())}.", "quiet")
        case replies.StartedOver():
            yield Line("Started over: what you said before no longer counts. What disappoints you?")
        case replies.Greet():
            yield from _greet()
        case replies.Failed():
            yield Line("Something went wrong on my side; your message is kept. Please try again.")
            yield Line(f"Reference for your operator: {reply.reference}", "quiet")
        case _:
            assert_never(reply)


def _ask(reply: replies.Ask) -> Iterator[Line]:
    yield from _heard(reply.heard)
    many = " (one or more, such as 1 3)" if reply.question.many else ""
    yield Line(f"Question {reply.number}: {reply.question.text}{many}", "strong")
    for number, option in enumerate(reply.question.options, 1):
        yield Line(f"{number}. {option.label}", indent=2)
    yield Line("Type a number or your own words; or: why, not sure, decide now.", "hint")


def _heard(heard: Heard) -> Iterator[Line]:
    if heard.partly:
        language = LANGUAGES.get(heard.language, "this language")
        yield Line(
            f"I read {language} only in part; what I missed, tell me in English if you can.", "warning"
        )
    for changed in heard.changed:
        yield Line(f"Changed: {changed.now}. Before: {changed.before}. The newest counts.", "warning")
    if heard.told:
        yield Line("What I read:", "quiet")
        yield from map(_told, heard.told)
    if heard.partly or heard.changed or heard.told:
        yield Line()


def _told(told: Told) -> Line:
    doubt = "" if told.sure else "probably "
    said = f" (“{shortened(told.quote, 70)}”)" if told.quote else ""
    return Line(f"- {doubt}{told.says}{said}", "quiet", 2)


def _verdict(reply: replies.GiveVerdict) -> Iterator[Line]:
    verdict = reply.verdict
    yield from _heard(reply.heard)
    yield Line(f"Verdict: {LEVERS[verdict.lever]}", "title")
    yield Line(verdict.headline, "strong")
    yield Line(_sure(verdict))
    if not verdict.final:
        yield Line("This is where it leans; a further answer could still change it.", "quiet")
    yield Line()
    yield Line("Why", "title")
    for number, reason in enumerate(verdict.reasons, 1):
        yield Line(f"{number}. {reason.text}.")
        yield from _quote(reason.citation, indent=3)
    yield Line()
    yield Line("Next steps", "title")
    for step in verdict.steps:
        yield from _step(step)
    if verdict.warnings:
        yield Line()
        yield Line("Watch out", "title")
        for caution in verdict.warnings:
            yield Line(f"- {caution.text}", "warning")
            yield from _quote(caution.citation, indent=2)
    yield from _closing(reply)


def _closing(reply: replies.GiveVerdict) -> Iterator[Line]:
    if reply.verdict.flips:
        yield Line()
        yield Line("What would change this", "title")
        for flip in reply.verdict.flips:
            yield Line(f"- {flip.text}")
    if reply.bills:
        yield Line()
        yield Line("What it costs a month, in dollars", "title")
        yield from map(_bill, reply.bills)
    if reply.precedents:
        yield Line()
        yield Line("Closest past decisions", "title")
        for past in reply.precedents:
            yield Line(
                f"- {past.decision}: {LEVERS.get(past.lever, past.lever)}, {past.outcome or past.state}, "
                f"{past.at[:10]}: {past.title}"
            )
    yield Line()
    yield Line("Say “log this decision” to keep it, correct me, or ask what would change this.", "hint")


def _bill(bill: Bill) -> Line:
    def volume(requests: float | None) -> str:
        return f"{requests / 1e6:,.1f} million requests" if requests else "never"

    return Line(
        f"- On {bill.model}: {bill.prompt:,.0f} as it is, {bill.prompt_cached:,.0f} cached, "
        f"{bill.retrieval:,.0f} with retrieval; tuned {bill.tuned_by_token:,.0f} by the token or "
        f"{bill.tuned_dedicated:,.0f} on its own machine. Tuning breaks even at "
        f"{volume(bill.break_even_by_token)} or {volume(bill.break_even_dedicated)} (prices of {bill.as_of})."
    )


def _sure(verdict: Verdict) -> str:
    where = max(verdict.diagnosis, key=lambda name: verdict.diagnosis[name])
    rest = sorted(
        ((p, lever) for lever, p in verdict.levers.items() if lever != verdict.lever and p >= LIKELY),
        reverse=True,
    )
    others = (
        f" Next likeliest: {', '.join(f'{LEVERS[lever]} {p:.0%}' for p, lever in rest[:2])}." if rest else ""
    )
    fails = f"{DIAGNOSES[where]} ({verdict.diagnosis[where]:.0%})"
    return f"{verdict.confidence:.0%} sure. Where it fails: {fails}.{others}"


def _step(step: Step) -> Iterator[Line]:
    style: Style = "strong" if step.state == "next" else "quiet" if step.state == "later" else "plain"
    yield Line(f"[{MARKS[step.state]:>5}] {step.number}. {step.text}", style)
    if step.state == "next":
        yield from _quote(step.citation, indent=11)


def _quote(citation: Citation, indent: int) -> Iterator[Line]:
    yield Line(f"“{citation.quote}” ({citation.passage.id})", "quiet", indent)


def _flips(reply: replies.ShowFlips) -> Iterator[Line]:
    if not reply.flips:
        yield Line(f"Nothing I could be told about one or two points would change it: {LEVERS[reply.lever]}.")
        return
    yield Line(f"It is {LEVERS[reply.lever]} now. It would change like this:")
    for flip in reply.flips:
        yield Line(f"- {flip.text}")


def _heard_so_far(told: tuple[Told, ...]) -> Iterator[Line]:
    if not told:
        yield Line("I hold nothing about your case yet. Tell me what disappoints you.")
        return
    yield Line("Sorry. This is what I hold; tell me in your words what is different, and the newest counts:")
    yield from map(_told, told)


def _guidance(quotes: tuple[Citation, ...]) -> Iterator[Line]:
    if not quotes:
        yield Line("The guidance does not say.")
        return
    yield Line("The guidance says:")
    for citation in quotes:
        yield Line(f"“{citation.quote}”", indent=2)
        yield Line(f"{citation.passage.heading} ({citation.passage.id})", "quiet", 4)


def _puzzled(reply: replies.Puzzled) -> Iterator[Line]:
    if reply.language not in ("en", "und"):
        yield Line(
            f"I read {LANGUAGES.get(reply.language, 'this language')} only in part and found nothing to use."
        )
    else:
        yield Line("I found nothing in that which I could use.")
    if reply.asking:
        yield Line("Choose from the answers, or say it in other words.")
        return
    yield Line("Tell me what the feature should do, what it does instead, and what you have tried.")


def _logged(reply: replies.Logged) -> Iterator[Line]:
    instead = f" instead of {LEVERS[reply.instead_of]}" if reply.instead_of else ""
    yield Line(f"Logged as {reply.decision}: {LEVERS[reply.lever]}{instead}, by {reply.by}.", "strong")


def _greet() -> Iterator[Line]:
    yield Line(
        "Tell me about an AI feature that disappoints you. I find out where it fails and which lever to pull:"
    )
    yield Line("prompting, retrieval, workflow, fine-tuning, a mix, another model, or first a defined task.")
    yield Line(
        "Any time: why, not sure, decide now, what would change this, that's wrong, start over, "
        "log this decision, quit; or a question about the guidance.",
        "quiet",
    )
