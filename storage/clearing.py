"""Make sure that what was taken out is nowhere in the file any more.

Every connection overwrites what it deletes (`secure_delete`), so nearly all of it is gone with the commit
that takes it out. Yet when rows move between pages, copies can stay behind in parts that are out of use. Only
writing the whole file anew is sure to leave them behind; others can read meanwhile, but not write.
"""

from storage.database import DatabaseFile
from storage.duties import CLEARING, Duties

QUICK = 256 * 1024 * 1024
"""Bytes of a file that is written anew within a few seconds, which those who write can wait for."""


class Clearing:
    """Clears one database file."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._duties = Duties(file)

    @property
    def owed(self) -> bool:
        """Whether anything was taken out since the file was cleared last."""
        return self._duties.owed(CLEARING)

    @property
    def quick(self) -> bool:
        """Whether it takes a few seconds at most."""
        return self._file.path.stat().st_size <= QUICK

    def clear(self) -> bool:
        """Write the file anew. False: somebody still reads an older state; it stays owed.

        Not so where Litestream reads on for ever: it keeps what was taken out for its own time anyway.

        Raises:
            StorageError: it is locked for too long, or there is no room for a second copy.
        """
        began = self._file.now()
        with self._file.transaction() as tables:  # only a merged index has let go of what left it
            tables.execute("INSERT INTO decision_words (decision_words) VALUES ('optimize')")
        whole = self._file.rewrite()
        if whole or self._file.replicated:
            self._duties.done(CLEARING, began)
        return whole
