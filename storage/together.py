"""What several want to write at the same moment, written in one transaction: one commit serves them all."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from storage.errors import is_about_the_file

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

MOST = 64
"""So many at once: others wait for the lock meanwhile."""

_T = TypeVar("_T")


class Together:
    """Whoever comes first writes for all that wait by then; the others find theirs written."""

    def __init__(self, transaction: "Callable[[], AbstractContextManager[Tables]]") -> None:
        """`transaction` begins one that need not be durable when it ends."""
        self._transaction = transaction
        self._waiting: deque[_Wish] = deque()
        self._turn = threading.Lock()

    def write(self, work: "Callable[[Tables], _T]") -> _T:
        """Do some work in a transaction, and give what it gives; if it raises, it leaves nothing behind.

        Raises:
            StorageError: nothing was written, neither this nor what came with it.
        """
        mine = _Wish(work)
        self._waiting.append(mine)
        while not mine.over:
            with self._turn:
                if not mine.over:
                    self._write([self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))])
        if mine.error is not None:
            raise mine.error
        return cast(_T, mine.found)

    def _write(self, wishes: "Sequence[_Wish]") -> None:
        try:
            with self._transaction() as tables:
                for wish in wishes:
                    _grant(tables, wish, alone=len(wishes) == 1)
        except BaseException as error:
            for wish in wishes:
                wish.error = error
        finally:
            for wish in wishes:
                wish.over = True


class _Wish:
    """Work that somebody waits for."""

    def __init__(self, work: "Callable[[Tables], Any]") -> None:
        self.work = work
        self.found: Any = None
        self.error: BaseException | None = None
        self.over = False


def _grant(tables: "Tables", wish: _Wish, alone: bool) -> None:
    """Do the work; what goes wrong in it alone is undone alone. Raises what undid the whole transaction."""
    if alone:
        wish.found = wish.work(tables)
        return
    tables.execute("SAVEPOINT wish")
    try:
        wish.found = wish.work(tables)
    except Exception as error:
        if is_about_the_file(error) or not tables.conn.in_transaction:
            raise  # everybody's work is lost with it
        tables.execute("ROLLBACK TO wish")
        wish.error = error
    tables.execute("RELEASE wish")
