"""Discord's markdown: text that people wrote is shown as they wrote it, and never does anything."""

import re

from decision.assess import shortened

_WORDS = re.compile(
    r"(?P<url>https?://[\w./?=&%:#+-]+)"
    r"|(?P<everyone>@(?=everyone|here))"
    r"|(?P<special>[\\`*_~|\[\]<>#])"
)
_LIST = re.compile(r"^(\s*)(?:([-+])(?=\s)|(\d+)([.)])(?=\s))", re.MULTILINE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
"""Control characters, and those that turn or hide what is written."""


def escaped(text: str) -> str:
    """Text that shows exactly as it is written: no markdown, no mention, no link behind other words."""
    shown = _WORDS.sub(_escape, _UNSEEN.sub("", text))
    return _LIST.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else _number(found), shown)


def line(text: str, most: int = 300) -> str:
    """Text that people wrote, escaped, on one line, shortened to `most` characters before it is escaped."""
    return escaped(shortened(" ".join(text.split()), most))


def quote(text: str) -> str:
    """A block quote; the text is escaped already."""
    return "\n".join(f"> {one}" for one in text.splitlines())


def small(text: str) -> str:
    """Every line as small print; the text is escaped already."""
    return "\n".join(f"-# {one}" if one.strip() else one for one in text.splitlines())


def _escape(found: re.Match[str]) -> str:
    if found["url"]:
        return found["url"]
    if found["everyone"]:
        return "@\u200b"
    return "\\" + found["special"]


def _number(found: re.Match[str]) -> str:
    return f"{found[1]}{found[3]}\\{found[4]}"
