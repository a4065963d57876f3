"""`sextant digest` and `sextant calibration`: the weekly post, and whether verdicts keep their promises."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import as_json, fail, failing_in_words, print_json, say, settings

if TYPE_CHECKING:
    from storage.database import DatabaseFile
    from storage.subscriptions import Channel, Standing, Subscription

PLATFORMS = ("slack", "discord")
"""Where a digest can be posted."""

channel_argument = click.argument("channel", metavar="PLATFORM:[WORKSPACE:]CHANNEL")
picture = click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the chart to this PNG file as well.",
)


@click.group()
def digest() -> None:
    """The weekly post of what was decided, and the channels that get it."""


@digest.command()
@click.argument("channel", required=False, metavar="[PLATFORM:[WORKSPACE:]CHANNEL]")
@click.option("--whole", is_flag=True, help="All that would come in the thread under it.")
@picture
@as_json
def preview(channel: str | None, whole: bool, chart: Path | None, as_json: bool) -> None:
    """Show what the digest would say now: of a channel, or of all that is public and your own."""
    with failing_in_words():
        from bot.bootstrap import weekly_of
        from bot.digest import brief
        from bot.replies import Digest
        from bot.terminal.show import show

        with _file() as file:
            news = weekly_of(file).preview(_channel(file, channel) if channel else None)
        if chart is not None:
            _draw(news.levers, chart)
        if as_json:
            from dataclasses import asdict

            print_json(asdict(news))
            return
        show(Digest(news if whole else brief(news), whole, preview=True), sys.stdout)


@digest.command()
@channel_argument
@click.option("--week", default=None, metavar="2026-W47", help="An earlier ISO week; default this one.")
def post(channel: str, week: str | None) -> None:
    """Post a channel's digest of a week now; once it was posted, nothing happens.

    It is queued, and `sextant serve` delivers it.
    """
    with failing_in_words(), _file() as file:
        from bot.bootstrap import weekly_of

        try:
            queued = weekly_of(file).post_now(_channel(file, channel), week)
        except ValueError as error:
            raise click.UsageError(f"{week!r} is no week that has begun; write it as 2026-W47") from error
    click.echo("Queued; sextant serve delivers it." if queued else "This week's digest was posted before.")


@digest.command()
@channel_argument
@click.argument("when", nargs=-1, required=True, metavar="DAY TIME [ZONE]")
@click.option("--only-here", is_flag=True, help="Only this channel's decisions, not all that are public.")
@click.option("--silent-when-empty", is_flag=True, help="Say nothing in a week in which nothing happened.")
@click.option("--private", is_flag=True, help="The channel is private: nothing of it is shown elsewhere.")
def subscribe(
    channel: str, when: tuple[str, ...], only_here: bool, silent_when_empty: bool, private: bool
) -> None:
    """Have a digest posted to a channel each week, as in: slack:T1:C1 monday 09:00 Europe/Berlin."""
    from bot.weekly_intents import rhythm_request

    wanted = rhythm_request(" ".join(when))
    if wanted is None or wanted.unknown:
        raise click.UsageError("the time is not clear; write it as monday 09:00 Europe/Berlin")
    with failing_in_words(), _file() as file:
        from dataclasses import replace

        from storage.subscriptions import Rhythm, Subscriptions

        subscriptions, found = Subscriptions(file), _channel(file, channel)
        known = subscriptions.of(found)
        zone = wanted.zone or (known.rhythm.zone if known else "UTC")
        rhythm = Rhythm(wanted.weekday, wanted.hour, wanted.minute, zone)
        private = private or bool(known and known.channel.private)
        one = subscriptions.put(
            replace(found, private=private),
            rhythm,
            "",
            only_here or wanted.only_here,
            wanted.says_empty and not silent_when_empty,
        )
        say(_standing(file, one))


@digest.command("list")
@as_json
def list_subscriptions(as_json: bool) -> None:
    """List the channels that get a digest, and what became of their last one."""
    with failing_in_words(), _file() as file:
        from storage.subscriptions import Subscriptions

        found = Subscriptions(file).all()
        rows = [_row(file, one) for one in found]
        said = [_standing(file, one) for one in found]
    if as_json:
        print_json(rows)
        return
    for line in said:
        say(line)
    if not found:
        click.echo("No channel gets a digest.", err=True)


def _mover(name: str, state: "Standing", does: str) -> None:
    @digest.command(name, help=f"{does} a channel's digest.")
    @channel_argument
    def move(channel: str) -> None:
        with failing_in_words(), _file() as file:
            from storage.subscriptions import Subscriptions

            found = _channel(file, channel)
            one = Subscriptions(file).move(found, state)
            if one is None or one.state != state:
                fail(f"{channel} gets no digest; “sextant digest list” shows which channels do")
            say(_standing(file, one))


_mover("pause", "paused", "Pause")
_mover("resume", "active", "Resume")
_mover("unsubscribe", "ended", "End")


@click.command()
@click.option(
    "--chart", type=click.Path(dir_okay=False, path_type=Path), help="Write a reliability plot (PNG)."
)
@as_json
def calibration(chart: Path | None, as_json: bool) -> None:
    """Compare how sure verdicts were with how their decisions turned out."""
    with failing_in_words():
        from bot.calibration import calibrate, in_words
        from storage.calibration import promises

        with _file() as file:
            found = calibrate(promises(file))
        if chart is not None and not found.too_early:
            from bot.chart import reliability

            chart.write_bytes(reliability(found))
    if as_json:
        from dataclasses import asdict

        print_json({**asdict(found), "too_early": found.too_early})
        return
    for line in in_words(found):
        say(line)


def _standing(file: "DatabaseFile", one: "Subscription") -> str:
    """One channel in a line."""
    from bot.weekly_intents import WEEKDAYS
    from storage.digests import Digests

    rhythm = one.rhythm
    when = f"{WEEKDAYS[rhythm.weekday]} {rhythm.hour:02}:{rhythm.minute:02} {rhythm.zone}"
    more: list[str] = [one.state] if one.state != "active" else []
    more += ["only here"] if one.only_here else []
    more += [] if one.says_empty else ["silent when empty"]
    last = Digests(file).last(one.channel)
    if last is not None:
        why = f" ({last.error})" if last.state == "not_shown" else ""
        more.append(f"{last.week} {last.state.replace('_', ' ')}{why}")
    return f"{_name(one.channel)}  {when}" + (f"  {', '.join(more)}" if more else "")


def _row(file: "DatabaseFile", one: "Subscription") -> dict[str, Any]:
    from storage.digests import Digests

    last, rhythm = Digests(file).last(one.channel), one.rhythm
    return {
        "channel": _name(one.channel),
        "private": one.channel.private,
        "weekday": rhythm.weekday,
        "time": f"{rhythm.hour:02}:{rhythm.minute:02}",
        "zone": rhythm.zone,
        "only_here": one.only_here,
        "says_empty": one.says_empty,
        "state": one.state,
        "last": {"week": last.week, "state": last.state, "error": last.error} if last else None,
    }


def _name(channel: "Channel") -> str:
    return f"{channel.platform}:{channel.workspace}:{channel.id}"


def _channel(file: "DatabaseFile", text: str) -> "Channel":
    """The channel that a text names; the workspace may be left out where there is only one."""
    from storage.subscriptions import Channel

    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(parts):
        raise click.UsageError(
            f"{text!r} names no channel; write slack:T0123:C0123, or discord:SERVER:CHANNEL"
        )
    if parts[0] not in PLATFORMS:
        raise click.UsageError(f"{parts[0]!r} is no platform; it is one of {', '.join(PLATFORMS)}")
    if len(parts) == 3:
        return Channel(parts[0], parts[1], parts[2])
    rows = file.rows(
        "SELECT DISTINCT workspace FROM threads WHERE platform = :platform", {"platform": parts[0]}
    )
    if len(rows) != 1:
        raise click.UsageError(f"name the workspace too, as {parts[0]}:WORKSPACE:{parts[1]}")
    return Channel(parts[0], rows[0]["workspace"], parts[1])


def _draw(levers: Any, target: Path) -> None:
    from bot.chart import levers_by_week

    target.write_bytes(levers_by_week(levers))


@contextmanager
def _file() -> "Iterator[DatabaseFile]":
    from bot.bootstrap import database

    with database(settings()) as file:
        yield file
