"""Checks requests and frames against the published schemas of Discord, where they are at hand."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7, DRAFT202012

SKIPPED = "the schemas of Discord are not beside this checkout"


def folder() -> Path | None:
    """Where the schemas are; also beside a checkout that is deeper down."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "shared" / "specs" / "discord" / "openapi.json").is_file():
            return parent / "shared" / "specs" / "discord"
    return None


@lru_cache(maxsize=1)
def _api() -> tuple[Any, Any, list[tuple[re.Pattern[str], str]]]:
    here = folder()
    assert here is not None
    document = json.loads((here / "openapi.json").read_text("utf-8"))
    registry: Any = Registry().with_resource("urn:api", Resource(document, DRAFT202012))
    paths = sorted(document["paths"], key=lambda path: path.count("{"))
    patterns = [
        (re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) + "$"), path) for path in paths
    ]
    return document, registry, patterns


@lru_cache(maxsize=256)
def _request(method: str, path: str) -> Any:
    document, registry, _ = _api()
    body = document["paths"][path].get(method.lower(), {}).get("requestBody")
    if body is None:
        return None
    escaped = path.replace("~", "~0").replace("/", "~1")
    pointer = f"#/paths/{escaped}/{method.lower()}/requestBody/content/application~1json/schema"
    return Draft202012Validator({"$ref": f"urn:api{pointer}"}, registry=registry)


def wrong_request(method: str, path: str, body: Any) -> list[str]:
    """What is wrong with a request, in words; nothing where there are no schemas."""
    if folder() is None:
        return []
    _, _, patterns = _api()
    known = next((name for pattern, name in patterns if pattern.match(path)), None)
    if known is None:
        return [f"{method} {path} is not in the API"]
    if method.lower() not in _api()[0]["paths"][known]:
        return [f"{known} knows no {method}"]
    validator = _request(method, known)
    if validator is None or body is None:
        return []
    return [
        f"{method} {known}: {error.json_path}: {_deepest(error)}" for error in validator.iter_errors(body)
    ]


@lru_cache(maxsize=1)
def _gateway() -> Any:
    here = folder()
    assert here is not None
    document = json.loads((here / "gateway.schema.json").read_text("utf-8"))
    return Registry().with_resource("urn:gateway", Resource(document, DRAFT7))


@lru_cache(maxsize=16)
def _dispatch(name: str) -> Any:
    return Draft7Validator({"$ref": f"urn:gateway#/definitions/{name}"}, registry=_gateway())


DISPATCHES = {
    "READY": "GatewayReadyDispatch",
    "MESSAGE_CREATE": "GatewayMessageCreateDispatch",
    "INTERACTION_CREATE": "GatewayInteractionCreateDispatch",
}


def wrong_dispatch(frame: dict[str, Any]) -> list[str]:
    """What is wrong with a frame that the stand-in sends."""
    name = DISPATCHES.get(frame["t"])
    if folder() is None or name is None:
        return []
    return [
        f"{frame['t']}: {error.json_path}: {_deepest(error)}" for error in _dispatch(name).iter_errors(frame)
    ]


def _deepest(error: Any) -> str:
    while error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    return f"{'.'.join(map(str, error.absolute_path))} {error.message}"[:400]
