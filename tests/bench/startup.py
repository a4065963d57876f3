"""How long `sextant ask` takes in a fresh process, and how much memory, beside its two main libraries."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Line

MESSAGE = (
    "Our support bot quotes last year's prices although the price list is in the wiki. Should we fine-tune?"
)
ASK = (str(Path(sys.executable).with_name("sextant")), "ask", MESSAGE)
PLAIN = (sys.executable, "-c", "import pydantic, sqlite_utils")
MOST = 4.0
"""How many times as long as the import of the libraries it may take."""


def run(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak megabytes of a process of its own. Raises when it fails."""
    start = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    took = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}")
    return took, used.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def measure(runs: int) -> list[Line]:
    """The median of the runs, taken in turns so that a busy minute hits both."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SEXTANT_DB": str(Path(folder) / "sextant.db")}
        run(ASK, environment)
        pairs = [(run(ASK, environment), run(PLAIN, environment)) for _ in range(runs)]
    ask, plain = ([pair[place] for pair in pairs] for place in (0, 1))
    ask_time, plain_time = (statistics.median(took for took, _ in each) for each in (ask, plain))
    return [
        Line("sextant ask, wall time", ask_time, "s"),
        Line("import pydantic, sqlite_utils, wall time", plain_time, "s"),
        Line("ratio", ask_time / plain_time, "times", MOST),
        Line("sextant ask, peak memory", max(memory for _, memory in ask), "MB"),
        Line("import pydantic, sqlite_utils, peak memory", max(memory for _, memory in plain), "MB"),
    ]
