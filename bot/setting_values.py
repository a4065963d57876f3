"""How the text of each setting is read, and what is said of one that cannot be."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from bot.durations import read_duration

ReaderChoice = Literal["auto", "offline", "claude"]
Provider = Literal["anthropic", "bedrock", "vertex"]
LogForm = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
READERS: tuple[ReaderChoice, ...] = get_args(ReaderChoice)
PROVIDERS: tuple[Provider, ...] = get_args(Provider)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "reader": READERS,
    "provider": PROVIDERS,
    "log": get_args(LogForm),
    "log_level": get_args(LogLevel),
}
_LEAD = re.compile(r"(?:slack|discord):[A-Za-z0-9]+(?::[A-Za-z0-9]+)?")
_YES, _NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")


def read_value(name: str, title: str, value: str, problems: list[str]) -> object:
    """What a setting's text says; anything after a problem was added. `title` is the variable's name."""
    if name in _READ:
        return _READ[name](title, value, problems)
    match name:
        case "reader" | "provider" | "log" | "log_level":
            if value not in _CHOICES[name]:
                problems.append(f"{title} is {value!r}; set it to one of {', '.join(_CHOICES[name])}")
        case "slack_admit_guests" | "discord_message_content":
            if value.lower() not in (*_YES, *_NO):
                problems.append(f"{title} is {value!r}; set it to yes or no")
            return value.lower() in _YES
        case "bind" if not _is_address(value):
            problems.append(f"{title} is {value!r}; set it to an address and a port, as 127.0.0.1:8321")
        case "anthropic_base_url" | "slack_api_url" | "discord_api_url" | "public_url" | "otlp_endpoint":
            if not _is_url(value):
                problems.append(f"{title} is {value!r}; set it to an address that begins with https://")
            elif name == "public_url" and urlsplit(value)[2:] not in (("", "", ""), ("/", "", "")):
                problems.append(
                    f"{title} is {value!r}; leave the path out: the console is at an address's root"
                )
    return value


def _is_address(value: str) -> bool:
    host, _, port = value.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and int(port) <= 65535


def _is_url(value: str) -> bool:
    try:
        return value.startswith(("https://", "http://")) and bool(urlsplit(value).hostname)
    except ValueError:
        return False


def _leads(title: str, value: str, problems: list[str]) -> tuple[str, ...]:
    leads = tuple(one.strip() for one in value.split(",") if one.strip())
    wrong = [one for one in leads if not _LEAD.fullmatch(one)]
    problems += [f"{title} names {one!r}; write slack:U…, discord:… or slack:T…:U…" for one in wrong]
    return leads


def _number(title: str, value: str, problems: list[str]) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        problems.append(f"{title} is {value!r}; set it to a number, 0 or more")
        return 0.0
    return number


def _whole(title: str, value: str, problems: list[str]) -> int:
    number = _number(title, value, problems)
    if number != int(number):
        problems.append(f"{title} is {value!r}; set it to a whole number, 0 or more")
    return int(number)


def _span(title: str, value: str, problems: list[str]) -> timedelta | None:
    kept = read_duration(value)
    if kept is None:
        problems.append(f"{title} is {value!r}; set it to a time such as 90d, 26 weeks or 2 years")
    return kept


_READ: Mapping[str, Callable[[str, str, list[str]], object]] = {
    "model_seconds": _number,
    "monthly_budget": _number,
    "person_rate": _whole,
    "leads": _leads,
    "keep_messages": _span,
    "keep_evidence": _span,
    "keep_decisions": _span,
}


def read_path(values: Mapping[str, str], name: str, problems: list[str]) -> Path | None:
    """The path of a setting, or None when it is unset; a problem is added when its home is unknown."""
    if not values.get(name):
        return None
    try:
        return Path(values[name]).expanduser()
    except RuntimeError:
        problems.append(f"{name} is {values[name]!r}, whose home folder is unknown; write the path in full")
        return None
