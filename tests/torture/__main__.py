"""Kill the bot 500 times under traffic, and count what was lost and what was said twice.

python -m tests.torture [KILLS] [SEED]
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.torture.checking import summary
from tests.torture.migrating import KILLS, migrated
from tests.torture.world import Report, tortured

EVERY = 10
MIGRATING = 25
"""Of so many kills one is dealt while an older database is brought up to date."""


def tell(report: Report) -> None:
    """A line now and then."""
    done = report.kills.total()
    if done and done % EVERY == 0:
        print(f"{done:4} kills, {report.seconds:6.1f} s", flush=True)


async def torture(folder: Path, seed: int, kills: int) -> Report:
    """All of it: most of the kills under traffic, and some while older databases are brought up to date."""
    times = round(kills / MIGRATING / KILLS)
    report = await tortured(folder, seed, kills - times * KILLS, tell=tell)
    for number in range(times):
        killed, wrong = await migrated(folder / f"older-{number}", Random(f"{seed} {number}"))
        report.kills["migrating"] += killed
        report.wrong += wrong
    return report


def say(report: Report) -> None:
    """What came of it."""
    points = ", ".join(f"{point} {count}" for point, count in report.kills.most_common())
    print(f"kills       {report.kills.total()}: {points}; {report.stops} clean stops")
    for platform, found in report.platforms.items():
        print(
            f"{platform:<11} {found.said} said, {found.shown} posts ({found.excuses} of them excuses), "
            f"{len(found.lost)} lost, {len(found.doubled)} duplicated, {len(found.crossed)} crossed"
        )
        for what in filter(None, (found.lost, found.doubled, found.crossed)):
            print(summary(what))
    print(f"the log     {report.verdicts} verdicts replayed; {summary(report.wrong) or 'consistent'}")
    print(f"complaints  {dict(report.complaints)}")
    for trace in report.traces[:3]:
        print(trace)


def main(kills: int, seed: int) -> int:
    """Print what came of it; 0 when nothing was lost and nothing said twice."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        report = asyncio.run(torture(Path(name), seed, kills))
    print(f"\nseed {seed}, {time.monotonic() - began:.0f} s")
    say(report)
    print(f"lost {report.lost}, duplicated {report.doubled}")
    return 0 if report.good else 1


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(asked[0] if asked else 500, asked[1] if len(asked) > 1 else int(time.time()) % 100_000))
