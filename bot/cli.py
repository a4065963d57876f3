"""The `sextant` command: parses arguments, asks `bootstrap` for what it needs, and prints.

Exit codes: 0 done, 1 failed with a sentence on stderr, 2 wrong use. With `--json` there is one JSON document
on stdout and nothing else; logs go to stderr.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click

from bot.settings import Settings, SettingsError, read_settings

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sextant-bot", prog_name="sextant")
def sextant() -> None:
    """Find out where an AI feature fails before anyone chooses the cure."""
    from bot.logs import set_up

    set_up(sys.stderr, "warning")


@sextant.command()
@click.option("--resume", is_flag=True, help="Pick up your last thread that has no decision yet.")
def chat(resume: bool) -> None:
    """Triage in the terminal. When input is piped, each line is a message."""
    with failing_in_words():
        from bot.bootstrap import application
        from bot.terminal.chat import run

        _forgiving()
        with application(settings()) as app:
            run(app.turns, app.outbound, sys.stdin, sys.stdout, resume)


@sextant.command()
@click.argument("text", nargs=-1)
@as_json
def ask(text: tuple[str, ...], as_json: bool) -> None:
    """Assess one message, or answer a question about the guidance: TEXT, or standard input. Logs nothing."""
    _forgiving()
    message = whole(" ".join(text)) if text else sys.stdin.read()
    if not message.strip():
        raise click.UsageError("there is no text; give it as an argument or on standard input")
    with failing_in_words():
        from bot.bootstrap import application
        from bot.opening import opening
        from bot.report import ask as assessed
        from bot.terminal.show import show

        with application(settings()) as app:
            if as_json:
                print_json(assessed(app.reader, app.policy, app.passage, app.conversation.quotes, message))
                return
            replies = opening(app.conversation, message)

        for reply in replies:
            show(reply, sys.stdout, hints=False)
            click.echo()
        click.echo("To answer, correct or log: sextant chat")


@sextant.command()
def serve() -> None:
    """Run everything that is configured: Slack, Discord, and the HTTP server."""
    with failing_in_words():
        import asyncio
        from functools import partial

        from bot import logs
        from bot.access import keeper_link
        from bot.bootstrap import adapters, application, numbers_of
        from bot.console.app import console
        from bot.console.site import site_of
        from bot.serve import Service, until_stopped

        given = settings()
        logs.set_up(sys.stderr, given.log_level, given.log == "json")
        logs.own_up()
        with application(given) as app:
            found = adapters(app)
            if not found:
                say(
                    "No platform is configured; set SLACK_BOT_TOKEN with SLACK_APP_TOKEN, or DISCORD_TOKEN. "
                    "Without one, try: sextant chat",
                    err=True,
                )
            where = (app.settings.host, app.settings.port)
            pages = partial(console, site_of(app))
            service = Service(
                app.turns, app.outbound, found, where, app.tick, pages, partial(numbers_of, app)
            )

            def started(running: Service) -> None:
                names = ", ".join(one.name for one in found) or "no platform"
                say(
                    f"Sextant serves {names}; http://{where[0]}:{running.web.port}/readyz tells how it is.",
                    err=True,
                )
                if not app.settings.public_url:
                    app.links.address = f"http://{app.settings.bind.rpartition(':')[0]}:{running.web.port}"
                if not found:
                    say(f"Review console, once and for ten minutes: {keeper_link(app.links)}", err=True)

            asyncio.run(until_stopped(service, started))


@sextant.command("eval")
@click.argument("cases", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--reader",
    type=click.Choice(("offline", "claude", "both")),
    default="offline",
    show_default=True,
    help="Whose reading is scored. Claude's calls cost money; both are shown side by side.",
)
@click.option("--rows", is_flag=True, help="Add a row for each case.")
@as_json
def evaluate(cases: Path, reader: str, rows: bool, as_json: bool) -> None:
    """Score a reader and the policy on labelled CASES (JSON Lines)."""
    with failing_in_words():
        from bot import evaluation, scores
        from bot.measuring import measured

        of = measured(settings(), evaluation.load(cases), reader, rows)
        if as_json:
            print_json(of if reader == "both" else of[reader])
            return
        lines = scores.side_by_side(of) if reader == "both" else scores.in_words(of[reader])
        for line in lines:
            say(line)
        for name, found in of.items():
            for row in found.get("rows", ()):
                say(f"{name + '  ' if reader == 'both' else ''}{scores.row_in_words(row)}")


@sextant.command()
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Copy the database to a new FILE while it is in use."""
    with failing_in_words():
        from bot.bootstrap import database
        from storage.backup import back_up

        with database(settings()) as file:
            size = back_up(file, target)
        click.echo(f"{target}: {size:,} bytes, checked")


@sextant.command()
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
def restore(source: Path) -> None:
    """Put the backup FILE in the database's place. Stop `serve` first; what stood there is kept beside it."""
    with failing_in_words():
        from bot.bootstrap import now
        from storage.restoring import put_back

        database = settings().db
        kept = put_back(source, database, now)
        say(f"{database}: restored from {source}" + (f"; what stood there is {kept}" if kept else ""))


@sextant.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check settings, database, handbook, policy and reader, and say how to mend each."""
    from bot.doctor import check

    findings = check(os.environ, Path(".env"))
    if as_json:
        print_json([{"what": f.what, "ok": f.ok, "says": f.says} for f in findings])
    else:
        for finding in findings:
            say(f"{'ok' if finding.ok else 'MEND':>4}  {finding.what}: {finding.says}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def settings() -> Settings:
    """The settings of this process."""
    return read_settings(os.environ, Path(".env"))


@contextmanager
def failing_in_words() -> Iterator[None]:
    """Errors that a person can mend become one sentence on stderr and exit code 1."""
    from decision.citation import UnsupportedQuoteError
    from decision.policy import PolicyError
    from knowledge.schema import NewerIndexError
    from storage.errors import StorageError

    try:
        yield
    except (KeyError, IndexError, BrokenPipeError):  # a mistake of ours, or a reader who left
        raise
    except OSError as error:
        fail(f"{error.filename or 'the system'}: {error.strerror or error}")
    except (
        SettingsError,
        StorageError,
        PolicyError,
        UnsupportedQuoteError,
        LookupError,
        NewerIndexError,
    ) as error:
        fail(str(error))


def fail(sentence: str) -> NoReturn:
    """One sentence on stderr, and exit code 1."""
    say(f"sextant: {sentence}", err=True)
    sys.exit(1)


def say(text: str, err: bool = False) -> None:
    """A line or more for a person; what others wrote cannot steer the terminal."""
    from bot.terminal.wrapping import clean

    click.echo(clean(text, keep="\n"), err=err)


def whole(text: str) -> str:
    """An argument whose bytes were no UTF-8, with U+FFFD in their place."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _forgiving() -> None:
    """Bytes that are no UTF-8 on the way in, or that a terminal cannot show, are replaced and never fatal."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    import json

    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _add_groups() -> None:
    from bot.cli_decisions import decisions
    from bot.cli_digest import calibration, digest
    from bot.cli_knowledge import knowledge
    from bot.cli_person import audit, person, retain

    sextant.add_command(knowledge)
    sextant.add_command(decisions)
    sextant.add_command(digest)
    sextant.add_command(calibration)
    sextant.add_command(person)
    sextant.add_command(retain)
    sextant.add_command(audit)


_add_groups()
