"""The templates, and how they show values: what a lever is called, a day, a share. All output is escaped."""

import re
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.console import charts
from bot.digest_wording import RESULTS
from bot.names import DIAGNOSES, LEVERS, ONE_WORD
from bot.wording import plain_day

_WRAPPED = re.compile(r"(?<!\n)\n(?!\n|\s*(?:[-*]|\d+[.)]) )")
FOLDER = Path(__file__).parent

STATES = {"logged": "waits for review", "approved": "approved", "overridden": "overridden"}
PLATFORMS = {"slack": "Slack", "discord": "Discord", "terminal": "Terminal"}
SORTS = {
    "newest": "newest first",
    "oldest": "oldest first",
    "surest": "surest first",
    "least_sure": "least sure first",
}


def lever(name: str) -> str:
    """A lever as it stands at the head of a line."""
    said = ONE_WORD.get(name, name)
    return said[:1].upper() + said[1:]


def day(moment: datetime) -> Markup:
    """A moment as its day, with all of it for whoever points at it."""
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        moment.isoformat(timespec="seconds"), f"{moment:%Y-%m-%d %H:%M}", f"{moment.day} {moment:%b %Y}"
    )


def moment(at: datetime) -> Markup:
    """A moment to the minute; whose clock it is stands there, since nobody's is known."""
    return Markup('<time datetime="{}">{} UTC</time>').format(
        at.isoformat(timespec="seconds"), f"{at.day} {at:%b %Y, %H:%M}"
    )


def flowing(text: str) -> str:
    """A passage with its lines joined, but for those that begin an item of a list or a paragraph."""
    return _WRAPPED.sub(" ", text)


def share(value: float) -> str:
    """A share of one, in per cent."""
    return f"{value:.0%}"


def money(value: float) -> str:
    """Dollars, as precise as their size."""
    return f"${value:,.0f}" if value >= 10 else f"${value:,.2f}"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        lever=lever,
        day=day,
        plain_day=plain_day,
        flowing=flowing,
        share=share,
        money=money,
        moment=moment,
        state=lambda name: STATES.get(name, name),
        outcome=lambda name: RESULTS.get(name, name),
        failure=lambda name: DIAGNOSES.get(name, name),
    )
    made.globals.update(
        bar=charts.bar,
        levers=LEVERS,
        failures=DIAGNOSES,
        states=STATES,
        outcomes=RESULTS,
        platforms=PLATFORMS,
        sorts=SORTS,
    )
    return made


TEMPLATES = _environment()
