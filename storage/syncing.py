"""Makes commits durable together: one wait for the disk serves every commit that was made before it began."""

import os
import threading
from pathlib import Path

from storage.errors import StorageError

FAILED = "The disk failed while {path} was written ({error}); check the disk, then try again."


class Syncing:
    """Waits until what was committed to a database's write-ahead log is on the disk.

    Commits leave the log unsynced (`synchronous = NORMAL`) and then wait here. Whoever finds no wait under
    way begins one; the others share the next. A checkpoint in between is no harm: it syncs the log first.
    Others may see a commit a moment before it is on the disk; only a power failure in that moment shows.
    """

    def __init__(self, database: Path) -> None:
        self._log = database.with_name(database.name + "-wal")
        self._file = -1
        self._turn = threading.Condition()
        self._begun = self._done = 0
        self._running = False

    def wait(self) -> None:
        """Return once what this thread committed is on the disk. Raises StorageError when it cannot be."""
        with self._turn:
            mine = self._begun + 1  # one that runs already may have begun before our commit
            while self._done < mine:
                if self._running:
                    self._turn.wait()
                else:
                    self._sync()

    def close(self) -> None:
        """Let go of the log."""
        with self._turn:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _sync(self) -> None:
        self._running = True
        self._begun += 1
        number = self._begun
        self._turn.release()
        try:
            if self._file < 0:
                self._file = os.open(self._log, os.O_RDONLY)
            os.fsync(self._file)
        except OSError as error:
            raise StorageError(FAILED.format(path=self._log, error=error.strerror)) from error
        finally:
            self._turn.acquire()
            self._running = False
            self._turn.notify_all()
        self._done = max(self._done, number)
