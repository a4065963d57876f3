"""Where a person's threads and decisions stand, for App Home and `/sextant status`."""

from collections.abc import Iterable, Iterator

from bot import replies
from bot.digest_wording import short_day
from bot.names import LEVERS
from bot.news import Where
from bot.slack import blocks as kit
from bot.slack.around import Around
from bot.slack.blocks import Block
from bot.slack.card import past_line
from bot.slack.mrkdwn import escape, inline
from bot.slack.workspaces import PLATFORM
from bot.told import OpenThread

HOW = (
    "*How it works*\n"
    "1. Tell me about an AI feature that disappoints: in the Messages tab, by mentioning me in a channel, "
    "with `/sextant`, or with *Triage this* in a message's menu.\n"
    "2. I ask a few questions, one at a time. Tap an answer or say it in your own words.\n"
    "3. You get a verdict: what to do first, what not to do yet, and the sentences that prove it.\n"
    "4. Nothing is decided until somebody taps *Log this decision*."
)


def home(reply: replies.ShowStanding, around: Around, more: Iterable[Block] = ()) -> list[Block]:
    """What App Home shows to one person; `more` is what they can do there."""
    return [
        kit.header("Find out where it fails before you choose the cure"),
        *standing(reply, around),
        *more,
        kit.divider(),
        *kit.sections(HOW),
    ]


def standing(reply: replies.ShowStanding, around: Around) -> Iterator[Block]:
    """Open threads, decisions, and for a lead what waits for a review."""
    if not (reply.threads or reply.decisions or reply.waiting):
        yield from kit.sections("You have no open thread and no decision yet.")
        return
    if reply.threads:
        lines = "\n".join(_open(thread, around) for thread in reply.threads)
        yield from kit.sections(f"*Your open threads*\n{lines}")
    if reply.decisions:
        lines = "\n".join(past_line(past, around) for past in reply.decisions)
        yield from kit.sections(f"*Your decisions*\n{lines}")
    if reply.waiting:
        lines = "\n".join(past_line(past, around) for past in reply.waiting)
        yield from kit.sections(f"*Waiting for a review*\n{lines}")


def _open(thread: OpenThread, around: Around) -> str:
    named = around.named(thread.title, Where(PLATFORM, thread.channel, thread.key))
    day = f", {escape(short_day(thread.at[:10]))}" if thread.at else ""
    if thread.asking:
        return f"• {named}{day}\n    I asked: {inline(thread.asking)}"
    return f"• {named}{day}\n    It leans to {inline(LEVERS.get(thread.lever, 'nothing yet'))}."
