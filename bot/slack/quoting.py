"""A sentence of the guidance with its source, as Slack quotes."""

from bot.slack.mrkdwn import inline
from decision.citation import Citation


def quoted(citation: Citation) -> str:
    """The quote and the heading under which it stands, as lines of mrkdwn."""
    return f">“{inline(citation.quote)}”\n>_{source(citation)}_"


def source(citation: Citation) -> str:
    """Where a quote stands: the title of its document, and the heading right above it."""
    headings = citation.passage.heading.split(" > ")
    return inline(" › ".join(dict.fromkeys((headings[0], headings[-1])))).replace("_", " ")
