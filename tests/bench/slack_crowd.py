"""Many threads of one message each through the whole Slack path, at a rate that Sextant can hold.

First it is measured how many first messages a second are answered when they come as quickly as they are
taken. Then all come at a share of that rate, whatever the answers do. What is told is how long each waits for
its acknowledgement, how far the answers fall behind, and how much memory it takes.

    python -m tests.bench.slack_crowd [--threads 10000]
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.figures import Line, percentile, table
from tests.bench.slack_away import Away, Drive, slack_away
from tests.slack_serving import COMPLAINT, serving

THREADS = 10_000
WARM = 300
SHARE = 0.7
"""Of what it answers at most: a rate at which it can also catch up."""

MOST_P99 = 500.0
MOST_GROWTH = 100.0
MOST_BEHIND = 30.0
LOOKS_EVERY = 0.1


def measure(threads: int = THREADS) -> list[Line]:
    """The rate, and what it costs at it."""
    with slack_away() as slack, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(slack, Path(folder), threads))


async def _measure(slack: Away, folder: Path, threads: int) -> list[Line]:
    async with serving(folder, slack, http=True) as served:
        address = f"{served.url}/slack/events"
        await slack.drive(Drive(address, WARM, COMPLAINT))
        full = await slack.drive(Drive(address, WARM, COMPLAINT))
        rate = SHARE * WARM / full.answered
        async with _memory() as memory:
            took = await slack.drive(Drive(address, threads, COMPLAINT, rate))
        counts = served.app.turns.queries.counts()
        assert (counts.turns, counts.inbox_waiting, counts.outbox_waiting) == (2 * WARM + threads, 0, 0)
    return [
        Line("first messages as quickly as they are answered", WARM / full.answered, "/s"),
        Line(f"rate at which {threads:,} threads then came, all answered", threads / took.acknowledged, "/s"),
        Line("  acknowledged: median", percentile(took.waits, 0.5), "ms"),
        Line("  acknowledged: p99", percentile(took.waits, 0.99), "ms", MOST_P99),
        Line("  delivered again, not acknowledged in time", float(took.again), ""),
        Line(
            "  last answer after the last acknowledgement",
            took.answered - took.acknowledged,
            "s",
            MOST_BEHIND,
        ),
        Line("  memory, more than before at its highest", max(memory) - memory[0], "MiB", MOST_GROWTH),
    ]


@asynccontextmanager
async def _memory() -> AsyncIterator[list[float]]:
    """What this process holds, in MiB, now and then while the block runs."""
    found = [_resident()]

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            found.append(_resident())

    looking = asyncio.ensure_future(look())
    try:
        yield found
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def _resident() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:  # not Linux: the highest so far is the next best
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.slack_crowd", description=__doc__)
    parser.add_argument("--threads", type=int, default=THREADS)
    wanted = parser.parse_args()
    print(table("A crowd in Slack", measure(wanted.threads)))
