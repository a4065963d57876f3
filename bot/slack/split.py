"""Cuts what is too long for Slack into pieces that are not: texts at their joints, posts between blocks."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

MOST_BLOCKS = 50
MOST_CHARACTERS = 11_000
"""Slack refuses a message somewhere above 12,000 characters in all its blocks, and says nowhere where."""

LONGEST_FENCE = 40
"""An opening line longer than this is not opened again as it was: it would fill the pieces by itself."""

_FENCE = re.compile(r"^(```+)[^\n`]*$", re.MULTILINE)
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")
_JOINTS = ("\n\n", "\n", ". ", "; ", " ")


def pieces(text: str, most: int) -> Iterator[str]:
    """The text in pieces of at most `most` characters: cut at paragraphs, else lines, sentences, words.

    An open fence of code is closed at the end of a piece and opened again in the next; an escape is never
    cut in two. Nothing is given for a text without anything to see.
    """
    rest, fence = text.strip("\n"), ""
    while len(fence) + len(rest) > most or (fence and len(rest) + len(fence) + 4 > most):
        room = most - len(fence) - 8
        head, rest = _cut(rest, room)
        piece = fence + head
        fence = _open_fence(piece)
        if piece.strip():
            yield piece + ("\n```" if fence else "")
    if (fence + rest).strip():
        yield fence + rest


def posts(blocks: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The blocks in messages that Slack takes; what is to be tapped stays with what stands above it."""
    found: list[list[dict[str, Any]]] = []
    size = 0
    for group in _groups(blocks):
        weight = sum(map(characters, group))
        full = found and (len(found[-1]) + len(group) > MOST_BLOCKS or size + weight > MOST_CHARACTERS)
        if not found or full:
            found.append([])
            size = 0
        found[-1] += group
        size += weight
    return found


def characters(block: dict[str, Any]) -> int:
    """How long a block is; its punctuation counts as well, to be on the safe side."""
    return len(json.dumps(block, ensure_ascii=False))


def _groups(blocks: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    held: list[dict[str, Any]] = []
    for block in blocks:
        if held and block["type"] != "actions" and held[-1]["type"] not in ("header", "divider"):
            yield held
            held = []
        held = [*held, block]
    if held:
        yield held


def _cut(text: str, room: int) -> tuple[str, str]:
    """The text up to the last joint within `room`, and what follows; a joint too early is not used."""
    for joint in _JOINTS:
        at = text.rfind(joint, room // 3, room)
        if at > 0:
            end = at + len(joint.rstrip(" \n"))
            return text[:end], text[at + len(joint) :]
    head = text[:room]
    half = _HALF_ENTITY.search(head)
    end = half.start() if half and half.start() else room
    return text[:end], text[end:]


def _open_fence(text: str) -> str:
    """The opening line of a fence that the text leaves open, with its line end; empty if it leaves none."""
    opened = ""
    for found in _FENCE.finditer(text):
        line = found[0] if len(found[0]) <= LONGEST_FENCE else "```"
        opened = "" if opened else line + "\n"
    return opened
