"""Replies as posts on Discord. Pure: what is shown depends on the replies and the turn's key alone."""

from collections.abc import Iterator
from typing import assert_never

from bot import replies, weekly_wording, wording
from bot.discord.digest import digest_panel, outcome_panel
from bot.discord.markup import escaped, line, small
from bot.discord.panels import (
    LONGEST_LABEL,
    LONGEST_OPTION,
    MOST_OPTIONS,
    Block,
    Button,
    Panel,
    Pick,
    Post,
    Row,
    Rule,
    Text,
    clipped,
    posts,
    rows,
)
from bot.discord.verdict import lever_name, quoted, shared_panels, verdict_panels
from bot.posts import Parts
from bot.replies import Reply
from bot.taps import encode
from bot.told import Heard, OpenThread, Precedent, Told
from decision.evidence import NOT_SURE
from decision.verdict import Option, Question

BLUE, GREY, RED = 0x5865F2, 0x80848E, 0xDA373C

MOST_BUTTONS = 6
BUTTON_FITS = 40
"""A longer label is cut on a telephone; a select shows it whole."""

TYPE = "type"
"""What the button carries that opens a text field, where a tap would carry its act."""


def render(parts: Parts, turn: str, shareable: bool = True, server: str = "") -> tuple[Post, ...]:
    """The replies of one turn as one post; more only where Discord's limits force it.

    `shareable`: whether there is a channel beside this one in which a verdict could be shown. `server` is
    where it stands, for links to other posts.
    """
    return posts(panel for part in parts for panel in _panels(part, turn, shareable, server))


def _panels(reply: Reply, turn: str, shareable: bool, server: str) -> Iterator[Panel]:  # noqa: C901 - one case a reply, and nothing else
    match reply:
        case replies.Ask():
            yield Panel(tuple(_ask(reply, turn)), BLUE)
        case replies.Answered():
            yield Panel(tuple(_answered(reply)), GREY)
        case replies.GiveVerdict():
            yield from verdict_panels(reply, tuple(_heard(reply.heard)), turn, shareable, server)
        case replies.SharedVerdict():
            yield from shared_panels(reply)
        case replies.ExplainQuestion():
            yield Panel((Text(_why(reply)),), GREY)
        case replies.ShowFlips():
            yield Panel((Text(_flips(reply)),), GREY)
        case replies.ShowHeard():
            yield Panel((Text(_held(reply.told)),), GREY)
        case replies.AnswerFromGuidance():
            yield Panel(tuple(_guidance(reply)), BLUE)
        case replies.Greet():
            yield Panel((Text(_GREETING),), BLUE)
        case replies.ShowStanding():
            yield Panel(tuple(_standing(reply)), BLUE)
        case replies.Digest():
            yield digest_panel(reply)
        case replies.AskOutcome():
            yield outcome_panel(reply, turn)
        case replies.DigestHalted():
            yield Panel((Text("\n-# ".join(weekly_wording.halted(reply, f"<#{reply.channel}>"))),))
        case replies.Failed():
            yield Panel((Text(_notice(reply)),), RED)
        case replies.Shared():
            where = f" in <#{reply.channel}>" if reply.channel.isdigit() else ""
            yield Panel((Text(f"The verdict is shared{where}."),))
        case (
            replies.Decline()
            | replies.Puzzled()
            | replies.Logged()
            | replies.AlreadyLogged()
            | replies.NothingToLog()
            | replies.UnknownLever()
            | replies.StartedOver()
            | replies.Stale()
            | replies.KeptFeedback()
            | replies.Forgotten()
            | replies.KeptOutcome()
            | replies.Reviewed()
            | replies.Subscribed()
            | replies.UnknownTime()
            | replies.UnknownDecision()
        ):
            yield Panel((Text(_notice(reply)),))
        case _:
            assert_never(reply)


def _notice(reply: wording.Notice) -> str:
    said, next_step = wording.notice(reply)
    said, next_step = escaped(said), escaped(next_step)
    if isinstance(reply, replies.Logged):
        said = f"✅ **{said}**"
    return f"{said}\n{small(next_step)}" if next_step else said


def _ask(reply: replies.Ask, turn: str) -> Iterator[Block]:
    heard = tuple(_heard(reply.heard))
    yield from heard
    if heard:
        yield Rule()
    how = "choose one or more" if reply.question.many else "choose one"
    yield Text(
        f"### {escaped(reply.question.text)}\n-# Question {reply.number} · {how}, or say it in your own words"
    )
    yield from _options(reply.question, turn)
    closing = [
        Button(encode("answer", turn, number), option.label)
        for number, option in enumerate(reply.question.options)
        if option.value == NOT_SURE
    ]
    yield Row(
        (
            *closing,
            Button(encode("why", turn), "Why?"),
            Button(encode("decide_now", turn), "Decide now"),
            Button(f"{TYPE}:{turn}", "Type an answer"),
        )
    )


def _options(question: Question, turn: str) -> Iterator[Block]:
    options = [(n, option) for n, option in enumerate(question.options) if option.value != NOT_SURE]
    short = len(options) <= MOST_BUTTONS and all(len(option.label) <= BUTTON_FITS for _, option in options)
    if short and not question.many:
        yield from rows(
            Button(encode("answer", turn, number), clipped(option.label, LONGEST_LABEL), "primary")
            for number, option in options
        )
        return
    listed = tuple(_option(number, option) for number, option in options[:MOST_OPTIONS])
    hint = "Choose one or more" if question.many else "Choose an answer"
    yield Pick(encode("answer", turn), hint, listed, len(listed) if question.many else 1)


def _option(number: int, option: Option) -> tuple[str, str]:
    return str(number), clipped(option.label, LONGEST_OPTION)


def _answered(reply: replies.Answered) -> Iterator[Block]:
    by = line(reply.by, 80)
    said = escaped(wording.chosen(reply.chose, "")).removeprefix("Somebody chose: ")
    how = f"✅ **{said.removesuffix('.')}**\n-# chosen by {by or 'somebody'}" if said else "-# No longer open"
    yield Text(f"{escaped(reply.question.text)}\n{how}")


def _heard(heard: Heard) -> Iterator[Block]:
    notes = [wording.partly(heard), heard.note, *map(wording.changed, heard.changed)]
    said = [f"⚠️ {line(note, 400)}" for note in notes if note]
    told = [_told(told) for told in heard.told]
    if told:
        said.append(small("\n".join(["**What I read**", *told])))
    if said:
        yield Text("\n".join(said))


def _told(told: Told) -> str:
    doubt = "" if told.sure else "probably "
    said = f" (“{line(told.quote, 90)}”)" if told.quote else ""
    return f"• {doubt}{escaped(told.says)}{said}"


def _why(reply: replies.ExplainQuestion) -> str:
    asked = small(f"Why I ask: {escaped(reply.question.text)}")
    return f"{asked}\n{escaped(reply.why.text)}\n{quoted(reply.why.citation)}"


def _flips(reply: replies.ShowFlips) -> str:
    return "\n".join((escaped(wording.flips(reply)), *(f"- {escaped(flip.text)}" for flip in reply.flips)))


def _held(told: tuple[Told, ...]) -> str:
    if not told:
        return "I hold nothing about your case yet. Tell me what disappoints you."
    held = "\n".join(_told(one).replace("•", "-", 1) for one in told)
    return f"This is what I hold. Tell me in your words what is different; the newest counts.\n{held}"


def _guidance(reply: replies.AnswerFromGuidance) -> Iterator[Block]:
    if not reply.quotes:
        note = f"{escaped(reply.note)} " if reply.note else ""
        yield Text(
            f"{note}The guidance does not say.\n"
            "-# Your question is kept, for whoever looks after the guidance."
        )
        return
    if reply.note:
        yield Text(escaped(reply.note))
    if reply.explanation:
        yield Text(" ".join(escaped(said.text) for said in reply.explanation))
        yield Rule()
    yield Text("**The guidance says**")
    yield from (Text(quoted(citation, heading=True)) for citation in reply.quotes)


def _standing(reply: replies.ShowStanding) -> Iterator[Block]:
    if not (reply.threads or reply.decisions or reply.waiting):
        yield Text("There is no open triage and no decision yet.\n-# Start one with `/triage`.")
        return
    if reply.threads:
        yield Text("\n".join(("### Open triages", *map(_open, reply.threads))))
    if reply.decisions:
        yield Text("\n".join(("### Decisions", *map(_past, reply.decisions))))
    if reply.waiting:
        yield Text("\n".join(("### Waiting for a review", *map(_past, reply.waiting))))
    if reply.decisions or reply.waiting:
        yield Text("-# `/decisions decision:d-…` shows one with its reasons.")


def _open(thread: OpenThread) -> str:
    where = f"asked: {escaped(thread.asking)}" if thread.asking else f"leans to {lever_name(thread.lever)}"
    return f"- <#{thread.key or thread.channel}> {line(thread.title, 80)} · *{where}*"


def _past(past: Precedent) -> str:
    outcome = (past.outcome or past.state).replace("_", " ")
    said = f"- `{past.decision}` **{lever_name(past.lever)}** · {outcome}, {past.at[:10]}"
    return f"{said} · {line(past.title, 80)}" if past.title else said


_GREETING = """\
### Tell me about an AI feature that disappoints you
I find out **where it fails** before anyone chooses the cure, ask as little as I can, and prove every reason \
with a quote: prompting, retrieval, workflow, fine-tuning, a mix, another model, or first a defined task.
- **Mention me** with what it should do and what it does instead, or use `/triage`. I answer in a thread.
- **Apps → Triage this** on somebody's message does the same with what it says.
- `/ask` answers a question about the guidance, `/decisions` shows what was decided, `/forget` deletes what \
you said. Leads `/review` what was decided.
-# In a thread you can also say: why · not sure · decide now · what would change this · start over"""
