"""A digest as lines of text; what the chart shows is said in words."""

from collections.abc import Iterator

from bot import digest_wording
from bot.digest_wording import Entry
from bot.replies import Digest
from bot.terminal.lines import Line


def digest_lines(reply: Digest) -> Iterator[Line]:
    """One screen, or the whole of it."""
    news = reply.news
    yield Line(digest_wording.title(news), "title")
    yield Line(digest_wording.summary(news))
    for section in digest_wording.sections(news):
        yield Line()
        yield Line(section.heading, "strong")
        yield from map(_entry, section.entries)
        if section.more:
            yield Line(section.more, "quiet", 2)
    if news.levers.counts and not reply.whole:
        yield Line()
        yield Line(digest_wording.alt_text(news.levers), "quiet")


def _entry(entry: Entry) -> Line:
    return Line(f"- {entry.lead}: {entry.text}" if entry.lead else f"- {entry.text}", indent=2)
