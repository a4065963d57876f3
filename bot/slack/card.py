"""The verdict as a card: what to do first and what not yet, how sure, why, what is next, and what to tap."""

from collections.abc import Iterator

from bot import replies, taps, wording
from bot.costs import in_words
from bot.digest_wording import short_day
from bot.names import DIAGNOSES, LEVERS, ONE_WORD
from bot.slack import blocks as kit
from bot.slack.around import Around
from bot.slack.asking import TAP
from bot.slack.blocks import Block
from bot.slack.mrkdwn import escape, inline, labelled, markdown
from bot.slack.quoting import proof
from bot.told import Explained, Precedent
from decision.economics import Bill
from decision.verdict import Step, Verdict

MODAL = "sextant_modal"
"""Buttons that open a modal; followed by the act."""
LOG = 92
MARKS = {"done": "✅", "check": "❔", "next": "👉", "later": "▫️"}
FIRST_REASONS = 2
"""Reasons above what there is to tap; a telephone shows little at a time."""
LIKELY = 0.1
"""Levers less likely than this are not worth a word."""


def verdict_card(reply: replies.GiveVerdict, around: Around) -> Iterator[Block]:
    """The whole card; nothing is offered to log while a further answer could change it."""
    verdict = reply.verdict
    if reply.replaced:
        yield from kit.context(_replaced(reply.replaced, around))
    yield from _logged(reply.logged)
    yield from _verdict(verdict, reply.explanation)
    if verdict.final and not (reply.logged or reply.replaced):
        yield from _offers(around.turn)
    yield from _more_reasons(verdict)
    if verdict.flips:
        lines = "\n".join(f"• {escape(flip.text)}" for flip in verdict.flips)
        yield from kit.sections(f"*What would change this?*\n{lines}")
    if reply.precedents:
        lines = "\n".join(past_line(past, around) for past in reply.precedents)
        yield from kit.context(f"*Closest past decisions*\n{lines}")
    if reply.bills:
        asked = f"*Costs a month, in dollars* (prices of {reply.bills[0].as_of})"
        yield from kit.context(
            "\n".join(filter(None, (asked, *map(_bill, reply.bills), escape(reply.assumed))))
        )


def shared(reply: replies.SharedVerdict) -> Iterator[Block]:
    """The verdict where somebody shows it to others: nothing to tap, since its thread is elsewhere."""
    about = f" on “{inline(reply.title, 80)}”" if reply.title else ""
    yield from kit.context(f"*{inline(reply.by, 60)}* shares a verdict{about}")
    yield from _logged(reply.logged)
    yield from _verdict(reply.verdict)
    yield from _more_reasons(reply.verdict)


def past_line(past: Precedent, around: Around) -> str:
    """A past decision in a line that leads to its thread."""
    lever = LEVERS.get(past.lever, past.lever)
    came = (past.outcome or past.state).replace("_", " ")
    day = f", {escape(short_day(past.at[:10]))}" if past.at else ""
    named = around.named(past.title, past.where)
    return f"• *{escape(lever)}*, {escape(came)}: {named} ({escape(past.decision)}{day})"


def _logged(told: str) -> Iterator[Block]:
    if told:
        yield from kit.context(f":white_check_mark: Logged as {inline(told)}")


def _replaced(by: str, around: Around) -> str:
    """That a post took its place, and where; one in parts has several ids, of which the first counts."""
    url = around.post_url(by.split(",")[0])
    return f":arrow_heading_down: *{escape(wording.REPLACED)}*" + (
        f" {labelled(url, 'Show it')}" if url else ""
    )


def _verdict(verdict: Verdict, explanation: tuple[Explained, ...] = ()) -> Iterator[Block]:
    if len(verdict.headline) <= kit.HEADER:
        yield kit.header(verdict.headline)
    else:
        yield from kit.sections(f"*{escape(verdict.headline)}*")
    yield from kit.sections(_sure(verdict))
    if not verdict.final:
        yield from kit.context("This is where it leans; a further answer could still change it.")
    if explanation:
        yield from kit.markdown(" ".join(markdown(said.text) for said in explanation))
    yield from _reasons(verdict, "*Why*", 0, FIRST_REASONS)
    if verdict.steps:
        first, *rest = map(_step, verdict.steps)
        yield from kit.sections(f"*Next steps*\n{first}")
        for step in rest:
            yield from kit.sections(step)
    if any(step.state == "check" for step in verdict.steps):
        yield from kit.context(f"{MARKS['check']} should be done by now; nobody told me that it is.")
    for caution in verdict.warnings:
        yield from kit.sections(f":warning: *{escape(caution.text)}*")
        yield from proof(caution.citation)


def _reasons(verdict: Verdict, heading: str, start: int, end: int | None = None) -> Iterator[Block]:
    for number, reason in enumerate(verdict.reasons[start:end], start + 1):
        said = f"{number}. {escape(reason.text)}."
        yield from kit.sections(f"{heading}\n{said}" if number == start + 1 else said)
        yield from proof(reason.citation)


def _more_reasons(verdict: Verdict) -> Iterator[Block]:
    yield from _reasons(verdict, "*More reasons*", FIRST_REASONS)


def _sure(verdict: Verdict) -> str:
    where = max(verdict.diagnosis, key=lambda name: verdict.diagnosis[name])
    rest = sorted(
        ((p, lever) for lever, p in verdict.levers.items() if lever != verdict.lever and p >= LIKELY),
        reverse=True,
    )
    others = "".join(f" Next likeliest: {ONE_WORD[lever]} ({p:.0%})." for p, lever in rest[:1])
    lever = LEVERS[verdict.lever]
    sure = f"*{lever[:1].upper()}{lever[1:]}*, {verdict.confidence:.0%} sure."
    return f"{sure} Where it fails: *{DIAGNOSES[where]}*.{others}"


def _step(step: Step) -> str:
    text = f"{step.number}. {escape(step.text)}"
    return f"{MARKS[step.state]} *{text}*" if step.state == "next" else f"{MARKS[step.state]} {text}"


def _bill(bill: Bill) -> str:
    return (
        f"• *{escape(bill.model)}:* prompt {bill.prompt:,.0f}, cached {bill.prompt_cached:,.0f}, retrieval "
        f"{bill.retrieval:,.0f}, tuned {bill.tuned_by_token:,.0f} by the token "
        f"({_pays(bill.break_even_by_token)}) or {bill.tuned_dedicated:,.0f} hosted "
        f"({_pays(bill.break_even_dedicated)})"
    )


def _pays(requests: float | None) -> str:
    return f"pays from about {in_words(requests)} requests" if requests else "never pays"


def _offers(turn: str) -> Iterator[Block]:
    yield from kit.actions(
        (
            kit.button("Log this decision", f"{TAP}_{LOG}", taps.encode("log", turn), "primary"),
            kit.button("Choose another lever", f"{MODAL}_log", taps.encode("log", turn)),
            kit.button("Not right", f"{MODAL}_not_right", taps.encode("not_right", turn)),
            kit.button("Share", f"{MODAL}_share", taps.encode("share", turn)),
        )
    )
