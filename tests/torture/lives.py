"""The process that serves, life after life: begun, told how to die, killed, and what it logged meanwhile."""

import asyncio
import contextlib
import re
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.bot_fixtures import environment

SERVES = "Sextant serves"
LOUD = re.compile(r"^(?:WARNING|ERROR|CRITICAL) \S+ (?P<what>[a-z_]+)")
STARTS_WITHIN = 120.0


class Life:
    """One process. It is loaded when it is made, and serves once `go` is called."""

    def __init__(self, process: asyncio.subprocess.Process, http: bool) -> None:
        self.http = http
        self.port = 0
        self.serves = asyncio.Event()
        self.lines: list[str] = []
        self._process = process
        self._reading = asyncio.ensure_future(self._read())

    @property
    def pid(self) -> int:
        return self._process.pid

    def go(self, point: str) -> None:
        """Serve, and die at the point; `never` for none."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{point}\n".encode())

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def ask_to_stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    async def ended(self, seconds: float | None = None) -> bool:
        """Wait until it ended, and everything it wrote was read. False: it did not in so many seconds."""
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            return False
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._reading
        return True

    @property
    def was_killed(self) -> bool:
        return self._process.returncode == -signal.SIGKILL

    @property
    def code(self) -> int | None:
        return self._process.returncode

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for raw in self._process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            self.lines.append(line)
            if "listening port=" in line:
                self.port = int(line.rpartition("=")[2])
            if line.startswith(SERVES):
                self.serves.set()


async def standby(folder: Path, settings: Mapping[str, str], http: bool = False) -> Life:
    """A process that is loaded and waits. The folder holds its database."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.torture.dying"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment(folder, **settings, SEXTANT_BIND="127.0.0.1:0", SEXTANT_READER="offline"),
        cwd=folder,
        limit=1 << 20,
    )
    return Life(process, http)


def loud(lines: list[str]) -> Counter[str]:
    """What a process complained about, by its first word; a traceback always counts."""
    found = Counter(match["what"] for line in lines if (match := LOUD.match(line)))
    found["traceback"] += sum(line.startswith("Traceback") for line in lines)
    return +found


def a_minute_passes(database: Path) -> None:
    """Let the leases of killed processes and the waits between tries run out, without waiting for it."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as opened, opened:
        for queue in ("inbox", "outbox"):
            opened.execute(f"UPDATE {queue} SET free_at = '2000-01-01T00:00:00.000Z' WHERE done_at IS NULL")
