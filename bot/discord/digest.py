"""The weekly digest on Discord, and the question how a decision turned out."""

from collections.abc import Iterator

from bot import digest_wording, replies, weekly_wording
from bot.digest_wording import RESULTS, Entry, Section
from bot.discord.gating import PLATFORM
from bot.discord.markup import escaped, small
from bot.discord.panels import Block, Button, Panel, Picture, Row, Rule, Text
from bot.taps import encode

PURPLE, GREY = 0x9B59B6, 0x80848E


def digest_panel(reply: replies.Digest) -> Panel:
    """One screen with the chart, or the whole of it for the thread under it."""
    news = reply.news
    blocks: list[Block] = [Text("\n".join(_head(reply)))]
    blocks += [Text(_section(section)) for section in digest_wording.sections(news)]
    if news.levers.counts and not reply.whole:
        blocks += [Rule(), Picture(news.levers, digest_wording.alt_text(news.levers))]
    if not reply.whole and not news.quiet and not reply.preview:
        blocks.append(Text(small("The whole of it is in the thread.")))
    return Panel(tuple(blocks), PURPLE)


def outcome_panel(reply: replies.AskOutcome, turn: str) -> Panel:
    """Did the decision help? One tap, or a sentence with what was measured."""
    said, next_step = map(escaped, weekly_wording.ask_outcome(reply))
    if reply.answered:
        return Panel((Text(said),), GREY)
    choices = tuple(
        Button(encode("outcome", turn, number), label[0].upper() + label[1:], "primary")
        for number, label in enumerate(RESULTS.values())
    )
    return Panel((Text(f"**{said}**"), Row(choices), Text(small(next_step))), PURPLE)


def _head(reply: replies.Digest) -> Iterator[str]:
    yield f"## {escaped(digest_wording.title(reply.news))}"
    yield escaped(digest_wording.summary(reply.news))
    if reply.preview:
        yield small("A preview; nothing was posted.")


def _section(section: Section) -> str:
    more = [small(escaped(section.more))] if section.more else []
    return "\n".join([f"### {escaped(section.heading)}", *map(_entry, section.entries), *more])


def _entry(entry: Entry) -> str:
    lead = f"**{escaped(entry.lead)}**: " if entry.lead else ""
    thread = entry.where.platform == PLATFORM and entry.where.key.isdigit()
    return f"- {lead}{escaped(entry.text)}" + (f" <#{entry.where.key}>" if thread else "")
