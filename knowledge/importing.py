"""Taking a team's files into the corpus, with a report for every file."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from knowledge.apart import Apart
from knowledge.corpus import Corpus
from knowledge.cutting import cut
from knowledge.files import (
    UnreadableFileError,
    content_digest,
    content_of,
    fit_name,
    found_under,
    name_for,
)

MOST_PASSAGES = 20_000
OFFICIAL = frozenset(("handbook", "the handbook", "guidance", "the guidance", "sextant", "sextant handbook"))
"""Names under which a team's document would be quoted as if the handbook said it."""

Outcome = Literal["added", "changed", "unchanged", "skipped"]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one file. `reason` says why it was skipped; `passages` counts those written.

    `by_words` counts the document's passages that have no vectors, and so are found by their words alone.
    """

    path: str
    document: str
    outcome: Outcome
    passages: int = 0
    reason: str = ""
    by_words: int = 0


def add_path(corpus: Corpus, path: Path, name: str | None) -> list[Report]:
    """Take in a file, or every file below a folder."""
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):
        return [_skipped(path, "its name is not one that a file can have")]
    if not is_folder:
        if not os.path.lexists(path):
            return [_skipped(path, "there is no such file or folder")]
        with Apart() as reader:
            return [_add_file(corpus, reader, path, name)]
    if name is not None:
        return [_skipped(path, "a folder's files are named after themselves; give a name to a single file")]
    with Apart() as reader:
        reports = [
            _skipped(file, reason) if reason else _add_file(corpus, reader, file, None)
            for file, reason in found_under(path)
        ]
    return reports or [_skipped(path, "the folder holds no files")]


def _add_file(corpus: Corpus, reader: Apart, path: Path, name: str | None) -> Report:
    try:
        return _taken_in(corpus, reader, path, name)
    except UnreadableFileError as error:
        return _skipped(path, str(error))


def _taken_in(corpus: Corpus, reader: Apart, path: Path, name: str | None) -> Report:
    content = content_of(path)
    origin = _readable(path.resolve())
    name = _name(corpus, path, origin, name)
    digest = content_digest(content)
    stored = corpus.team_document(name)
    if stored and stored.digest == digest and stored.origin == origin:
        return Report(_readable(path), name, "unchanged")
    outline = reader.outline(path.suffix.lower(), content)
    drafts = cut(name, outline, corpus.known_ids(name))
    if len(drafts) > MOST_PASSAGES:
        raise UnreadableFileError(f"it has more than {MOST_PASSAGES} passages; split it")
    written = corpus.put(name, outline.title or name, origin, digest, drafts)
    return Report(_readable(path), name, "changed" if stored else "added", written)


def _name(corpus: Corpus, path: Path, origin: str, wanted: str | None) -> str:
    """The document's name: the wanted one, the one this file has already, or one after the file."""
    known = corpus.name_of(origin)
    name = fit_name(wanted) if wanted is not None else known or name_for(path)
    if corpus.is_handbook(name) or name.casefold() in OFFICIAL:
        raise UnreadableFileError(
            f"{name!r} would look like a part of the handbook; add it with another --name"
        )
    if known is not None and known != name:
        raise UnreadableFileError(f"it is in the corpus as {known!r} already; remove that first to rename it")
    stored = corpus.team_document(name)
    if wanted is None and stored and stored.origin != origin:
        raise UnreadableFileError(
            f"{stored.origin} is in the corpus as {name!r} already; "
            f"add this file with another --name, or with --name {name!r} to take its place"
        )
    return name


def _skipped(path: Path, reason: str) -> Report:
    return Report(_readable(path), "", "skipped", reason=reason)


def _readable(path: Path) -> str:
    """The path as text that can be stored and shown, even where its bytes are no text."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
