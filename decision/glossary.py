"""Words of other languages in English, so that the reader's English model understands the gist of a message.

Not a translation: known terms are replaced in order and the rest is left as it stands. The person's own words
stay what is quoted.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from decision.sentences import sentences

_WHO = (
    "ceo|cto|cfo|boss|board|management|leadership|investors?|founders?|director|everyone|everybody|they all"
)
_PUSHES = r"wants?|insists?|demands?|says? we (?:should|must)|decided|pushing|is set on|asks? for|told us to"
PRESSURE = re.compile(
    rf"\b(?:{_WHO})\b.{{0,40}}\b(?:{_PUSHES})\b|\b(?:we|they)(?:'ve| have)? (?:already )?decided (?:to|on)\b"
    r"|\bignore (?:your|all|the|any)\b.{0,30}\b(?:instructions|rules|policy)\b|\bplease just say\b",
    re.IGNORECASE,
)
"""Who wants which lever is no evidence (handbook, mistakes/pressure): a gist is read without it."""

UNSPACED = frozenset({"zh", "ja", "ko"})
"""Languages whose terms are found inside words."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence as it was written, and where its gloss stands in the glossed text."""

    sentence: str
    start: int
    end: int


def glossed(message: str, language: str) -> tuple[str, list[Part]]:
    """The message with known terms in English, and its sentences; an English message stays as it is."""
    found = list(_sentences(message, language))
    found = [pair for pair in found if not PRESSURE.search(pair[0])]
    text, parts = "", []
    for sentence, gloss in found:
        start = len(text)
        text += gloss
        parts.append(Part(sentence, start, len(text)))
        text += "\n"
    return text.rstrip("\n"), parts


def _sentences(message: str, language: str) -> Iterator[tuple[str, str]]:
    pattern = _pattern(language)
    for sentence in sentences(message):
        if pattern is None:
            yield sentence.text, sentence.text
            continue
        terms = _terms(language)
        space = " " if language in UNSPACED else ""
        gloss = pattern.sub(
            # Letters such as the long s match in any case and are not the term's own in lower case.
            lambda found, terms=terms, space=space: (  # type: ignore[misc]
                f"{space}{terms.get(found[0].lower(), found[0])}{space}"
            ),
            sentence.text,
        )
        yield sentence.text, " ".join(gloss.split())


@lru_cache(maxsize=16)
def _pattern(language: str) -> re.Pattern[str] | None:
    """The language's terms, the longest first; None where none are needed."""
    if language in ("en", "und"):
        return None
    terms = sorted(_terms(language), key=len, reverse=True)
    if not terms:
        return None
    listed = "|".join(map(re.escape, terms))
    if language in UNSPACED:
        return re.compile(listed)
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=16)
def _terms(language: str) -> dict[str, str]:
    return {term.lower(): gloss for term, gloss in _tables().get(language, {}).items()}


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("decision").joinpath("glossary.toml").read_text("utf-8"))
