"""A sentence of the guidance with its source, as Slack quotes."""

from bot.slack.mrkdwn import inline
from decision.citation import Citation


def quoted(citation: Citation) -> str:
    """The quote and the heading under which it stands, as lines of mrkdwn."""
    return f">“{inline(citation.quote)}”\n>_{source(citation)}_"


def source(citation: Citation) -> str:
    """Where a quote stands: its document, and the heading right above it."""
    passage = citation.passage
    heading = passage.heading.rpartition(" > ")[2]
    return inline(f"{passage.document} › {heading}").replace("_", " ")
