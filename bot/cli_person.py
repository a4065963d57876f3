"""`sextant person`, `retain` and `audit`: what people are owed about what is kept of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import as_json, fail, failing_in_words, print_json, say, settings

if TYPE_CHECKING:
    from storage.audit import Entry
    from storage.database import DatabaseFile

PLATFORMS = ("slack", "discord", "terminal")

who_argument = click.argument("who", metavar="PLATFORM:[WORKSPACE:]PERSON")


@click.group()
def person() -> None:
    """What is kept of one person: give it to them, or forget it."""


@person.command()
@who_argument
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file. Default stdout.")
@as_json
def export(who: str, output: Path | None, as_json: bool) -> None:
    """Export all that is kept of a person, always as JSON, as in: slack:T0123:U0123."""
    with failing_in_words(), _file() as file:
        from storage.person import export as exported

        found = [exported(file, *one) for one in _people(file, who)]
        if output is None:
            print_json(found)
            return
        import json

        output.touch(0o600)
        output.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
        click.echo(f"{output}: {sum(map(_rows, found)):,} entries", err=True)


@person.command()
@who_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def forget(who: str, yes: bool, as_json: bool) -> None:
    """Take a person's words and name out of everything, as in: slack:T0123:U0123. It cannot be undone."""
    with failing_in_words(), _file() as file:
        from storage.clearing import Clearing
        from storage.forgetting import forget as forgotten

        people = _people(file, who)
        if not yes:
            click.confirm(f"Forget {who} for good?", abort=True, err=True)
        counts: dict[str, int] = {}
        for one in people:
            for name, count in forgotten(file, *one, actor="operator").counts.items():
                counts[name] = counts.get(name, 0) + count
        cleared = Clearing(file).clear()
    if as_json:
        print_json({"removed": counts, "cleared": cleared})
        return
    _tell(counts, "Nothing was kept of them.")
    _tell_cleared(cleared)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@as_json
def retain(dry_run: bool, as_json: bool) -> None:
    """Take out what is kept no longer, by SEXTANT_KEEP_MESSAGES, _EVIDENCE and _DECISIONS.

    `sextant serve` does so by itself once a day. This also clears the file of what was taken out earlier.
    """
    with failing_in_words(), _file() as file:
        from bot.keeping import cutoffs, keeps_of
        from storage.clearing import Clearing
        from storage.retention import Retention

        moments = cutoffs(keeps_of(settings()), file.now())
        retention, clearing, cleared = Retention(file), Clearing(file), True
        if dry_run:
            counts = retention.due(moments)
        else:
            counts = dict(retention.expire(moments, "operator").counts)
            cleared = clearing.clear() if clearing.owed else True
    if as_json:
        print_json({"dry_run": dry_run, "removed": counts, "cleared": cleared})
        return
    _tell(counts, "Nothing is due.")
    _tell_cleared(cleared)


@click.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000_000))
@as_json
def audit(limit: int, as_json: bool) -> None:
    """Say who reviewed, forgot, exported and took out what, newest first."""
    with failing_in_words(), _file() as file:
        from storage.audit import Audit

        entries = Audit(file).newest(limit)
    if as_json:
        print_json([_entry(one) for one in entries])
        return
    for one in entries:
        about = f" {one.about}" if one.about else ""
        counted = f" ({_counted(one.counts)})" if one.counts else ""
        say(f"{one.at:%Y-%m-%d %H:%M}  {_by(one):<24} {one.what}{about}{counted}")
    if not entries:
        click.echo("Nothing yet.", err=True)


def _entry(one: "Entry") -> dict[str, Any]:
    from storage.instant import to_text

    return {
        "what": one.what,
        "actor": one.actor,
        "platform": one.platform,
        "workspace": one.workspace,
        "by": one.by,
        "about": one.about,
        "counts": dict(one.counts),
        "at": to_text(one.at),
    }


def _by(one: "Entry") -> str:
    where = ":".join(filter(None, (one.platform, one.workspace, one.by)))
    return f"{one.actor} {where}".strip()


def _tell(counts: dict[str, int], nothing: str) -> None:
    say(_counted(counts) if counts else nothing)


def _counted(counts: Any) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())


def _tell_cleared(cleared: bool) -> None:
    if not cleared:
        click.echo(
            "Another program still reads an older state of the database; run this again when it is done, "
            "to clear the file of what was taken out.",
            err=True,
        )


def _rows(found: dict[str, Any]) -> int:
    return sum(len(section) for section in found.values() if isinstance(section, list))


def _people(file: "DatabaseFile", who: str) -> list[tuple[str, str, str]]:
    """Platform, workspace and id of a person, in each workspace in which they are known."""
    from storage.person import workspaces_of

    platform, *rest = who.split(":")
    if platform not in PLATFORMS or len(rest) not in (1, 2) or not all(rest):
        raise click.UsageError(f"{who!r} names nobody; write slack:T0123:U0123, discord:SERVER:USER")
    known = rest[-1]
    if len(rest) == 2:
        return [(platform, rest[0], known)]
    found = workspaces_of(file, platform, known)
    if not found:
        fail(f"nothing is kept of {who}")
    return [(platform, one, known) for one in found]


@contextmanager
def _file() -> "Iterator[DatabaseFile]":
    from bot.bootstrap import database

    with database(settings()) as file:
        yield file
