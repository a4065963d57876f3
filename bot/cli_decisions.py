"""`sextant decisions`: the log of what people decided."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli import as_json, fail, failing_in_words, print_json, say, settings
from bot.names import LEVERS

if TYPE_CHECKING:
    from storage.archive import Archive, DecisionFilter
    from storage.findings import DecisionRecord
    from storage.records import State

EVERY = 1_000_000

lever_option = click.option("--lever", type=click.Choice(list(LEVERS)), default=None, help="Only this lever.")


@click.group()
def decisions() -> None:
    """The decisions that people logged."""


@decisions.command("list")
@lever_option
@click.option("--state", type=click.Choice(["logged", "approved", "overridden"]), help="Only this state.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on (UTC).")
@click.option("--text", default="", help="Only with these words in title, note or quotes.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, EVERY))
@click.option("--offset", default=0, type=click.IntRange(0))
@as_json
def list_decisions(
    lever: str | None,
    state: "State | None",
    since: datetime | None,
    text: str,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """List decisions, newest first."""
    with _archive() as archive:
        found = archive.decisions(_filter(lever, state, since, text), limit, offset)
    if as_json:
        from storage.export import summary

        print_json([summary(decided) for decided in found])
        return
    for one in found:
        say(
            f"{one.id}  {one.at:%Y-%m-%d}  {one.lever:<12} {one.state:<10} "
            f"{one.by_name or one.by}: {one.title}"
        )
    if not found:
        click.echo("No decisions.", err=True)


@decisions.command()
@click.argument("decision")
@as_json
def show(decision: str, as_json: bool) -> None:
    """Show one DECISION with all that led to it."""
    from storage.export import details

    with _archive() as archive:
        record = _found(archive, decision)
    if as_json:
        print_json(details(record))
        return
    with failing_in_words():
        from bot.reading import load_policy
        from bot.terminal.record import record_lines
        from bot.terminal.show import show_lines

        show_lines(list(record_lines(record, load_policy(settings().policy))), sys.stdout)


@decisions.command()
@click.option(
    "--format", "form", type=click.Choice(["json", "csv", "madr"]), default="json", show_default=True
)
@click.option("--output", type=click.Path(path_type=Path), help="A file; for madr a folder. Default stdout.")
@lever_option
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on (UTC).")
def export(form: str, output: Path | None, lever: str | None, since: datetime | None) -> None:
    """Export decisions as JSON, CSV, or one MADR Markdown file each."""
    from storage.export import as_csv, as_json
    from storage.madr import as_madr, file_name

    if form == "madr" and output is None:
        raise click.UsageError("madr writes one file a decision; name a folder with --output")
    with _archive() as archive:
        found = archive.decisions(_filter(lever, None, since, ""), EVERY, 0)
        records = [_found(archive, one.id) for one in found] if form != "csv" else []
    with failing_in_words():
        if form == "csv":
            _write(as_csv(found), output)
        elif form == "json":
            _write(as_json(records), output)
        elif output is not None:
            output.mkdir(parents=True, exist_ok=True)
            for record in records:
                (output / file_name(record.decided)).write_text(as_madr(record, LEVERS), "utf-8")
            click.echo(f"{len(records)} files in {output}", err=True)


def _filter(lever: str | None, state: "State | None", since: datetime | None, text: str) -> "DecisionFilter":
    from storage.archive import DecisionFilter

    return DecisionFilter(
        lever=lever or "", state=state, since=since.replace(tzinfo=UTC) if since else None, text=text
    )


def _found(archive: "Archive", decision: str) -> "DecisionRecord":
    record = archive.decision(decision)
    if record is None:
        fail(f"there is no decision {decision!r}; “sextant decisions list” shows them")
    return record


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8", newline="")


@contextmanager
def _archive() -> "Iterator[Archive]":
    with failing_in_words():
        from bot.bootstrap import database
        from storage.archive import Archive

        with database(settings()) as file:
            yield Archive(file)
