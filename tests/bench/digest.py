"""How long it takes to write a digest over many decisions, all of them in the weeks that it tells of."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bot.bootstrap import application, now
from bot.chart import levers_by_week
from bot.settings import Settings
from storage.subscriptions import Channel
from tests.bench.figures import Line, spread
from tests.bench.filling import fill_log

PREVIEW_MS = 200.0
REPEAT = 15


def measure(decisions: int) -> list[Line]:
    """A preview for everything, one for a channel, what a minute's tick costs, and a chart."""
    with (
        tempfile.TemporaryDirectory() as folder,
        application(Settings(db=Path(folder) / "sextant.db")) as app,
    ):
        fill_log(app, decisions, now() - timedelta(minutes=decisions))
        news, of_channel = app.weekly.preview(), Channel("slack", "T1", "C1")
        limits = (PREVIEW_MS, PREVIEW_MS)
        return [
            *_timed(f"preview over {decisions:,} decisions", app.weekly.preview, limits),
            *_timed("preview of a channel", lambda: app.weekly.preview(of_channel), limits),
            *_timed("one look for what is due", lambda: app.weekly.tick(["slack"]), None),
            *_timed("chart", lambda: levers_by_week(news.levers), None),
            *_commands(app.settings.db),
        ]


def _timed(what: str, call: Callable[[], object], limits: tuple[float, float] | None) -> list[Line]:
    took = []
    for _ in range(REPEAT):
        start = time.perf_counter()
        call()
        took.append((time.perf_counter() - start) * 1000)
    return spread(what, took, limits)


def _commands(path: Path) -> list[Line]:
    """The command as a person runs it, with the start of its process."""
    took = []
    for _ in range(REPEAT):
        start = time.perf_counter()
        command = [sys.executable, "-m", "bot", "digest", "preview"]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "SEXTANT_DB": str(path)})
        took.append((time.perf_counter() - start) * 1000)
    return spread("sextant digest preview, process and all", took)
