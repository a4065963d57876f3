"""Verdicts and questions as JSON, small enough to keep for ever.

A citation is kept as the passage's id, document and heading with the quote, without the passage's text: the
guidance may change later, and what was said then must stay readable.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from decision.citation import Citation
from decision.verdict import Question, Verdict

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_CITATION = {"passage", "document", "heading", "quote"}


def to_json(value: Verdict | Question | Mapping[str, Any]) -> str:
    """Compact JSON; a value that was read back gives the same text again."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def verdict_from(text: str) -> Verdict:
    """The verdict kept as `text`; passages hold the quotes only. ValueError when it does not fit."""
    verdict: Verdict = _adapter(Verdict).validate_python(_whole(json.loads(text)))
    return verdict


def question_from(text: str) -> Question:
    """The question kept as `text`; passages hold the quotes only. ValueError when it does not fit."""
    question: Question = _adapter(Question).validate_python(_whole(json.loads(text)))
    return question


@lru_cache
def _adapter(kind: type) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _plain(value: Any) -> Any:
    if isinstance(value, Citation):
        passage = value.passage
        return {
            "passage": passage.id,
            "document": passage.document,
            "heading": passage.heading,
            "quote": value.quote,
        }
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(held) for held in value]
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == _CITATION:
            passage = {
                "id": value["passage"],
                "document": value["document"],
                "heading": value["heading"],
                "text": value["quote"],
            }
            return {"passage": passage, "quote": value["quote"]}
        return {key: _whole(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_whole(held) for held in value]
    return value
