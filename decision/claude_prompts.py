"""The prompts, which stand as text in `decision/prompts`, and the version under which a turn logs them."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

FIRST_LINE = "version: "


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text that a request begins with. The version ends in a hash of all of it, as it is sent."""

    version: str
    text: str


def prompt(name: str, more: str = "") -> Prompt:
    """The packaged prompt of this name, with text of this policy at its end."""
    date, text = _packaged(name)
    whole = f"{text}{more}"
    return Prompt(f"{name} {date}+{sha256(whole.encode()).hexdigest()[:8]}", whole)


@lru_cache
def _packaged(name: str) -> tuple[str, str]:
    first, _, text = files("decision").joinpath("prompts", f"{name}.md").read_text("utf-8").partition("\n")
    if not first.startswith(FIRST_LINE):
        raise ValueError(f"the prompt {name!r} must begin with a line {FIRST_LINE!r}")
    return first.removeprefix(FIRST_LINE).strip(), text.strip() + "\n"
