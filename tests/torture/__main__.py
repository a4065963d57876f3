"""Kill the bot 500 times under traffic, and count what was lost and what was said twice.

python -m tests.torture [KILLS] [SEED]
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.bot_fixtures import environment
from tests.torture.checking import summary
from tests.torture.world import Report, tortured

EVERY = 10


def tell(report: Report) -> None:
    """A line now and then."""
    done = report.kills.total()
    if done and done % EVERY == 0:
        print(f"{done:4} kills, {report.seconds:6.1f} s", flush=True)


def main(kills: int, seed: int) -> int:
    """Print what came of it; 0 when nothing was lost and nothing said twice."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment(folder)  # makes the database
        report = asyncio.run(tortured(folder, seed, kills, tell))
    print(f"\nseed {report.seed}, {report.seconds:.0f} s")
    points = ", ".join(f"{point} {count}" for point, count in report.kills.most_common())
    print(f"kills       {report.kills.total()}: {points}; {report.stops} clean stops")
    for platform, found in report.platforms.items():
        print(
            f"{platform:<11} {found.said} said, {found.shown} posts, {len(found.lost)} lost, "
            f"{len(found.doubled)} duplicated, {len(found.crossed)} crossed"
        )
        for what in (found.lost, found.doubled, found.crossed):
            if what:
                print(summary(what))
    print(f"the log     {report.verdicts} verdicts replayed; {'consistent' if not report.wrong else ''}")
    if report.wrong:
        print(summary(report.wrong))
    print(f"complaints  {dict(report.complaints)}")
    for trace in report.traces[:3]:
        print(trace)
    return 0 if report.good else 1


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(asked[0] if asked else 500, asked[1] if len(asked) > 1 else int(time.time()) % 100_000))
