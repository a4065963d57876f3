"""The packaged handbook: Markdown in one fixed form, so a line reader serves and start-up stays fast.

Each `##` section is a passage, named by its anchor. The questions in its `asked` comment are words that
find it; they are never quoted.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from decision.citation import Passage
from knowledge.cutting import Draft, digest_of
from knowledge.outline import one_line

FOLDER = Path(__file__).parent / "guidance"
FORM = "1"
"""Raised when this file reads the same text differently, so that an index made before is made again."""

HEADING = re.compile(r"##\s+(?P<heading>.+?)\s*\{#(?P<anchor>[a-z0-9_-]+)\}\s*")
ASKED = re.compile(r"<!--\s*asked:(?P<questions>.*?)-->", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LIST_MARK = re.compile(r"(?:-|\d+\.)\s")


class HandbookError(ValueError):
    """A handbook file that does not have the form it should, with the place."""


@dataclass(frozen=True, slots=True)
class HandbookSection:
    """One `##` section: what is quoted, and the questions that it answers."""

    passage: Passage
    asked: tuple[str, ...]

    def draft(self) -> Draft:
        """The section as the index takes it."""
        also = "\n".join(self.asked)
        return Draft(self.passage, also, digest_of(self.passage.heading, self.passage.text, also))


@dataclass(frozen=True, slots=True)
class HandbookFile:
    """One file of the handbook: its front matter and its sections."""

    id: str
    title: str
    source: str
    reviewed: str
    sections: tuple[HandbookSection, ...]


def digest(folder: Path = FOLDER) -> str:
    """A name for the handbook's contents. The contents are read: times and sizes lie after an upgrade."""
    total = hashlib.sha256(FORM.encode())
    for path in sorted(folder.glob("*.md")):
        content = path.read_bytes()
        total.update(f"\0{path.name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def read_handbook(folder: Path = FOLDER) -> list[HandbookFile]:
    """Every file of the handbook, in the order of their names."""
    return [_read(path) for path in sorted(folder.glob("*.md"))]


def _read(path: Path) -> HandbookFile:
    text = path.read_text("utf-8")
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not match:
        raise HandbookError(f"{path.name}: no front matter")
    front = {
        key.strip(): value.strip().strip('"')
        for key, _, value in (line.partition(":") for line in match[1].splitlines())
    }
    missing = {"id", "title", "source", "reviewed"} - {key for key, value in front.items() if value}
    if missing:
        raise HandbookError(f"{path.name}: front matter lacks {', '.join(sorted(missing))}")
    parts = re.split(r"^(?=## )", text[match.end() :], flags=re.MULTILINE)[1:]
    sections = tuple(_section(path.name, front["id"], front["title"], part) for part in parts)
    return HandbookFile(front["id"], front["title"], front["source"], front["reviewed"], sections)


def _section(file: str, document: str, title: str, part: str) -> HandbookSection:
    first, _, body = part.partition("\n")
    match = HEADING.fullmatch(first)
    if not match:
        raise HandbookError(f"{file}: {first!r} has no anchor like {{#some-name}}")
    asked = ASKED.search(body)
    questions = tuple(filter(None, map(one_line, asked["questions"].split("|")))) if asked else ()
    heading = f"{title} > {match['heading']}"
    text = _prose(COMMENT.sub("", body))
    return HandbookSection(Passage(f"{document}/{match['anchor']}", document, heading, text), questions)


def _prose(body: str) -> str:
    """The section's lines, a wrapped sentence put together again."""
    lines: list[str] = []
    fresh = True
    for line in map(one_line, body.splitlines()):
        if not line:
            fresh = True
        elif fresh or LIST_MARK.match(line) or line.startswith("Source:"):
            lines.append(line)
            fresh = False
        elif lines[-1][-1] in ".!?:":
            lines.append(line)
        else:
            lines[-1] += f" {line}"
    return "\n".join(lines)
