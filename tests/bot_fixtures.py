"""A real application over a copy of a fresh database, and people who chat with it."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from bot.bootstrap import Application, application
from bot.settings import Settings
from bot.terminal.chat import Chat

ROOT = Path(__file__).parent.parent
OUTDATED = "Our support bot gives outdated answers about our refund policy."


@lru_cache(maxsize=1)
def _fresh() -> bytes:
    """A database with the handbook in it; indexing it once is quicker than in every test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fresh.db"
        with application(Settings(db=path)):
            pass
        return path.read_bytes()


def database(folder: Path) -> Path:
    """A fresh database file in the folder."""
    path = folder / "sextant.db"
    if not path.exists():
        path.write_bytes(_fresh())
    return path


@contextmanager
def app(folder: Path) -> Iterator[Application]:
    """The application over the folder's database."""
    with application(Settings(db=database(folder))) as built:
        yield built


def said(built: Application, *messages: str) -> list[str]:
    """What the chat prints after each message."""
    out = io.StringIO()
    chat = Chat(built.turns, built.outbound, io.StringIO(), out, "grace")
    found = []
    for message in messages:
        out.seek(0)
        out.truncate()
        chat.receive(message)
        found.append(out.getvalue())
    return found


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a subprocess: this database, no colour, nothing of the developer's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEXTANT_")}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "dumb", "SEXTANT_DB": str(database(folder)), **more}


def sextant(
    folder: Path, *arguments: str, stdin: bytes = b"", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, in the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        capture_output=True,
        env=environment(folder, **more),
        cwd=folder,
        timeout=60,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def copied(folder: Path, name: str) -> Path:
    """Another copy of the folder's database."""
    return Path(shutil.copy(database(folder), folder / name))
