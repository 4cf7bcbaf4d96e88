"""The journal in a file of SQLite, for one process at a time."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING

from .errors import FolderInUse, JournalError
from .sql import SQLJournal
from .tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A file holds one run, wherever its folder is moved.
_RUN = "run"
# Whoever reads the state of a run may be in the way for a moment.
_BUSY_TIMEOUT = 30.0


class SQLiteJournal(SQLJournal):
    """A journal in a file.

    Transactions outlive a crash of the process at once; those that are durable also outlive a power cut.
    """

    def __init__(self, path: Path, *, is_read_only: bool = False) -> None:
        super().__init__(_RUN)
        self._path = path
        # A cancelled engine may begin the next transaction while a thread is still in one.
        self._lock = threading.Lock()
        with self._reporting():
            self._connection = _connected(path, is_read_only=is_read_only)
            try:
                if not is_read_only:
                    self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._transaction() as cursor:
            for statement in SCHEMA:
                cursor.execute(statement)

    @contextlib.contextmanager
    def _transaction(self, *, is_durable: bool = False) -> Iterator[sqlite3.Cursor]:
        with self._lock, self._reporting():
            if is_durable:
                self._connection.execute("PRAGMA synchronous = FULL")
            try:
                self._connection.execute("BEGIN IMMEDIATE" if is_durable else "BEGIN")
                yield self._connection.cursor()
                self._connection.execute("COMMIT")
                self.durable_commits += is_durable
            finally:
                # Only what was not committed: an interrupt may have come right after that.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if is_durable:
                    self._connection.execute("PRAGMA synchronous = NORMAL")

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"the journal {self._path} cannot be used: {error}") from error

    def close(self) -> None:
        """As `Journal.close`."""
        with self._lock, self._reporting():
            self._connection.close()


class FolderLock:
    """Held by the one run that may work in a folder, and released by the system when its process ends.

    It is a lock of SQLite's, which works on every system.
    """

    def __init__(self, path: Path, what: Path) -> None:
        """Take the lock.

        Args:
            path: The path of the lock.
            what: What is locked, for the error.

        Raises:
            FolderInUse: Another process has it.
        """
        try:
            self._connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                self._connection.execute("BEGIN EXCLUSIVE")
            except BaseException:
                self._connection.close()
                raise
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise FolderInUse(
                    f"another run works in {what}: wait for its end, or look at its status"
                ) from None
            raise JournalError(f"cannot lock {path}: {error}") from error

    def release(self) -> None:
        """Let others work here."""
        self._connection.close()


def _connected(path: Path, *, is_read_only: bool) -> sqlite3.Connection:
    # The engine calls from several threads, one at a time.
    if is_read_only:
        address = f"{path.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(
            address, uri=True, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
    return sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
