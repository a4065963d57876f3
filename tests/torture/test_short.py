"""The serving bot is killed at chosen points under traffic on both platforms; in short, `make torture`."""

import asyncio
from itertools import cycle

from tests.torture.world import tortured

POINTS = ("accepted", "turn", "inbox")


def test_kills_at_the_worst_moments_lose_nothing_and_double_nothing(tmp_path, record_property):
    report = asyncio.run(tortured(tmp_path, 7, len(POINTS), cycle(POINTS), 4.0, False))
    said = {name: found.said for name, found in report.platforms.items()}
    record_property("says", f"{dict(report.kills)} kills, {said} said, {report.verdicts} verdicts replayed")
    assert (report.lost, report.doubled, report.crossed, report.wrong) == (0, 0, 0, []), report.platforms
    assert min(said.values()) > 0
