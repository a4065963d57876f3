"""Text on its way into and out of Slack's own markup.

What goes out is escaped, so that nobody's words can call a channel or forge a link; what comes in is read
back once, in one pass, so that `&amp;lt;` stays what the person typed.
"""

import re
from collections.abc import Mapping

from decision.assess import shortened

_ENTITIES: Mapping[str, str] = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))
_MARK = re.compile(r"<([^<>\n]*)>")


def escape(text: str) -> str:
    """The text as Slack shows it literally; the ampersand first, or it would escape the escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inline(text: str, most: int = 0) -> str:
    """Somebody's words on one line, escaped, at most `most` characters long, opening no code."""
    line = " ".join(text.split()).replace("```", "'''")
    return escape(shortened(line, most) if most else line)


def labelled(url: str, text: str) -> str:
    """A link to an address of our own making, under somebody's words."""
    return f"<{escape(url)}|{inline(text).replace('|', '¦')}>"


def markdown(text: str) -> str:
    """Text for a block of Markdown: emphasis stays, nothing becomes a link, a call or a picture."""
    return re.sub(r"([\[\]])", r"\\\1", escape(text))


def readable(text: str, bot: str = "") -> str:
    """What a person typed, from what Slack sends; the bot's own mention is left out."""
    if bot:
        text = re.sub(rf"<@{re.escape(bot)}(\|[^<>]*)?>[:,]?", " ", text)
    words = _MARK.sub(lambda found: _shown(found[1]), text)
    lines = (" ".join(line.split(" ")).strip() for line in words.splitlines())
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], "\n".join(lines)).strip()


def mentions(text: str) -> frozenset[str]:
    """The ids of the people whom a text calls."""
    return frozenset(re.findall(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>", text))


def _shown(mark: str) -> str:
    target, _, label = mark.partition("|")
    if target.startswith("@"):
        return f"@{label}" if label else "@somebody"
    if target.startswith("#"):
        return f"#{label}" if label else "#channel"
    if target.startswith("!"):
        return label or f"@{target[1:].split('^')[0]}"
    return label or target
