"""Kills while an older database is brought up to date, with messages in it that wait for their answer."""

import asyncio
import contextlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from bot.bootstrap import application
from bot.settings import Settings
from storage import migrations, opening
from storage.instant import to_text
from tests.slack_loopback import TEAM, LoopbackSlack
from tests.torture.checking import consistent
from tests.torture.lives import a_minute_passes, standby

_ASKED = """INSERT INTO inbox (platform, workspace, platform_id, thread_id, kind, author, author_name, text,
        body, received_at, free_at)
    VALUES ('slack', ?, ?, ?, 'message', 'UADA', 'Ada', ?, '{}', ?, ?)"""
KILLS = 5
"""How often one database is killed on its way."""
MOST_STATEMENTS = 1500
WAITING = 3
ANSWERS_WITHIN = 60.0


async def migrated(folder: Path, rng: Random) -> tuple[int, list[str]]:
    """Let a database of an older version be killed on its way to the newest, and then arrive.

    Gives how many kills there were, and what was wrong in the end.
    """
    folder.mkdir()
    path, slack = folder / "sextant.db", LoopbackSlack()
    await slack.start()
    try:
        spoken = [slack.say("C1", "UADA", "our bot invents prices")["ts"] for _ in range(WAITING)]
        _older(path, rng.randint(1, len(migrations.MIGRATIONS) - 1), spoken)
        kills = 0
        for _ in range(KILLS):
            kills += await _killed(folder, slack, int(math.exp(rng.uniform(0, math.log(MOST_STATEMENTS)))))
        return kills, await _arrived(folder, slack, spoken)
    finally:
        await slack.stop()


def _older(path: Path, version: int, spoken: list[str]) -> None:
    """A database as an earlier Sextant left it, in which messages wait."""
    now = to_text(datetime.now(UTC))
    with (
        _knowing(version),
        contextlib.closing(opening.open_file(path, lambda: datetime.now(UTC))) as old,
        old,
    ):
        for number, ts in enumerate(spoken):
            thread = f"t-{number}"
            old.execute(
                "INSERT INTO threads VALUES (?, 'slack', ?, 'C1', ?, '', 0, 'UADA', ?)",
                (thread, TEAM, ts, now),
            )
            old.execute(_ASKED, (TEAM, f"C1:{ts}", thread, "our bot invents prices", now, now))


@contextlib.contextmanager
def _knowing(version: int) -> Iterator[None]:
    """Within, only the first migrations are known."""
    known = migrations.MIGRATIONS
    migrations.MIGRATIONS = opening.MIGRATIONS = known[:version]
    try:
        yield
    finally:
        migrations.MIGRATIONS = opening.MIGRATIONS = known


def _settings(slack: LoopbackSlack) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SEXTANT_SLACK_API_URL": slack.url}


async def _killed(folder: Path, slack: LoopbackSlack, statement: int) -> bool:
    """One start that dies before a statement, or soon after it serves if it never came so far."""
    life = await standby(folder, _settings(slack))
    life.go(f"statement:{statement}")
    serves = asyncio.ensure_future(life.serves.wait())
    ended = asyncio.ensure_future(life.ended())
    await asyncio.wait({serves, ended}, timeout=ANSWERS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    serves.cancel()
    life.kill()
    await ended
    return life.was_killed


async def _arrived(folder: Path, slack: LoopbackSlack, spoken: list[str]) -> list[str]:
    a_minute_passes(folder / "sextant.db")
    life = await standby(folder, _settings(slack))
    life.go("never")
    wrong = []
    try:
        await slack.until(
            lambda: {one["thread_ts"] for one in slack.posts("C1")} == set(spoken), ANSWERS_WITHIN
        )
    except TimeoutError:
        wrong.append(f"{len(slack.posts('C1'))} of {len(spoken)} are answered; {life.lines[-3:]}")
    life.ask_to_stop()
    await life.ended(40)
    life.kill()
    if len(slack.posts("C1")) > len(spoken):
        wrong.append("what waited in an older database was answered twice")
    with application(Settings(db=folder / "sextant.db")) as app:
        return wrong + list(consistent(app))
