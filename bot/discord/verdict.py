"""A verdict on Discord: what to do first, how sure it is, why, what is next, and what can be done with it."""

from collections.abc import Iterator

from bot import replies, wording
from bot.costs import in_words
from bot.discord.markup import escaped, line, small
from bot.discord.panels import Block, Button, Panel, Row, Rule, Text
from bot.names import DIAGNOSES, LEVERS
from bot.taps import encode
from bot.told import Precedent
from decision.citation import Citation
from decision.economics import Bill
from decision.verdict import Caution, Step, Verdict

GREEN, AMBER, GREY = 0x23A55A, 0xF0B232, 0x80848E
MARKS = {"done": "☑️", "check": "❔", "next": "▶️", "later": "▫️"}
SAYS = {"done": "", "check": " (check that it is done)", "next": " **(next)**", "later": ""}
LIKELY = 0.1
"""Levers less likely than this are not worth a word."""
ANOTHER, NOT_RIGHT, SHARE = "another", "not_right", "share"
"""What the buttons carry that open a form first."""


def verdict_panels(
    reply: replies.GiveVerdict, heard: tuple[Block, ...], turn: str, shareable: bool, server: str
) -> Iterator[Panel]:
    """The verdict with its actions; what was heard before it stands above."""
    blocks: list[Block] = [*heard, Rule()] if heard else []
    if reply.replaced:
        blocks.append(Text(_replaced(reply.replaced, server)))
    blocks += _head(reply.verdict)
    if reply.explanation:
        blocks.append(Text(" ".join(escaped(part.text) for part in reply.explanation)))
    blocks += [*_body(reply.verdict), *_more(reply)]
    open_still = reply.verdict.final and not (reply.logged or reply.replaced)
    if not reply.replaced:
        logged = [Text(f"✅ **Logged as {escaped(reply.logged)}**")] if reply.logged else []
        blocks += [Rule(), *logged, *_actions(open_still, turn, shareable)]
    colour = GREY if reply.replaced else GREEN if reply.verdict.final else AMBER
    yield Panel(tuple(blocks), colour)


def shared_panels(reply: replies.SharedVerdict) -> Iterator[Panel]:
    """A verdict for people who were not in its thread; there is nothing to do with it here."""
    about = f" on “{line(reply.title, 100)}”" if reply.title else ""
    intro = Text(f"**{line(reply.by, 80)}** shares a verdict{about}")
    logged = (Text(small(f"Logged as {line(reply.logged, 200)}")),) if reply.logged else ()
    yield Panel((intro, *logged, Rule(), *_head(reply.verdict), *_body(reply.verdict)), GREEN)


def lever_name(lever: str) -> str:
    """What a lever is called; a team's own policy may name another."""
    return LEVERS.get(lever) or escaped(lever or "nothing yet")


def quoted(citation: Citation, heading: bool = False) -> str:
    """A quote with where it stands."""
    where = f"{citation.passage.heading} ({citation.passage.id})" if heading else citation.passage.id
    return f"> *“{line(citation.quote, 600)}”*\n> -# {escaped(where)}"


def _head(verdict: Verdict) -> Iterator[Block]:
    lever = LEVERS[verdict.lever]
    leaning = "" if verdict.final else "\n-# This is where it leans; a further answer could still change it."
    yield Text(
        f"## {lever[0].upper()}{lever[1:]}\n**{escaped(verdict.headline)}**\n{_sure(verdict)}{leaning}"
    )


def _body(verdict: Verdict) -> Iterator[Block]:
    reasons = (
        f"{number}. {escaped(reason.text)}.\n{quoted(reason.citation)}"
        for number, reason in enumerate(verdict.reasons, 1)
    )
    yield Text("\n".join(("### Why", *reasons)))
    yield Text("\n".join(("### Next steps", *map(_step, verdict.steps))))
    if verdict.warnings:
        yield Text("\n".join(("### Watch out", *map(_caution, verdict.warnings))))


def _more(reply: replies.GiveVerdict) -> Iterator[Block]:
    if reply.verdict.flips:
        flips = (f"- {escaped(flip.text)}" for flip in reply.verdict.flips)
        yield Text("\n".join(("### What would change this", *flips)))
    if reply.bills:
        assumed = [small(escaped(reply.assumed))] if reply.assumed else []
        yield Text("\n".join(("### What it costs a month", *map(_bill, reply.bills), *assumed)))
    if reply.precedents:
        yield Text("\n".join(("### Closest past decisions", *map(_precedent, reply.precedents))))


def _replaced(by: str, server: str) -> str:
    """That something took its place, and where that is; of several messages the first leads."""
    channel, _, message = by.split(",")[0].rpartition(":")
    link = (
        f" [Show it](https://discord.com/channels/{server}/{channel}/{message})" if channel and server else ""
    )
    return f"⤵️ **{escaped(wording.REPLACED)}**{link}"


def _sure(verdict: Verdict) -> str:
    where = max(verdict.diagnosis, key=lambda name: verdict.diagnosis[name])
    rest = sorted(
        ((p, lever) for lever, p in verdict.levers.items() if lever != verdict.lever and p >= LIKELY),
        reverse=True,
    )
    others = ", ".join(f"{LEVERS[lever]} {p:.0%}" for p, lever in rest[:2])
    filled = round(verdict.confidence * 10)
    bar = "▰" * filled + "▱" * (10 - filled)
    fails = f"{DIAGNOSES[where]} ({verdict.diagnosis[where]:.0%})"
    said = f"{bar} **{verdict.confidence:.0%} sure** · where it fails: {fails}"
    return f"{said}\n-# Next likeliest: {others}" if others else said


def _step(step: Step) -> str:
    said = f"{MARKS[step.state]} {step.number}\\. {escaped(step.text)}{SAYS[step.state]}"
    return f"{said}\n{quoted(step.citation)}" if step.state == "next" else said


def _caution(caution: Caution) -> str:
    return f"⚠️ {escaped(caution.text)}\n{quoted(caution.citation)}"


def _precedent(past: Precedent) -> str:
    outcome = (past.outcome or past.state).replace("_", " ")
    return f"- `{past.decision}` {lever_name(past.lever)}, {outcome}, {past.at[:10]}: {line(past.title, 80)}"


def _bill(bill: Bill) -> str:
    tuned = (
        ("billed by the token", bill.tuned_by_token, bill.break_even_by_token),
        ("on a machine of its own", bill.tuned_dedicated, bill.break_even_dedicated),
    )
    return "\n".join(
        (
            f"On {escaped(bill.model)}:",
            f"- as it is: ${bill.prompt:,.0f}; with the prompt cached: ${bill.prompt_cached:,.0f}",
            f"- with retrieval: ${bill.retrieval:,.0f}",
            *(f"- tuned, {how}: ${dollars:,.0f}; {_pays(volume)}" for how, dollars, volume in tuned),
        )
    )


def _pays(volume: float | None) -> str:
    return f"pays from about {in_words(volume)} requests a month" if volume else "never pays"


def _actions(open_still: bool, turn: str, shareable: bool) -> Iterator[Row]:
    flips = Button(encode("flips", turn), "What would change this?")
    again = Button(encode("start_over", turn), "Start over")
    if not open_still:
        yield Row((flips, again))
        return
    share = (Button(f"{SHARE}:{turn}", "Share…"),) if shareable else ()
    yield Row(
        (
            Button(encode("log", turn), "Log this decision", "success"),
            Button(f"{ANOTHER}:{turn}", "Another lever…"),
            Button(f"{NOT_RIGHT}:{turn}", "Not right…"),
            *share,
        )
    )
    yield Row((flips, again))
