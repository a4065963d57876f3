"""What a person types about digests and outcomes: a few set phrases, read without any state.

“digest here monday 09:00 Europe/Berlin”, “digest pause”, “outcome d-7f3k worked: solved 61 % to 83 %”.
"""

import re
from dataclasses import dataclass
from typing import Literal

from bot.zones import zone_named
from storage.records import Result

Act = Literal["subscribe", "pause", "resume", "end", "preview", "show"]

MOST_CHARACTERS = 400
"""A longer message is a description, whatever it begins with."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = rf"(?P<day>{'|'.join(f'{name}|{name[:3]}' for name in WEEKDAYS)})s?"
_TIME = r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?\s*(?P<half>am|pm)?"
_ACTS: dict[str, Act] = {
    "pause": "pause",
    "resume": "resume",
    "stop": "end",
    "off": "end",
    "end": "end",
    "unsubscribe": "end",
    "preview": "preview",
    "now": "preview",
    "status": "show",
    "when": "show",
    "help": "show",
    "": "show",
}
_DIGEST = re.compile(
    rf"\W*digest(?:\s+(?P<act>{'|'.join(filter(None, _ACTS))}))?(?:\s+(?:here|please))?\W*", re.IGNORECASE
)
_SUBSCRIBE = re.compile(r"\W*digest\s+(?P<here>here\b)?(?P<when>.*)", re.IGNORECASE | re.DOTALL)
_WHEN = re.compile(
    rf"\W*(?:(?:on|every|each|weekly)\s+)*{_DAY}(?:,?\s+(?:at\s+)?{_TIME})?"
    r"(?:,?\s+(?:in\s+)?(?P<zone>[\w/+ -]+?))?\W*",
    re.IGNORECASE,
)
_ONLY_HERE = re.compile(r",?\s*\bonly (?:here|(?:from |of )?this channel)\b", re.IGNORECASE)
_SILENT = re.compile(
    r",?\s*\b(?:silent when empty|(?:skip|not in|no) (?:empty|quiet) weeks?|quiet when empty)\b",
    re.IGNORECASE,
)

_RESULTS: dict[Result, str] = {
    "did_not_work": r"(?:it )?(?:did(?: not|n['’]t) (?:work|help)|failed)|no",
    "worked": r"(?:it )?(?:worked|helped)|yes",
    "partly": r"(?:it )?(?:worked |helped )?(?:partly|in part|partially|somewhat)",
    "too_early": r"too early(?: to (?:say|tell))?|not yet",
}
_OUTCOME = re.compile(
    r"\W*outcome\b(?:\s+(?:of\s+)?(?P<id>d-[0-9a-z]{4,12}))?"
    rf"(?:\s*:?\s*(?P<result>{'|'.join(f'(?:{words})' for words in _RESULTS.values())}))?"
    r"(?:[\s.!?]*|\s*[:,;.–—-]+\s*(?P<note>\S.*?)\s*)",
    re.IGNORECASE | re.DOTALL,
)
_OUTCOME_OF = re.compile(
    r"\W*outcome\b[\s:]*(?:(?:of\s+)?(?P<id>d-[0-9a-z]{4,12})"
    r"|(?:it )?(?:worked|helped|did(?: not|n['’]t) (?:work|help)))\b",
    re.IGNORECASE,
)
"""The beginning of what can only be an outcome, whatever it goes on with."""
_UNIT = r"(?:%|percent|points?|ms|s|k|m|h|hours?|days?|minutes?|min|€|\$|stars?)"
_NUMBER = rf"[€$£]?\d[\d.,]{{0,20}}(?:\s?{_UNIT})?(?!\w)"
_PAIR = re.compile(
    rf"(?P<from>\bfrom\s{{1,3}})?(?<![\w.,])(?P<before>{_NUMBER})\s{{0,3}}(?:to|→|->|-->|=>)\s{{0,3}}"
    rf"(?P<after>{_NUMBER})",
    re.IGNORECASE,
)
_MEASURES = re.compile(rf"[€$£]|\d\s?{_UNIT}$|\d\.\d", re.IGNORECASE)
"""What makes a number one that was measured, and not one of engineers."""

_LOG_HEAD = re.compile(r"\W*log\b[^:]*", re.IGNORECASE)
_ASK_IN = re.compile(
    r",?\s*(?:\band\s+)?\bask(?:\s+(?:me|us))?(?:\s+again)?\s+(?:in|after)\s+"
    r"(?P<count>\d{1,3})\s+(?P<unit>day|week|month)s?\b",
    re.IGNORECASE,
)
_NEVER_ASK = re.compile(
    r",?\s*(?:\band\s+)?\b(?:never ask|(?:do not|don['’]t) ask)(?:\s+again)?\b", re.IGNORECASE
)
_DAYS = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class DigestRequest:
    """What is to happen with a channel's digest; `unknown` is a time or zone that could not be read."""

    act: Act
    weekday: int = 0
    hour: int = 9
    minute: int = 0
    zone: str | None = None
    only_here: bool = False
    says_empty: bool = True
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeRequest:
    """How a decision turned out, or None to be asked; an empty decision means the thread's newest."""

    decision: str
    result: Result | None
    note: str = ""


def digest_request(message: str) -> DigestRequest | None:
    """What the whole message asks of the digest, or None when it is about something else."""
    if len(message) > MOST_CHARACTERS:
        return None
    simple = _DIGEST.fullmatch(message)
    if simple is not None:
        return DigestRequest(_ACTS[(simple["act"] or "").lower()])
    found = _SUBSCRIBE.fullmatch(message)
    if found is None:
        return None
    wanted = rhythm_request(found["when"])
    if found["here"]:
        return wanted or DigestRequest("subscribe", unknown=found["when"].strip())
    return None if wanted is None or wanted.unknown else wanted


def rhythm_request(when: str) -> DigestRequest | None:
    """“monday 09:00 Europe/Berlin, only here”; None when no day of the week stands at its beginning."""
    rest, only_here = _ONLY_HERE.subn("", when)
    rest, silent = _SILENT.subn("", rest)
    found = _WHEN.fullmatch(rest)
    if found is None:
        return None
    zone = zone_named(found["zone"]) if found["zone"] else None
    hour, minute = _clock(found)
    unknown = rest.strip() if hour > 23 or minute > 59 or (found["zone"] and zone is None) else ""
    weekday = next(place for place, name in enumerate(WEEKDAYS) if name.startswith(found["day"].lower()))
    return DigestRequest("subscribe", weekday, hour, minute, zone, bool(only_here), not silent, unknown)


def outcome_request(message: str) -> OutcomeRequest | None:
    """What the whole message says about an outcome, or None when it is about something else.

    Where the rest of it is not understood, the outcome is asked about and not guessed.
    """
    if len(message) > MOST_CHARACTERS * 5:
        return None
    found = _OUTCOME.fullmatch(message)
    if found is None or (found["note"] and not found["result"]):
        named = _OUTCOME_OF.match(message)
        return OutcomeRequest((named["id"] or "").lower(), None) if named else None
    said = (found["result"] or "").lower()
    result = next((name for name, words in _RESULTS.items() if said and re.fullmatch(words, said)), None)
    return OutcomeRequest((found["id"] or "").lower(), result, (found["note"] or "").strip())


def measured(note: str) -> tuple[str, str, str, str]:
    """What was measured, before and after, and the rest of a note; empty texts for what is not said."""
    pairs = list(_PAIR.finditer(note))
    if not pairs:
        return "", "", "", note
    found = max(pairs, key=_telling)  # the first of equals
    begin = max(note.rfind(mark, 0, found.start()) for mark in ";\n") + 1
    rest = (note[:begin].strip(" .,;:)\n"), note[found.end() :].strip(" .,;:)\n"))
    return (
        note[begin : found.start()].strip(" ,:("),
        found["before"].strip(" .,"),
        found["after"].strip(" .,"),
        "; ".join(filter(None, rest)),
    )


def _telling(pair: re.Match[str]) -> int:
    return bool(pair["from"]) + 2 * bool(_MEASURES.search(pair["after"].strip(" .,")))


def asked_after(message: str) -> tuple[str, int | None]:
    """“log this decision, ask in 2 weeks: …” without its wait, and the wait in days; None for the usual."""
    head = _LOG_HEAD.match(message)
    if head is None:
        return message, None
    said, rest = message[: head.end()], message[head.end() :]
    found = _ASK_IN.search(said)
    if found is not None:
        days = int(found["count"]) * _DAYS[found["unit"].lower()]
        return said[: found.start()] + said[found.end() :] + rest, days
    never = _NEVER_ASK.search(said)
    return (said[: never.start()] + said[never.end() :] + rest, 0) if never else (message, None)


def _clock(found: re.Match[str]) -> tuple[int, int]:
    if not found["hour"]:
        return 9, 0
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else 99
    return hour, int(found["minute"] or 0)
