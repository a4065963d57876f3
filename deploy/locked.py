"""Print the part of requirements.lock that some packages need, hashes and all.

    python deploy/locked.py sextant-bot       what the bot needs when it runs; no tool of its makers
    python deploy/locked.py hatchling         what builds its wheel

The image, `make sbom` and `make audit` use it, so that there is one lock. It needs nothing but Python.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOT = "sextant-bot"
_PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==")
_VIA = re.compile(r"^ +# (?:via )? *(?P<name>[a-z0-9][a-z0-9._-]*)(?: \(pyproject\.toml\))?$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def needed(wanted: set[str], lock: str, project: str) -> str:
    """The lines of `lock` that the `wanted` packages need. `project` is the text of pyproject.toml.

    Raises:
        LookupError: the lock has no package of that name.
    """
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    names = [_PIN.match(entry)["name"] for entry in entries]  # type: ignore[index]
    unknown = wanted - {BOT, *names}
    if unknown:
        raise LookupError(f"requirements.lock has no {', '.join(sorted(unknown))}; see pyproject.toml")
    kept = wanted - {BOT} | (_direct(project) if BOT in wanted else set())
    by = [{via["name"] for via in _VIA.finditer(entry)} - {BOT, "via"} for entry in entries]
    while more := {name for name, askers in zip(names, by, strict=True) if askers & kept} - kept:
        kept |= more
    return "".join(entry for name, entry in zip(names, entries, strict=True) if name in kept)


def _direct(project: str) -> set[str]:
    """What the bot itself asks for when it runs, named as in the lock."""
    asked = tomllib.loads(project)["project"]["dependencies"]
    return {re.sub(r"[-_.]+", "-", _NAME.match(one)[0]).lower() for one in asked}  # type: ignore[index]


def main() -> None:
    wanted = set(sys.argv[1:])
    if not wanted or any(name.startswith("-") for name in wanted):
        sys.exit("usage: python deploy/locked.py NAME…")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    try:
        sys.stdout.write(needed(wanted, lock, project))
    except LookupError as error:
        sys.exit(f"locked.py: {error.args[0]}")


if __name__ == "__main__":
    main()
