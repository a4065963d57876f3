"""`sextant knowledge`: the documents that may be quoted."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli import as_json, fail, failing_in_words, print_json, say, settings, whole

if TYPE_CHECKING:
    from knowledge.importing import Report
    from knowledge.library import Library
    from knowledge.vectors import Progress


@click.group()
def knowledge() -> None:
    """The documents that may be quoted: the handbook and your own."""


@knowledge.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="Name of the document; default the file's name without its suffix.")
@as_json
def add(paths: tuple[Path, ...], name: str | None, as_json: bool) -> None:
    """Add Markdown, text, HTML or PDF files, or folders of them."""
    if name is not None and (len(paths) != 1 or os.path.isdir(paths[0])):
        raise click.UsageError("--name goes with exactly one file")
    if name is not None and not name.strip():
        raise click.UsageError("--name is empty; leave it out to name the document after its file")
    with _library() as library, _progress() as progress:
        reports = [report for path in paths for report in library.add(path, name, progress)]
    _by_words(reports)
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        for report in reports:
            note = report.reason or f"{report.passages} passages as “{report.document}”"
            say(f"{report.outcome:>9}  {report.path}: {note}", err=report.outcome == "skipped")
    if all(report.outcome == "skipped" for report in reports) or not all(map(os.path.exists, paths)):
        sys.exit(1)


@contextmanager
def _progress() -> "Iterator[Progress | None]":
    """Shows on stderr how far it is, where a person can see it; the line is gone at the end."""
    if not sys.stderr.isatty():
        yield None
        return

    def told(done: int, of: int) -> None:
        click.echo(f"\rreading for meaning: {done} of {of} passages ", nl=False, err=True)

    yield told
    click.echo(f"\r{' ' * 60}\r", nl=False, err=True)


def _by_words(reports: "list[Report]") -> None:
    """Say once how many passages have no vectors, which is no error."""
    left = sum({report.document: report.by_words for report in reports}.values())
    if left:
        say(
            f"{left} passages will be found by their words, not yet by their meaning: reading for meaning is "
            "slow and bounded. Adding the same files again goes on with it.",
            err=True,
        )


@knowledge.command("list")
@as_json
def list_documents(as_json: bool) -> None:
    """List the documents."""
    with _library() as library:
        documents = library.documents()
    if as_json:
        print_json([asdict(document) for document in documents])
        return
    for document in documents:
        say(f"{document.collection:>8}  {document.name}  {document.passages} passages  {document.title}")


@knowledge.command()
@click.argument("query", nargs=-1, required=True)
@click.option(
    "-k", "most", default=5, show_default=True, type=click.IntRange(1, 100), help="How many passages."
)
@click.option("--document", help="Only this document.")
@as_json
def search(query: tuple[str, ...], most: int, document: str | None, as_json: bool) -> None:
    """Find the passages that fit QUERY best."""
    with _library() as library:
        if document is not None and document not in {one.name for one in library.documents()}:
            fail(f"no document is named {document!r}; “sextant knowledge list” shows them")
        hits = library.search(whole(" ".join(query)), most, document)
    if as_json:
        print_json(
            [
                {
                    "passage": hit.passage.id,
                    "document": hit.passage.document,
                    "heading": hit.passage.heading,
                    "text": hit.passage.text,
                    "score": round(hit.score, 4),
                }
                for hit in hits
            ]
        )
        return
    for hit in hits:
        say(f"{hit.passage.id}  ({hit.score:.2f})\n{hit.passage.heading}\n{hit.passage.text}\n")
    if not hits:
        click.echo("Nothing found.", err=True)


@knowledge.command()
@click.argument("names", nargs=-1, required=True)
def remove(names: tuple[str, ...]) -> None:
    """Take documents away again."""
    with _library() as library:
        for name in names:
            passages = library.remove(whole(name))
            say(f"removed “{name}” ({passages} passages)")


@contextmanager
def _library() -> "Iterator[Library]":
    with failing_in_words():
        from bot.bootstrap import database
        from knowledge.library import Library

        with database(settings()) as file:
            yield Library(file.connection)
