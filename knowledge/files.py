"""A team's files: which are read, and how their bytes become text.

Everything that cannot be read is refused with the reason and what to do about it; nothing is guessed at
silently but the encoding, where Latin-1 is the last resort.
"""

import codecs
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from knowledge.outline import Outline, one_line

MOST_TEXT_BYTES = 5_000_000
MOST_PDF_BYTES = 30_000_000
MOST_FILES = 10_000
FORM = b"1"
"""Raised when a format is read differently, so that re-adding an unchanged file reads it anew."""

MARKDOWN = frozenset((".md", ".markdown", ".mdown", ".mkd"))
PLAIN = frozenset((".txt", ".text"))
PAGES = frozenset((".html", ".htm", ".xhtml"))
PDF = frozenset((".pdf",))
READ = MARKDOWN | PLAIN | PAGES | PDF

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFileError(ValueError):
    """A file that cannot be taken in, with the reason."""


def found_under(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder in the order of their names, with the reason not to read it or ''."""
    inside = root.resolve()
    count = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
        for name in sorted([*names, *linked]):
            if name.startswith("."):
                continue
            count += 1
            path = Path(folder) / name
            if count > MOST_FILES:
                yield path, f"a folder may hold {MOST_FILES} files at most; add its parts one by one"
                return
            yield path, _refused(path, inside)


def _refused(path: Path, inside: Path) -> str:
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            return "it is a link that leads out of the folder"
    except (OSError, RuntimeError):
        return "it is a link that leads nowhere"
    if path.is_dir():
        return "it is a link to a folder"
    if path.suffix.lower() not in READ:
        return f"{path.suffix or 'a file without suffix'} is not read, only {', '.join(sorted(READ))}"
    return ""


def content_of(path: Path) -> bytes:
    """The file's bytes. Raises UnreadableFileError with the reason when it cannot be read."""
    suffix = path.suffix.lower()
    if suffix not in READ:
        raise UnreadableFileError(f"{suffix or 'no suffix'} is not read, only {', '.join(sorted(READ))}")
    most = MOST_PDF_BYTES if suffix in PDF else MOST_TEXT_BYTES
    try:
        if not path.is_file():
            raise UnreadableFileError("it is no regular file")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be opened: {error.strerror}") from error
    except ValueError as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError("its name is not one that a file can have") from error
    if len(content) > most:
        raise UnreadableFileError(f"it is larger than {most // 1_000_000} MB; split it")
    if not content.strip():
        raise UnreadableFileError("it is empty")
    return content


def content_digest(content: bytes) -> str:
    """A name for what a file holds and for how it is read."""
    return hashlib.sha256(FORM + b"\0" + content).hexdigest()


def outline_of(path: Path, content: bytes) -> Outline:
    """The file's headings and blocks. Raises UnreadableFileError with the reason when there are none."""
    suffix = path.suffix.lower()
    outline = _read_pdf(content) if suffix in PDF else _read_text(suffix, text_of(content))
    if not outline.filled():
        raise UnreadableFileError("it holds no text")
    return outline


def _read_pdf(content: bytes) -> Outline:
    from knowledge.pdf import UnreadablePdfError, read_pdf

    try:
        return read_pdf(content)
    except UnreadablePdfError as error:
        raise UnreadableFileError(str(error)) from error


def _read_text(suffix: str, text: str) -> Outline:
    if suffix in MARKDOWN:
        from knowledge.markdown import read_markdown

        return read_markdown(text)
    if suffix in PAGES:
        from knowledge.web import read_page

        return read_page(text)
    from knowledge.plain import read_plain

    return read_plain(text)


def text_of(content: bytes) -> str:
    """The text in the bytes, whatever its encoding. Raises UnreadableFileError for what is no text."""
    text = _decoded(content)
    odd = sum(1 for mark in text[:20_000] if mark < " " and mark not in "\t\n\r\f\v\b\x1b\0")
    if odd > len(text[:20_000]) * 0.02 or text.count("\0") > len(text) * 0.02:
        raise UnreadableFileError("it is no text but binary data")
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\f", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), None)
    if encoding is None and b"\0" in content[:2000]:
        encoding = _wide(content[:2000])
    for name in filter(None, (encoding, "utf-8")):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: in Western text every other byte is zero."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > len(start) * 0.3 and even < odd / 8:
        return "utf-16-le"
    return "utf-16-be" if even > len(start) * 0.3 and odd < even / 8 else None


def name_for(path: Path) -> str:
    """A document's name: the file's name without its suffix, fit to stand in an id."""
    return fit_name(path.stem)


def fit_name(name: str) -> str:
    """A name fit to stand in an id: one line, no slash, not endless."""
    readable = name.encode("utf-8", "replace").decode("utf-8")
    return one_line(readable).replace("/", "-")[:100].strip() or "document"
