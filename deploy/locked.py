"""Print the part of requirements.lock that some packages need, hashes and all.

    python -m deploy.locked sextant-bot       what the bot needs when it runs; no tool of its makers
    python -m deploy.locked sextant-bot[otel] the same, and what an extra needs
    python -m deploy.locked hatchling         what builds its wheel

The image, `make sbom` and `make audit` use it, so that there is one lock. It needs nothing but Python.
"""

import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOT = "sextant-bot"
_PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\\n]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^ +# (?:via )? *(?P<name>[a-z0-9][a-z0-9._-]*)(?: \(pyproject\.toml\))?$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry of the lock. A package has several where its version depends on Python's."""

    text: str
    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    asked_by: frozenset[str]
    """The packages that need it; the bot itself is among them for its tools too."""


def pins(lock: str) -> list[Pin]:
    """Every entry of a lock, in its order."""
    return [_pin(entry) for entry in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]]


def needed(wanted: set[str], lock: str, project: str) -> list[Pin]:
    """The entries of `lock` that the `wanted` packages need. `project` is the text of pyproject.toml.

    Raises:
        LookupError: the lock has no package of that name.
    """
    found = pins(lock)
    ours = {name for name in wanted if name.partition("[")[0] == BOT}
    kept = (wanted - ours).union(*(direct(project, name[len(BOT) :].strip("[]")) for name in ours))
    unknown = kept - {pin.name for pin in found}
    if unknown:
        raise LookupError(f"requirements.lock has no {', '.join(sorted(unknown))}; run make lock")
    while more := {pin.name for pin in found if pin.asked_by - {BOT} & kept} - kept:
        kept |= more
    return [pin for pin in found if pin.name in kept]


def direct(project: str, extra: str = "") -> set[str]:
    """What the bot itself asks for when it runs, and for an extra, named as in the lock.

    Raises:
        LookupError: there is no extra of that name.
    """
    ours = tomllib.loads(project)["project"]
    if extra and extra not in ours["optional-dependencies"]:
        raise LookupError(f"pyproject.toml has no extra {extra}")
    asked = ours["dependencies"] + (ours["optional-dependencies"][extra] if extra else [])
    return {re.sub(r"[-_.]+", "-", _NAME.match(one)[0]).lower() for one in asked}  # type: ignore[index]


def from_here(wanted: set[str]) -> list[Pin]:
    """What `wanted` need by this checkout's lock."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return needed(wanted, lock, (ROOT / "pyproject.toml").read_text("utf-8"))


def _pin(entry: str) -> Pin:
    found = _PIN.match(entry)
    if found is None:
        raise ValueError(f"requirements.lock: {entry.splitlines()[0]!r} pins nothing; run make lock")
    asked_by = frozenset(via["name"] for via in _VIA.finditer(entry)) - {"via"}
    marker = (found["marker"] or "").strip()
    return Pin(entry, found["name"], found["version"], marker, tuple(_HASH.findall(entry)), asked_by)


def main(wanted: Sequence[str]) -> None:
    if not wanted or any(name.startswith("-") for name in wanted):
        sys.exit("usage: python -m deploy.locked NAME…")
    try:
        sys.stdout.writelines(pin.text for pin in from_here(set(wanted)))
    except (LookupError, ValueError) as error:
        sys.exit(f"deploy.locked: {error.args[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
