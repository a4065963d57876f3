"""What every format is read into: sections under heading paths, so that one place decides how to cut.

A format only says "here is a heading" and "here is a block"; the outline keeps the path of open headings.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list or a table: lines that belong together.

    `also` holds words that it should be found by but that do not stand in it, such as a table's columns.
    """

    text: str
    also: str = ""


@dataclass(slots=True)
class Section:
    """The blocks under one heading path."""

    path: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """A document while it is read, and its sections in order once it has been."""

    title: str = ""
    sections: list[Section] = field(default_factory=list)
    _open: list[tuple[int, str]] = field(default_factory=list)

    def heading(self, level: int, text: str) -> None:
        """Open a section: it closes every open heading of its level and below."""
        text = one_line(text)
        if not text:
            return
        self._open = [(depth, name) for depth, name in self._open if depth < level] + [(level, text)]
        self.sections.append(Section(tuple(name for _, name in self._open)))

    def block(self, text: str, also: str = "") -> None:
        """Add a block to the open section; blank ones are dropped."""
        text = "\n".join(line for line in map(one_line, text.splitlines()) if line)
        if not text:
            return
        if not self.sections:
            self.sections.append(Section(()))
        self.sections[-1].blocks.append(Block(text, one_line(also)))

    def filled(self) -> list[Section]:
        """The sections that say something. A lone title at the top leaves the paths, for all share it."""
        tops = [section.path for section in self.sections if len(section.path) == 1]
        shared = len(tops) == 1 and all(section.path[:1] == tops[0] for section in self.sections)
        if shared and not self.title:
            self.title = tops[0][0]
        cut = 1 if shared and len(self.sections) > 1 else 0
        return [
            Section(section.path[cut:] or (section.path if cut else ()), section.blocks)
            for section in self.sections
            if section.blocks
        ]


def table(rows: list[list[str]]) -> tuple[str, str]:
    """A table as lines of cells, and as the sentences it is found by: "row - column: value; …"."""
    rows = [[one_line(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return "", ""
    columns = rows[0]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    sentences = [
        f"{row[0]} - "
        + "; ".join(f"{name}: {cell}" for name, cell in zip(columns[1:], row[1:], strict=False) if cell)
        for row in rows[1:]
    ]
    return "\n".join(lines), ". ".join(sentences)


def one_line(text: str) -> str:
    """The text with every run of white space and control characters as one space."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
