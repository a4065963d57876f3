"""What leads review in App Home, and the modals in which they say why."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat_reviews import CONSOLE, DUE, LINK_LASTS, NOTHING_WAITS, OWN_THREADS, Waiting
from bot.names import LEVERS
from bot.slack import blocks as kit
from bot.slack.around import Around
from bot.slack.blocks import Block
from bot.slack.mrkdwn import escape, inline

APPROVE, OVERRIDE, COMMENT = "review_approved", "review_overridden", "review_commented"
LOOK = "review_look"
OPEN_CONSOLE = "console_link"
CALLBACK = "sextant_review"
MOST_SHOWN = 10
LONGEST_REASON = 2000
LONGEST_TITLE = 100
LONGEST_NOTE = 300
LEVER, REASON, DAY = "lever", "reason", "day"


@dataclass(frozen=True, slots=True)
class About:
    """Which decision a button or a modal is about, and how many reviews it had when it was shown."""

    decision: str
    reviews: int

    @property
    def carried(self) -> str:
        """As a button carries it."""
        return f"{self.decision}:{self.reviews}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A modal that was sent off."""

    about: About
    what: str
    reason: str
    lever: str
    look: str = ""


def about(carried: str) -> About | None:
    """What a button carries; None when it is not ours."""
    decision, _, count = carried.rpartition(":")
    return About(decision, int(count)) if decision and count.isascii() and count.isdigit() else None


def reviewable(waiting: tuple[Waiting, ...], around: Around) -> Iterator[Block]:
    """Each decision that waits, with why in a line and what a lead can do."""
    yield from kit.sections("*Waiting for a review*" + ("" if waiting else f"\n{NOTHING_WAITS}"))
    for one in waiting:
        carried = About(one.decision, one.reviews).carried
        yield from kit.sections(_said(one, around))
        yield from kit.actions(
            (
                kit.button("Approve", APPROVE, carried, "primary"),
                kit.button("Override…", OVERRIDE, carried),
                kit.button("Comment…", COMMENT, carried),
                kit.button("Look again…", LOOK, carried),
            )
        )


def beside(rest: str, due: tuple[str, ...]) -> Iterator[Block]:
    """How many more wait, and what is worth another look."""
    if rest:
        yield from kit.context(escape(rest))
    if due:
        yield from kit.sections("\n".join([f"*{DUE}*", *(f"• {inline(one, 300)}" for one in due)]))


def console(lead: bool) -> Iterator[Block]:
    """The way into the console."""
    yield from kit.actions((kit.button(CONSOLE if lead else OWN_THREADS, OPEN_CONSOLE, "console"),))


def modal(what: str, one: Waiting) -> dict[str, Any]:
    """Override with another lever and a reason, or comment, or no more than a day for another look."""
    override, look = what == "overridden", what == "look"
    fields = []
    if override:
        levers = [kit.option(name[:1].upper() + name[1:], key) for key, name in LEVERS.items()]
        others = [option for option in levers if option["value"] != one.lever]
        fields.append(_input(LEVER, "What is to hold instead?", kit.select("Choose a lever", LEVER, others)))
    reason = {
        "type": "plain_text_input",
        "action_id": REASON,
        "multiline": True,
        "max_length": LONGEST_REASON,
    }
    day = {"type": "datepicker", "action_id": DAY, "placeholder": kit.plain("Choose a day")}
    if look:
        fields += [
            _input(DAY, "When?", day),
            _input(REASON, "What to look for", {**reason, "max_length": LONGEST_NOTE}, optional=True),
        ]
    else:
        fields += [
            _input(REASON, "Why?" if override else "Your comment", reason),
            _input(DAY, "Look at it again on", day, optional=True),
        ]
    name = {"overridden": "Override", "look": "Look again"}.get(what, "Comment")
    held = {"decision": one.decision, "reviews": one.reviews}
    return {
        "type": "modal",
        "callback_id": f"{CALLBACK}_{what}",
        "private_metadata": json.dumps(held),
        "title": kit.plain(name),
        "submit": kit.plain("Set the day" if look else name),
        "close": kit.plain("Cancel"),
        "blocks": [*kit.sections(_said(one, Around())), *fields],
    }


def way_in(url: str) -> dict[str, Any]:
    """A modal with the link: only who opened it sees it, and no history keeps it."""
    button = {**kit.link(CONSOLE, "console_opened", url), "style": "primary"}
    return {
        "type": "modal",
        "callback_id": "sextant_console",
        "title": kit.plain("The review console"),
        "close": kit.plain("Close"),
        "blocks": [*kit.sections(LINK_LASTS), *kit.actions((button,))],
    }


def sorry(said: str) -> dict[str, Any]:
    """A modal that says why something cannot be done."""
    return {
        "type": "modal",
        "callback_id": "sextant_sorry",
        "title": kit.plain("Not reviewed"),
        "close": kit.plain("Close"),
        "blocks": list(kit.sections(escape(said))),
    }


def sent(view: Mapping[str, Any]) -> Sent | None:
    """What a modal says; None when it is not ours."""
    what = str(view.get("callback_id", "")).removeprefix(f"{CALLBACK}_")
    try:
        held = json.loads(str(view.get("private_metadata", "")))
        found = About(str(held["decision"]), int(held["reviews"]))
    except (ValueError, KeyError, TypeError):
        return None
    values = (view.get("state") or {}).get("values") or {}

    def given(block: str) -> Mapping[str, Any]:
        return (values.get(block) or {}).get(block) or {}

    chosen = (given(LEVER).get("selected_option") or {}).get("value")
    reason, day = given(REASON).get("value"), given(DAY).get("selected_date")
    return Sent(found, what, str(reason or "").strip(), str(chosen or ""), str(day or ""))


def _said(one: Waiting, around: Around) -> str:
    by = f", by {inline(one.by, 80)}" if one.by else ""
    why = f"\n{inline(one.why)}" if one.why else ""
    title = around.named(one.title, one.where, LONGEST_TITLE)
    return f"*{title}*\n`{escape(one.decision)}` *{one.named}*{by}{why}"


def _input(block: str, label: str, element: dict[str, Any], optional: bool = False) -> Block:
    made = {"type": "input", "block_id": block, "label": kit.plain(label), "element": element}
    return {**made, "optional": True} if optional else made
