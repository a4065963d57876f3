"""Plain text as an outline, although its headings are not marked.

A short line in Title Case without an end mark is taken for a heading, and so is a question that an answer
follows. Levels cannot be known, so a path is only given where two headings stand directly one after the
other: the first is the parent of the second, and of later ones of the same shape.
"""

import re

from knowledge.outline import Outline, table

LONGEST_HEADING = 90
MOST_WORDS = 12
SMALL = frozenset(
    re.findall(
        r"\w+",
        """
    a an and as at but by for from if in into is it its nor of off on or per so than that the to up vs
    via with without
    """,
    )
)
BULLET = re.compile(r"\s*(?:[-*•–·]|\d{1,3}[.)])\s+")
ROW = re.compile(r"\s*\|.*\|\s*$")
RULE = re.compile(r"[\s|:=_*+-]+$")
UNDERLINE = re.compile(r"\s*([=\-~])\1{2,}\s*$")
HASHES = re.compile(r"(#{1,6})\s+(\S.*)")


def read_plain(text: str) -> Outline:
    """The outline of a plain text."""
    lines = [line.rstrip() for line in text.splitlines()]
    following = _following(lines)
    outline = Outline()
    family, was_heading = "", False
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
        elif _is_heading(lines, following, at):
            name = lines[at].strip().strip("#").strip()
            if was_heading:
                family = _shape(name)
            elif _shape(name) != family:
                family = ""
            outline.heading(2 if family else 1, name)
            was_heading = True
            at += 2 if UNDERLINE.match(lines[at + 1]) else 1
        else:
            at = _read_block(lines, following, at, outline)
            was_heading = False
    return outline


def _following(lines: list[str]) -> list[str]:
    """For each line the next one that is not blank; empty where none is."""
    found, after = [""] * len(lines), ""
    for at in range(len(lines) - 1, -1, -1):
        found[at] = after
        after = lines[at].strip() or after
    return found


def _is_heading(lines: list[str], follow: list[str], at: int) -> bool:
    """Whether the line at `at` reads like a heading of what follows it."""
    line, following = lines[at].strip(), follow[at]
    if not following or len(line) > LONGEST_HEADING or ROW.match(line):
        return False
    if HASHES.match(line) or (UNDERLINE.match(lines[at + 1]) and line[0].isalnum()):
        return True
    if re.match(r"[-*•–·|]", line) or line[-1] in ".!;,…|":
        return False
    words = re.sub(r"^\d{1,3}(?:\.\d+)*[.)]?\s+", "", line).split()
    if not 1 <= len(words) <= MOST_WORDS:
        return False
    if line.endswith("?"):
        return line[0].isupper() and not following.endswith("?")
    if line.endswith(":") and BULLET.match(following) is None:
        return False
    return _title_case(words)


def _title_case(words: list[str]) -> bool:
    letters = [word.strip("\"'“”‘’()[]:,-–") for word in words]
    telling = [word for word in letters if word and word.lower() not in SMALL]
    if not telling or not any(word[0].isalpha() for word in telling):
        return False
    return all(word[0].isupper() or word[0].isdigit() for word in telling) and letters[0][:1] != ""


def _shape(name: str) -> str:
    """What marks a family of headings: numbering, a closing mark, or a shared last word."""
    if name[:1].isdigit():
        return "numbered"
    return name[-1] if name[-1] in "?:" else name.split()[-1].lower()


def _read_block(lines: list[str], following: list[str], at: int, outline: Outline) -> int:
    """Read the paragraph, list or table that starts at `at` and say where the next block starts."""
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _is_heading(lines, following, end):
        if bool(ROW.match(lines[end])) != bool(ROW.match(lines[at])):
            break
        end += 1
    if ROW.match(lines[at]):
        rows = [line.strip().strip("|").split("|") for line in lines[at:end] if not RULE.match(line)]
        outline.block(*table([[cell.strip() for cell in row] for row in rows]))
    else:
        outline.block("\n".join(_unwrapped(lines[at:end])))
    return end


def _unwrapped(lines: list[str]) -> list[str]:
    """The lines with a sentence that was wrapped over several of them put together again."""
    whole: list[str] = []
    for line in map(str.strip, lines):
        wrapped = whole and len(whole[-1]) > 40 and whole[-1][-1] not in ".!?:;|"
        if wrapped and line[0].islower() and not BULLET.match(line):
            whole[-1] += " " + line
        else:
            whole.append(line)
    return whole
