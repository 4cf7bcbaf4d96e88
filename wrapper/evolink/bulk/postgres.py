"""The journal in PostgreSQL, which any number of processes share."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

from .errors import BulkError, JournalError
from .sql import SCHEMA, SQLJournal
from .states import HELD

try:
    import psycopg
except ImportError:
    raise BulkError(
        "a journal in PostgreSQL needs the extra 'postgres': pip install 'evolink-client[postgres]'"
    ) from None

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Seconds after which the jobs of a process that shows no sign of life are taken over.
LEASE = 30.0
# Any number, the same for all processes.
_SCHEMA_LOCK = 5_377_921
_NOW = "EXTRACT(EPOCH FROM clock_timestamp())"
_HELD = ", ".join(sorted(f"'{state.value}'" for state in HELD))


class PostgresJournal(SQLJournal):
    """A journal in a database; the leases of jobs go by its clock.

    A process that could not renew its leases in time submits no more: its jobs may be another's by now.
    """

    _for_update = "FOR UPDATE SKIP LOCKED"
    _is_dead = f"lease < {_NOW}"

    def __init__(
        self, address: str, run: str, *, lease: float | None = None, is_read_only: bool = False
    ) -> None:
        super().__init__(run)
        seconds = LEASE if lease is None else lease
        self.lease: float | None = seconds
        self._new_lease = f"{_NOW} + {seconds}"
        self._address = address
        # A cancelled engine may begin the next transaction while a thread is still in one.
        self._lock = threading.Lock()
        with _reporting():
            self._connection = self._connected()
        if not is_read_only:
            with self._transaction() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
                for statement in SCHEMA:
                    cursor.execute(statement)
        self._heartbeat = _Heartbeat(seconds, self._renew_leases, self._connected)

    @property
    def is_alive(self) -> bool:
        """As `Journal.is_alive`."""
        return self._heartbeat.is_alive

    def _connected(self) -> Any:
        return psycopg.connect(self._address, autocommit=True, application_name="evolink bulk")

    @contextlib.contextmanager
    def _transaction(self, *, is_durable: bool = False) -> Iterator[Any]:
        with self._lock, _reporting(), self._connection.transaction(), self._connection.cursor() as cursor:
            if not is_durable:
                cursor.execute("SET LOCAL synchronous_commit TO off")
            yield cursor
        self.durable_commits += is_durable

    def _execute(self, cursor: Any, statement: str, parameters: Any = ()) -> Any:
        return cursor.execute(statement.replace("?", "%s"), parameters)

    def _lock_budget(self, cursor: Any) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (self._run,))

    def _insert_jobs(self, cursor: Any, rows: Iterable[tuple[Any, ...]]) -> None:
        columns = "run, seq, id, output, folded_output, body, price, state"
        with cursor.copy(f"COPY bulk_jobs ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _renew_leases(self, connection: Any) -> None:
        connection.execute(
            f"UPDATE bulk_jobs SET lease = {self._new_lease}"  # noqa: S608 - constants only
            f" WHERE run = %s AND owner = %s AND state IN ({_HELD})",
            (self._run, self._owner),
        )

    def close(self) -> None:
        """As `Journal.close`; what this process still held, another may have at once."""
        self._heartbeat.stop()
        with contextlib.suppress(psycopg.Error):
            self._connection.execute(
                f"UPDATE bulk_jobs SET lease = 0 WHERE run = %s AND owner = %s AND state IN ({_HELD})",  # noqa: S608 - constants only
                (self._run, self._owner),
            )
        with _reporting():
            self._connection.close()


class _Heartbeat:
    """Renews the leases of a process over a connection of its own, in a thread."""

    def __init__(self, lease: float, renew: Any, connect: Any) -> None:
        self._lease = lease
        self._renew = renew
        self._connect = connect
        self._renewed_at = _Moment()
        self._is_lost = False
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="evolink-bulk-leases", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the leases last for a while."""
        return not self._is_lost and self._renewed_at.age < self._lease / 2

    def stop(self) -> None:
        """End the thread."""
        self._is_stopped.set()
        self._thread.join(self._lease)

    def _run(self) -> None:
        connection: Any = None
        while not self._is_stopped.wait(self._lease / 5):
            if self._renewed_at.age > 0.75 * self._lease:
                # Another process may have some of the jobs: what is not sent yet must not be sent any more.
                self._is_lost = True
                break
            moment = _Moment()
            try:
                connection = connection or self._connect()
                self._renew(connection)
                self._renewed_at = moment
            except psycopg.Error:
                connection = None
        if connection is not None:
            connection.close()


class _Moment:
    """A moment whose age grows also while the process is stopped or the machine sleeps."""

    def __init__(self) -> None:
        self._monotonic = time.monotonic()
        self._wall = time.time()

    @property
    def age(self) -> float:
        """Seconds since then."""
        return max(time.monotonic() - self._monotonic, time.time() - self._wall)


@contextlib.contextmanager
def _reporting() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise JournalError(f"the journal in PostgreSQL cannot be used: {error}") from error
