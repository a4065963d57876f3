"""The weekly digest, and the question whether a decision helped."""

from collections.abc import Iterator

from bot import digest_wording, replies, taps, weekly_wording
from bot.digest_wording import RESULTS, Entry
from bot.slack import blocks as kit
from bot.slack.around import Around
from bot.slack.asking import TAP
from bot.slack.blocks import Block
from bot.slack.mrkdwn import escape, inline

LONGEST_LINE = 300
"""Longer than any line of a digest is."""


def digest(reply: replies.Digest, around: Around) -> Iterator[Block]:
    """One screen, or the whole of it; a line leads to the thread that it is about."""
    news = reply.news
    yield kit.header(digest_wording.title(news))
    yield from kit.sections(escape(digest_wording.summary(news)))
    if reply.preview:
        yield from kit.context("A preview of the weekly digest.")
    for section in digest_wording.sections(news):
        lines = [f"• {_entry(entry, around)}" for entry in section.entries]
        if section.more:
            lines.append(f"_{escape(section.more)}_")
        yield from kit.sections("\n".join((f"*{escape(section.heading)}*", *lines)))
    if news.levers.counts and not reply.whole:
        chart = digest_wording.alt_text(news.levers)
        yield from [kit.image(around.picture, chart)] if around.picture else kit.context(escape(chart))


def ask_outcome(reply: replies.AskOutcome, around: Around) -> Iterator[Block]:
    """Did it help? One tap; nothing to tap once it is answered."""
    said, next_step = weekly_wording.ask_outcome(reply)
    yield from kit.sections(inline(said))
    if reply.answered:
        return
    buttons = (
        kit.button(label.capitalize(), f"{TAP}_{number}", taps.encode("outcome", around.turn, number))
        for number, label in enumerate(RESULTS.values())
    )
    yield from kit.actions(tuple(buttons))
    yield from kit.context(inline(next_step))


def _entry(entry: Entry, around: Around) -> str:
    if not entry.lead:
        return around.named(entry.text, entry.where, LONGEST_LINE)
    return f"*{around.named(entry.lead, entry.where)}*: {inline(entry.text)}"
