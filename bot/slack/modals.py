"""Modals: another lever with a reason, what is not right, and where to share a verdict."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.names import LEVERS
from bot.slack import blocks as kit
from bot.slack.blocks import Block
from bot.taps import Tap

CALLBACK = "sextant_view"
LONGEST_NOTE = 1000
_LEVER, _NOTE, _CHANNEL = "lever", "note", "channel"


@dataclass(frozen=True, slots=True)
class Origin:
    """The thread that a modal is about, and the turn whose button opened it."""

    channel: str
    key: str
    turn: str


def other_lever(origin: Origin, verdict: str) -> dict[str, Any]:
    """Choose another lever than the verdict's, and say why."""
    levers = [(key, name) for key, name in LEVERS.items() if key != verdict]
    options = [kit.option(_capital(name), key) for key, name in levers]
    return _modal(
        "log",
        origin,
        "Another lever",
        "Log it",
        _input(_LEVER, "What do you decide?", kit.select("Choose a lever", _LEVER, options)),
        _note("Why?", "What the verdict did not know", optional=True),
    )


def not_right(origin: Origin) -> dict[str, Any]:
    """Say what is not right about a verdict."""
    note = _note("What is not right?", "Your words are kept for those who look after the guidance")
    return _modal("not_right", origin, "Not right", "Send", note)


def share(origin: Origin) -> dict[str, Any]:
    """Choose the channel in which a verdict is shown."""
    element = {
        "type": "conversations_select",
        "action_id": _CHANNEL,
        "placeholder": kit.plain("Choose a channel"),
        "filter": {
            "include": ["public", "private"],
            "exclude_bot_users": True,
            "exclude_external_shared_channels": True,
        },
    }
    return _modal("share", origin, "Share the verdict", "Share", _input(_CHANNEL, "Where?", element))


def origin_of(view: Mapping[str, Any]) -> Origin | None:
    """The thread that a submitted modal is about; None when it names none."""
    try:
        held = json.loads(str(view.get("private_metadata", "")))
        return Origin(str(held["channel"]), str(held["key"]), str(held["turn"]))
    except (ValueError, KeyError, TypeError):
        return None


def tap_of(act: str, view: Mapping[str, Any], turn: str) -> Tap | None:
    """What a submitted modal says; None when it says nothing."""
    values = (view.get("state") or {}).get("values") or {}

    def given(block: str) -> str:
        held = (values.get(block) or {}).get(block) or {}
        chosen = (held.get("selected_option") or {}).get("value")
        return str(chosen or held.get("selected_conversation") or held.get("value") or "").strip()

    match act:
        case "log" if given(_LEVER) in LEVERS:
            return Tap("log", turn, lever=given(_LEVER), note=given(_NOTE))
        case "not_right" if given(_NOTE):
            return Tap("not_right", turn, note=given(_NOTE))
        case "share" if given(_CHANNEL):
            return Tap("share", turn, (given(_CHANNEL),))
    return None


def refusal(view: Mapping[str, Any], said: str) -> dict[str, str]:
    """Why a modal cannot be taken, to be shown under its first field; what was typed stays."""
    blocks = view.get("blocks") or [{}]
    return {str(blocks[0].get("block_id") or _NOTE): said}


def _modal(act: str, origin: Origin, title: str, submit: str, *inputs: Block) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": f"{CALLBACK}_{act}",
        "private_metadata": json.dumps(asdict(origin)),
        "title": kit.plain(title),
        "submit": kit.plain(submit),
        "close": kit.plain("Cancel"),
        "blocks": list(inputs),
    }


def _input(block: str, label: str, element: dict[str, Any], optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": kit.plain(label),
        "element": element,
        "optional": optional,
    }


def _note(label: str, placeholder: str, optional: bool = False) -> Block:
    element = {
        "type": "plain_text_input",
        "action_id": _NOTE,
        "multiline": True,
        "max_length": LONGEST_NOTE,
        "placeholder": kit.plain(placeholder),
    }
    return _input(_NOTE, label, element, optional)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
