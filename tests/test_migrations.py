"""Opening the database: what is made, what is refused, and that a refusal changes nothing."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import migrations, schema
from storage.database import DatabaseFile
from storage.errors import (
    CorruptDatabaseError,
    LockedDatabaseError,
    NewerDatabaseError,
    NotADatabaseError,
    StorageError,
    UnusablePathError,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OPEN = """
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.database import DatabaseFile
from storage.errors import StorageError
if sys.argv[2:] == ["as nobody"] and os.geteuid() == 0:
    os.setuid(65534)
try:
    DatabaseFile(Path(sys.argv[1]), lambda: datetime(2026, 11, 23, tzinfo=UTC), 60.0).close()
except StorageError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def open_at(path: Path) -> DatabaseFile:
    return DatabaseFile(path, lambda: NOW, busy_seconds=0.05)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder; a reader's shared memory and an empty write-ahead log are no content."""
    found = {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith("-shm")}
    return {name: content for name, content in found.items() if content or not name.endswith("-wal")}


def assert_refused(path: Path, kind: type[StorageError]) -> str:
    before = contents(path.parent)
    with pytest.raises(kind) as refused:
        open_at(path)
    assert contents(path.parent) == before
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_a_new_database_has_every_migration_recorded_and_its_pragmas_set(tmp_path: Path) -> None:
    with open_at(tmp_path / "new" / "sextant.db") as file:
        done = file.rows("SELECT number, name, applied_at FROM storage_migrations")
        assert [row["number"] for row in done] == list(range(1, len(schema.MIGRATIONS) + 1))
        assert done[0]["applied_at"] == "2026-11-23T09:00:00.000000Z"
        pragmas = {
            name: file.rows(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
        assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
        assert (tmp_path / "new" / "sextant.db").stat().st_mode & 0o077 == 0


def test_every_table_is_strict_and_every_moment_is_named_at(tmp_path: Path) -> None:
    with open_at(tmp_path / "s.db") as file:
        tables = file.rows(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
            "AND name NOT LIKE 'sqlite_%'"
        )
        assert [row["name"] for row in tables if not row["strict"]] == []


def test_opening_a_current_database_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    open_at(path).close()
    before = contents(tmp_path)
    with open_at(path) as file:
        assert file.rows("SELECT total_changes() AS n")[0]["n"] == 0
    assert contents(tmp_path) == before


def test_opening_a_current_database_does_not_load_the_writing_library(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    open_at(path).close()
    code = f"{OPEN}\nassert 'sqlite_utils' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def test_the_log_refuses_to_change_or_delete_what_happened(tmp_path: Path) -> None:
    with open_at(tmp_path / "s.db") as file:
        triggers = {
            row["tbl_name"]
            for row in file.rows(
                "SELECT * FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_keeps_%'"
            )
        }
        assert triggers == {*schema.APPEND_ONLY, *schema.KEPT, *schema.KEPT_HERE, *schema.AUDITED}
        with file.transaction() as tables:
            tables.execute("INSERT INTO threads VALUES ('t', 'p', 'w', 'c', 'k', '', 0, 'u', 'now')")
            tables.execute(
                "INSERT INTO turns VALUES "
                "(1, 'k', 't', NULL, 'u', 'r', '', '', '', 0, 0, 0.0, 0.0, 'now', 0, 0)"
            )
        for change in ("UPDATE turns SET by = 'x'", "DELETE FROM turns"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"), file.transaction() as tables:
                tables.execute(change)


def test_a_failing_migration_leaves_the_version_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.db"
    open_at(path).close()
    broken = ("broken", ["CREATE TABLE half_done (id INTEGER) STRICT", "CREATE NONSENSE"])
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS)
        schema.MIGRATIONS.append(broken)
        try:
            with pytest.raises(sqlite3.OperationalError):
                open_at(path)
        finally:
            schema.MIGRATIONS.remove(broken)
    with open_at(path) as file:
        assert file.row("SELECT 1 FROM sqlite_master WHERE name = 'half_done'") is None


def test_what_was_reviewed_and_forgotten_before_there_was_an_audit_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    before = next(n for n, (_, lines) in enumerate(schema.MIGRATIONS) if "DROP TABLE forgettings" in lines)
    later = schema.MIGRATIONS[before:]
    del schema.MIGRATIONS[before:]
    try:
        with open_at(path) as file, file.transaction() as tables:
            for line in (
                "INSERT INTO threads VALUES ('t', 'slack', 'T1', 'c', 'k', '', 0, 'u', 'now')",
                "INSERT INTO turns VALUES (1, 'k', 't', NULL, 'u', 'r', '', '', '', 0, 0, 0.0, 0.0, 'now')",
                "INSERT INTO decisions VALUES (1, 'd-1', 't', 1, NULL, 'rag', 0, 'u', 'U', '', '', 'now')",
                "INSERT INTO reviews VALUES (1, 'd-1', 'approved', NULL, 'lead', 'L', 'Good.', '2026-11-01')",
                "INSERT INTO forgettings VALUES (1, 'slack', 'T1', 3, 1, '2026-11-02')",
            ):
                tables.execute(line)
    finally:
        schema.MIGRATIONS.extend(later)
    with open_at(path) as file:
        rows = file.rows("SELECT what, actor, workspace, by, about, counts, done_at FROM audit ORDER BY id")
        assert [tuple(row) for row in rows] == [
            ("approved", "person", "T1", "lead", "d-1", "{}", "2026-11-01"),
            ("forgotten", "person", "T1", "", "", '{"messages":3,"decisions":1}', "2026-11-02"),
        ]


def test_several_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    starts = [subprocess.Popen([sys.executable, "-c", OPEN, str(path)]) for _ in range(8)]
    assert [start.wait() for start in starts] == [0] * 8
    with open_at(path) as file:
        assert file.rows("SELECT count(*) AS n FROM storage_migrations")[0]["n"] == len(schema.MIGRATIONS)


def test_the_knowledge_tables_may_be_there_first(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE knowledge_migrations (version INTEGER)")
    with open_at(path) as file:
        assert file.row("SELECT 1 FROM turns") is None


def test_a_newer_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with open_at(path) as file, file.transaction() as tables:
        tables.execute("INSERT INTO storage_migrations VALUES (999, 'from the future', 'now')")
    assert "update Sextant" in assert_refused(path, NewerDatabaseError)


def test_a_file_that_is_no_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary")
    assert "SEXTANT_DB" in assert_refused(path, NotADatabaseError)


def test_the_database_of_another_program_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (id INTEGER)")
    assert "another program" in assert_refused(path, NotADatabaseError)


def test_a_new_database_in_which_litestream_was_first_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
    with open_at(path) as file:
        assert file.rows("SELECT max(number) AS n FROM storage_migrations")[0]["n"] == len(schema.MIGRATIONS)


def test_a_truncated_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    open_at(path).close()
    path.write_bytes(path.read_bytes()[:-5000])
    assert "backup" in assert_refused(path, CorruptDatabaseError)


def test_a_database_with_a_damaged_page_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    open_at(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * 3000 + whole[3100:])
    assert "damaged" in assert_refused(path, CorruptDatabaseError)


def test_a_locked_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE knowledge_migrations (version INTEGER)")
        other.execute("BEGIN EXCLUSIVE")
        assert "locked" in assert_refused(path, LockedDatabaseError)


def test_a_writer_that_never_ends_is_reported_as_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with open_at(path) as file, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedDatabaseError, match="try again"), file.transaction():
            pass


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusablePathError, match="is a folder"):
        open_at(tmp_path)
    assert contents(tmp_path) == {}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UnusablePathError, match="cannot be made"):
        open_at(tmp_path / "taken" / "s.db")


@pytest.mark.parametrize("guarded", ["file", "folder", "empty folder"])
def test_what_may_not_be_written_is_refused_and_unchanged(tmp_path: Path, guarded: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "s.db"
    if guarded != "empty folder":
        open_at(path).close()
        path.chmod(0o444 if guarded == "file" else 0o666)
    before = contents(folder)
    folder.chmod(0o777 if guarded == "file" else 0o555)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    tried = subprocess.run(
        [sys.executable, "-c", OPEN, str(path), "as nobody"], capture_output=True, text=True, check=False
    )
    folder.chmod(0o700)
    assert tried.stderr.startswith("ReadOnlyDatabaseError: ")
    assert "write access" in tried.stderr
    assert contents(folder) == before


def test_what_was_shared_in_a_private_channel_before_is_hidden_from_leads_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.db"
    fifth = [name for name, _ in schema.MIGRATIONS].index(SHARED_BEFORE)
    with monkeypatch.context() as before:
        before.setattr(migrations, "MIGRATIONS", schema.MIGRATIONS[:fifth])
        with open_at(path) as file:
            with file.transaction() as tables:
                for number, channel, shared in ((1, "GBOARD", 1), (2, "CALL", 0), (3, "", 0)):
                    for line in shared_verdict(number, channel, shared):
                        tables.execute(line)
            assert [row["hidden"] for row in file.rows(HIDDEN)] == [0, 0, 1]
    with open_at(path) as file:
        assert [row["hidden"] for row in file.rows(HIDDEN)] == [1, 0, 1]
        assert [row["verdict_id"] for row in file.rows("SELECT verdict_id FROM shared_verdicts")] == [2]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), file.transaction() as tables:
            tables.execute("DELETE FROM shared_verdicts")


def test_a_thread_that_turns_out_to_be_private_takes_its_decision_from_the_lists(tmp_path: Path) -> None:
    with open_at(tmp_path / "s.db") as file, file.transaction() as tables:
        for line in shared_verdict(1, "", 0):
            tables.execute(line.replace("'', 1, 'u'", "'', 0, 'u'"))
        assert tables.execute("SELECT hidden FROM standings").fetchall() == [(0,)]
        tables.execute("UPDATE threads SET private = 1")
        assert tables.execute("SELECT hidden FROM standings").fetchall() == [(1,)]


SHARED_BEFORE = "what is shared in a private channel is shown to nobody else"
HIDDEN = "SELECT hidden FROM standings ORDER BY number"


def shared_verdict(number: int, channel: str, private: int) -> list[str]:
    """The rows of a private decision, shared in a channel if one is named."""
    here, there = f"t{number}", f"s{number}"
    verdict = '{"diagnosis": {"knowledge": 1.0, "workflow": 0.0, "behavior": 0.0, "undefined": 0.0}}'
    made = [
        f"INSERT INTO threads VALUES ('{here}', 'p', 'w', 'D{number}', 'k', '', 1, 'u', 'now')",
        "INSERT INTO turns (id, key, thread_id, by, reader, model, policy, prompt, tokens_in, tokens_out, "
        f"cost_usd, elapsed_ms, recorded_at) VALUES ({number}, 'k{number}', '{here}', 'u', 'r', '', '', '', "
        "0, 0, 0.0, 0.0, 'now')",
        "INSERT INTO verdicts (id, thread_id, turn_id, lever, confidence, final, policy, body) "
        f"VALUES ({number}, '{here}', {number}, 'rag', 0.5, 1, 'p', '{verdict}')",
    ]
    if channel:
        made += [
            f"INSERT INTO threads VALUES ('{there}', 'p', 'w', '{channel}', 'k', '', {private}, 'u', 'now')",
            "INSERT INTO outbox (thread_id, turn_id, body, queued_at, free_at) "
            f"""VALUES ('{there}', {number}, '{{"kind":"shared_verdict"}}', 'now', 'now')""",
        ]
    return [
        *made,
        "INSERT INTO decisions (id, thread_id, turn_id, verdict_id, lever, own, by, by_name, title, note, "
        f"decided_at) VALUES ('d{number}', '{here}', {number}, {number}, 'rag', 0, 'u', 'U', '', '', 'now')",
    ]
