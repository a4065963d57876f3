"""Checks what is sent to Slack against its published shapes, where those are at hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

MISSING = "the platforms' schemas are not here (../shared/specs/slack)"

PAYLOADS = "slack_payloads.schema.json"
REQUESTS = "slack_web_api_requests.schema.json"


def here() -> bool:
    """Whether the schemas are at hand."""
    return found().is_dir()


def found() -> Path:
    """Where the schemas are: beside the checkout, or beside any folder above it."""
    for folder in Path(__file__).resolve().parents:
        path = folder / "shared" / "specs" / "slack"
        if path.is_dir():
            return path
    return Path("shared/specs/slack")


def faults(name: str, value: Any, file: str = REQUESTS) -> list[str]:
    """What is wrong with a request of a method such as `chat_postMessage`; empty when all is well."""
    if not here():
        return []
    validator = _validator(file, name)
    if validator is None:
        return []
    return [f"{name}: {_where(error)}" for error in validator.iter_errors(value)]


def manifest_faults(value: Any) -> list[str]:
    """What is wrong with an app's manifest."""
    schema = json.loads((found() / "manifest-schema" / "manifest.schema.2.0.0.json").read_text())
    return [_where(error) for error in jsonschema.Draft7Validator(schema).iter_errors(value)]


@cache
def _validator(file: str, name: str) -> Any:
    schema = _schema(file)
    if name not in schema["definitions"]:
        return None
    return jsonschema.Draft7Validator({**schema, "$ref": f"#/definitions/{name}"})


@cache
def _schema(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((found() / file).read_text())
    return loaded


def _where(error: jsonschema.ValidationError) -> str:
    deepest = error
    while deepest.context:
        deepest = min(deepest.context, key=lambda one: (-len(one.absolute_path), str(one.message)))
    return f"{'/'.join(map(str, deepest.absolute_path))}: {deepest.message[:300]}"
