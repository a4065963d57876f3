"""A verdict as lines: what to do first, how sure it is, why, what is next, and what it costs."""

from collections.abc import Iterator

from bot import replies
from bot.costs import in_words
from bot.names import DIAGNOSES, LEVERS
from bot.terminal.lines import Line, Style, quoted
from bot.told import Explained
from decision.economics import Bill
from decision.verdict import Step, Verdict

MARKS = {"done": "done", "check": "check", "next": "NEXT", "later": "later"}
LIKELY = 0.1
"""Levers less likely than this are not worth a line."""


def verdict_lines(verdict: Verdict, explanation: tuple[Explained, ...] = ()) -> Iterator[Line]:
    yield Line(f"Verdict: {LEVERS[verdict.lever]}", "title")
    yield Line(verdict.headline, "strong")
    yield Line(_sure(verdict))
    if not verdict.final:
        yield Line("This is where it leans; a further answer could still change it.", "quiet")
    if explanation:
        yield Line()
        yield Line(" ".join(said.text for said in explanation))
    yield Line()
    yield Line("Why", "title")
    for number, reason in enumerate(verdict.reasons, 1):
        yield Line(f"{number}. {reason.text}.")
        yield from quoted(reason.citation, indent=3)
    yield Line()
    yield Line("Next steps", "title")
    for step in verdict.steps:
        yield from _step(step)
    if verdict.warnings:
        yield Line()
        yield Line("Watch out", "title")
        for caution in verdict.warnings:
            yield Line(f"- {caution.text}", "warning")
            yield from quoted(caution.citation, indent=2)


def closing_lines(reply: replies.GiveVerdict) -> Iterator[Line]:
    if reply.verdict.flips:
        yield Line()
        yield Line("What would change this", "title")
        for flip in reply.verdict.flips:
            yield Line(f"- {flip.text}")
    if reply.bills:
        yield Line()
        for bill in reply.bills:
            yield from _bill(bill)
        if reply.assumed:
            yield Line(reply.assumed, "quiet")
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


def _bill(bill: Bill) -> Iterator[Line]:
    yield Line("What it costs a month", "title")
    yield Line(f"On {bill.model}:")
    yield Line(f"- as it is: ${bill.prompt:,.0f}; with the prompt cached: ${bill.prompt_cached:,.0f}")
    yield Line(f"- with retrieval: ${bill.retrieval:,.0f}")
    for how, dollars, volume in (
        ("billed by the token", bill.tuned_by_token, bill.break_even_by_token),
        ("on a machine of its own", bill.tuned_dedicated, bill.break_even_dedicated),
    ):
        yield Line(f"- tuned, {how}: ${dollars:,.0f}; {_pays(volume)}")


def _pays(volume: float | None) -> str:
    return f"pays from about {in_words(volume)} requests a month" if volume else "never pays"


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
        yield from quoted(step.citation, indent=11)
