"""What nobody should send: real samples with something taken away, swapped, nested or blown up."""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        (
            *(
                "",
                " ",
                "\0",
                "\n" * 50,
                "\ud800",
                "\u202e gnirts",
                "a\u0301" * 300,
                "\U0001f468\u200d\U0001f469" * 99,
            ),
            *(
                "<@UBOT>",
                "<@UBOT> help",
                "<!channel>",
                "<https://x|y>",
                "*_~`" * 40,
                "../../etc/passwd",
                "%s%n{0}",
            ),
            *(
                "9" * 5000,
                "-1",
                "0x7f",
                "1e400",
                "١٢٣",
                "²",
                "answer:x:0",
                "log this decision by " + "x" * 400,
            ),
            *(
                "'; DROP TABLE inbox; --",
                "A" * 70_000,
                "decide now",
                "digest here monday 25:99",
                "outcome d-x worked",
            ),
            *('{"a":', "[[[[", "NaN", "null", "\x1b[2J", "\u2028", "ß" * 500, "İ" * 90, "x" * 4096),
        )
    ),
)
"""What may stand where a text is expected."""

NESTED: Any = None
for _ in range(60):
    NESTED = {"a": [NESTED]}

VALUES = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.sampled_from((0, -1, 1, 2**31, 2**63, 10**30, -(10**30), 0.5, 1e308, float("inf"), float("nan"))),
    st.sampled_from(([], {}, [[]], [None], [{}], {"": {}}, {"id": None}, [1, "a"], NESTED)),
)
"""What may stand where anything is expected."""


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """Every place in a document but the whole."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inner:
        yield (*here, key)
        yield from paths(held, (*here, key))


def _owner(body: Any, path: Path) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body


@st.composite
def mutated(draw: st.DrawFn, samples: Sequence[Any], most: int = 4) -> Any:
    """One of the samples, with up to so many changes anywhere in it."""
    body = deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(0, most))):
        found = list(paths(body))
        if not found:
            break
        path = draw(st.sampled_from(found))
        _change(draw, body, path, samples)
    return body


def _change(draw: st.DrawFn, body: Any, path: Path, samples: Sequence[Any]) -> None:
    owner, key = _owner(body, path), path[-1]
    match draw(st.sampled_from(("drop", "value", "text", "nest", "many", "move", "add"))):
        case "drop":
            del owner[key]
        case "value":
            owner[key] = deepcopy(draw(VALUES))
        case "text":
            owner[key] = draw(TEXTS)
        case "nest":
            owner[key] = draw(st.sampled_from(([owner[key]], {"value": owner[key]}, str(owner[key]))))
        case "many":
            owner[key] = [owner[key]] * draw(st.sampled_from((2, 300)))
        case "move":
            other = draw(st.sampled_from(samples))
            found = list(paths(other))
            if found:
                place = draw(st.sampled_from(found))
                owner[key] = deepcopy(_owner(other, place)[place[-1]])
        case "add" if isinstance(owner, dict):
            owner[draw(TEXTS)] = deepcopy(draw(VALUES))


@st.composite
def garbled(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """Bytes of a sample, cut, doubled, flipped or with something put in; or none of it."""
    raw = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(raw)))
        end = min(at + draw(st.integers(0, 40)), len(raw))
        match draw(st.sampled_from(("cut", "end", "put", "double", "flip"))):
            case "cut":
                raw = raw[:at] + raw[end:]
            case "end":
                raw = raw[:at]
            case "put":
                raw = raw[:at] + draw(st.binary(max_size=12)) + raw[at:]
            case "double":
                raw = raw[:end] + raw[at:]
            case "flip":
                raw = raw[:at] + bytes(255 - byte for byte in raw[at:end]) + raw[end:]
    return raw


def as_json(value: Any) -> bytes:
    """As a careless sender writes it."""
    return json.dumps(value).encode()
