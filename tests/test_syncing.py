"""Commits that wait together for the disk are all on it when they return."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from storage.database import DatabaseFile
from storage.errors import StorageError
from storage.log import Log
from storage.records import Incoming, Place
from storage.syncing import Syncing


def test_many_threads_that_write_at_once_all_return_and_nothing_is_missing(tmp_path):
    with DatabaseFile(tmp_path / "s.db", lambda: datetime(2026, 11, 24, tzinfo=UTC)) as file:
        log = Log(file)

        def write(number: int) -> int | None:
            return log.inbox.receive(Incoming(Place("p", "w", "c", str(number)), str(number), "u", "hello"))

        with ThreadPoolExecutor(8) as pool:
            assert None not in list(pool.map(write, range(200)))
        assert file.rows("SELECT count(*) AS n FROM inbox")[0]["n"] == 200


def test_a_disk_that_fails_is_said_in_a_sentence(tmp_path):
    with pytest.raises(StorageError, match="check the disk"):
        Syncing(tmp_path / "nowhere" / "s.db").wait()


def test_closing_waits_for_a_thread_that_is_still_reading(tmp_path):
    file = DatabaseFile(tmp_path / "s.db", lambda: datetime(2026, 11, 24, tzinfo=UTC))
    begun, found = threading.Event(), []

    def read() -> None:
        with file.transaction() as tables:
            begun.set()
            slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
            found.append(tables.execute(slow + "SELECT count(*) FROM n").fetchone()[0])

    reading = threading.Thread(target=read)
    reading.start()
    begun.wait()
    file.close()
    reading.join()
    assert found == [300000]
