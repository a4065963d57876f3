"""A backup is complete, checked and never takes the place of anything."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.backup import BackupError, back_up
from storage.database import DatabaseFile
from storage.errors import CorruptDatabaseError
from storage.log import Log
from storage.queries import Queries
from storage.records import Incoming, Place

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    with DatabaseFile(tmp_path / "s.db", lambda: NOW) as opened:
        yield opened


def receive(file: DatabaseFile, *numbers: int) -> None:
    for number in numbers:
        Log(file).inbox.receive(Incoming(Place("slack", "T", "C", "1"), f"m{number}", "U", "hi"))


def test_a_backup_is_one_file_with_everything_in_it(file: DatabaseFile, tmp_path: Path) -> None:
    receive(file, 1, 2)
    target = tmp_path / "backups" / "s-backup.db"
    target.parent.mkdir()
    assert back_up(file, target) == target.stat().st_size
    assert [found.name for found in target.parent.iterdir()] == ["s-backup.db"]
    assert target.stat().st_mode & 0o077 == 0
    with DatabaseFile(target, lambda: NOW) as restored:
        assert Queries(restored).counts().inbox_waiting == 2


def test_a_backup_that_is_opened_takes_what_is_new(file: DatabaseFile, tmp_path: Path) -> None:
    receive(file, 1)
    back_up(file, tmp_path / "b.db")
    with DatabaseFile(tmp_path / "b.db", lambda: NOW) as restored:
        receive(restored, 2)
        assert Queries(restored).counts().inbox_waiting == 2


def test_a_backup_never_overwrites(file: DatabaseFile, tmp_path: Path) -> None:
    target = tmp_path / "precious.db"
    target.write_text("precious")
    with pytest.raises(BackupError, match="exists already"):
        back_up(file, target)
    dangling = tmp_path / "link.db"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(BackupError, match="exists already"):
        back_up(file, dangling)
    assert target.read_text() == "precious"


def test_a_backup_to_where_nothing_can_be_written_says_so(file: DatabaseFile, tmp_path: Path) -> None:
    for target in (tmp_path / "missing" / "b.db", tmp_path / "s.db" / "b.db"):
        with pytest.raises(BackupError, match="cannot be written"):
            back_up(file, target)


def test_a_backup_can_be_made_while_others_write(file: DatabaseFile, tmp_path: Path) -> None:
    receive(file, 0)
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE inbox SET text = 'half done'")
        back_up(file, tmp_path / "b.db")
        other.rollback()
    writer = threading.Thread(target=receive, args=(file, *range(1, 50)))
    writer.start()
    back_up(file, tmp_path / "c.db")
    writer.join()
    with closing(sqlite3.connect(tmp_path / "b.db")) as copy:
        assert copy.execute("SELECT text FROM inbox").fetchall() == [("hi",)]


def test_a_damaged_database_makes_no_backup(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with DatabaseFile(path, lambda: NOW) as file:
        receive(file, *range(50))
        page = file.rows("SELECT rootpage FROM sqlite_master WHERE name = 'inbox'")[0][0]
    whole = path.read_bytes()
    start = (page - 1) * 4096
    path.write_bytes(whole[:start] + b"\x5a" * 4096 + whole[start + 4096 :])
    with DatabaseFile(path, lambda: NOW) as file, pytest.raises(CorruptDatabaseError, match="damaged"):
        back_up(file, tmp_path / "b.db")
    assert sorted(found.suffix for found in tmp_path.iterdir() if "b.db" in found.name) == []
