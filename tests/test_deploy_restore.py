"""A restore puts a checked copy in the database's place, keeps what stood there, or changes nothing."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import schema
from storage.backup import back_up
from storage.database import DatabaseFile
from storage.errors import CorruptDatabaseError, NewerDatabaseError, NotADatabaseError
from storage.log import Log
from storage.records import Incoming, Place
from storage.restoring import RestoreError, put_back

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
KEPT = "s.db.before-20261124T093000Z"


def opened(path: Path) -> DatabaseFile:
    return DatabaseFile(path, lambda: NOW)


def write(path: Path, *texts: str) -> None:
    with opened(path) as file:
        for text in texts:
            Log(file).inbox.receive(Incoming(Place("slack", "T", "C", "1"), text, "U", text))


def texts(path: Path) -> list[str]:
    with opened(path) as file:
        return [row["text"] for row in file.rows("SELECT text FROM inbox ORDER BY id")]


def names(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.iterdir())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the database in it."""
    folder = tmp_path / "home"
    write(folder / "s.db", "before")
    return folder


@pytest.fixture
def backup(home: Path, tmp_path: Path) -> Path:
    """A backup of it; since then one message more came."""
    with opened(home / "s.db") as file:
        back_up(file, tmp_path / "b.db")
    write(home / "s.db", "after")
    return tmp_path / "b.db"


def restore(backup: Path, home: Path) -> Path | None:
    return put_back(backup, home / "s.db", lambda: NOW)


def test_a_restore_brings_the_backup_back_and_keeps_what_stood_there(home: Path, backup: Path) -> None:
    assert restore(backup, home) == home / KEPT
    assert names(home) == ["s.db", KEPT]
    assert (home / "s.db").stat().st_mode & 0o077 == 0
    assert (texts(home / "s.db"), texts(home / KEPT)) == (["before"], ["before", "after"])
    write(home / "s.db", "from now on")
    assert texts(home / "s.db") == ["before", "from now on"]


def test_a_restore_makes_the_folder_anew_after_the_disk_was_lost(backup: Path, tmp_path: Path) -> None:
    assert put_back(backup, tmp_path / "new" / "disk" / "s.db", lambda: NOW) is None
    assert texts(tmp_path / "new" / "disk" / "s.db") == ["before"]


def test_a_database_in_use_is_not_replaced(home: Path, backup: Path) -> None:
    with opened(home / "s.db"), pytest.raises(RestoreError, match="in use; stop Sextant"):
        restore(backup, home)
    assert names(home) == ["s.db"]
    assert texts(home / "s.db") == ["before", "after"]


def test_what_a_kill_left_in_the_write_ahead_log_is_kept_and_never_mixed_with_the_backup(
    home: Path, backup: Path
) -> None:
    with opened(home / "s.db") as file:
        Log(file).inbox.receive(Incoming(Place("slack", "T", "C", "1"), "late", "U", "late"))
        left = {end: (home / f"s.db{end}").read_bytes() for end in ("", "-wal")}
    for end, content in left.items():
        (home / f"s.db{end}").write_bytes(content)
    restore(backup, home)
    assert texts(home / "s.db") == ["before"]
    assert texts(home / KEPT) == ["before", "after", "late"]


def test_a_damaged_database_is_put_aside_with_its_log(home: Path, backup: Path) -> None:
    (home / "s.db").write_bytes(b"rubbish" * 900)
    (home / "s.db-wal").write_bytes(b"more rubbish")
    restore(backup, home)
    assert texts(home / "s.db") == ["before"]
    assert (home / KEPT).read_bytes().startswith(b"rubbish")
    assert (home / f"{KEPT}-wal").read_bytes() == b"more rubbish"


def test_what_is_no_sound_backup_of_ours_is_refused_and_nothing_changes(
    home: Path, backup: Path, tmp_path: Path
) -> None:
    alien, empty, newer, damaged = (
        tmp_path / f"{name}.db" for name in ("alien", "empty", "newer", "damaged")
    )
    alien.write_text("Dear diary")
    empty.touch()
    newer.write_bytes(backup.read_bytes())
    with closing(sqlite3.connect(newer)) as other, other:
        other.execute("INSERT INTO storage_migrations VALUES (999, 'from the future', 'now')")
    content = bytearray(backup.read_bytes())
    with closing(sqlite3.connect(backup)) as found:
        page = found.execute("SELECT rootpage FROM sqlite_master WHERE name = 'inbox'").fetchone()[0]
    content[(page - 1) * 4096 : page * 4096] = b"\x5a" * 4096
    damaged.write_bytes(content)
    for wrong, error in (
        (tmp_path / "none.db", RestoreError),
        (home / "s.db", RestoreError),
        (alien, NotADatabaseError),
        (empty, NotADatabaseError),
        (newer, NewerDatabaseError),
        (damaged, CorruptDatabaseError),
    ):
        with pytest.raises(error):
            restore(wrong, home)
    assert names(home) == ["s.db"]
    assert texts(home / "s.db") == ["before", "after"]


def test_an_upgrade_that_is_taken_back_ends_where_the_old_version_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backup, migration, refusal by the old version, restore: the four steps of docs/deploy.md."""
    path, current = tmp_path / "s.db", list(schema.MIGRATIONS)
    upgrade = (*current, ("later", ("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT",)))
    write(path, "by the old version")
    with opened(path) as file:
        back_up(file, tmp_path / "b.db")
    for module in ("storage.migrations", "storage.opening"):
        monkeypatch.setattr(f"{module}.MIGRATIONS", upgrade)
    write(path, "by the new version")
    for module in ("storage.migrations", "storage.opening"):
        monkeypatch.setattr(f"{module}.MIGRATIONS", current)
    with pytest.raises(NewerDatabaseError, match="newer Sextant"):
        opened(path)
    assert put_back(tmp_path / "b.db", path, lambda: NOW) == tmp_path / KEPT
    assert texts(path) == ["by the old version"]
