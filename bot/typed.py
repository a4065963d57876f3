"""What people type in answer to a numbered question, beside the number itself: ordinals, and slips."""

import re

from decision.verdict import Question

_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_ORDINAL = re.compile(
    rf"\b(?:(?P<word>{'|'.join(_ORDINALS)})|(?P<digits>[1-9])(?:st|nd|rd|th)|(?P<last>last))\b", re.IGNORECASE
)
_AROUND = re.compile(
    r"\b(?:the|one|ones|option|options|answer|answers|number|and|i'd|i|it's|its|is|say|choose|pick|take|please)\b"
    r"|[\W_]",
    re.IGNORECASE,
)
"""Words that may stand beside an ordinal where it is the whole answer."""
_NUMBERS = re.compile(r"^\W*\d{1,3}(?:(?:\s*(?:,|;|and|&|\+|/)\s*|\s+)\d{1,3})*\W*$", re.IGNORECASE)


def numbered(message: str, question: Question) -> str:
    """The message with ordinals as numbers, where nothing else is said: "the last one" of six is "6"."""
    if not _ORDINAL.search(message) or _AROUND.sub("", _ORDINAL.sub("", message)):
        return message
    found = [_place(match, len(question.options)) for match in _ORDINAL.finditer(message)]
    return " ".join(map(str, dict.fromkeys(found)))


def slip(message: str, question: Question) -> str:
    """How a number that answers nothing can be typed right, or an empty text when it is no number."""
    if not _NUMBERS.match(message):
        return ""
    last = len(question.options)
    if any(not 1 <= int(number) <= last for number in re.findall(r"\d+", message)):
        return f"Type a number from 1 to {last}, or say it in your own words."
    return "This question takes one answer: type the number that fits best, or say it in your own words."


def _place(match: re.Match[str], last: int) -> int:
    if match["last"]:
        return last
    return int(match["digits"]) if match["digits"] else _ORDINALS.index(match["word"].lower()) + 1
