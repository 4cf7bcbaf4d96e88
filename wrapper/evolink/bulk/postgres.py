"""The journal in PostgreSQL, which any number of processes share."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from .errors import BulkError, JournalError
from .leases import Heartbeat, Moment
from .sql import SQLJournal
from .states import HELD
from .tables import SCHEMA, names

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
except ImportError:
    raise BulkError(
        "a journal in PostgreSQL needs the extra 'postgres': pip install 'evolink-client[postgres]'"
    ) from None

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Seconds after which the jobs of a process that shows no sign of life are taken over.
LEASE = 30.0
# A connection is lost after so many seconds without an answer, unless the address says otherwise.
_CONNECTION = {
    "application_name": "evolink bulk",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# Seconds after which a connection is tried before it is used.
_IDLE = 1.0
# Seconds after which the server ends a transaction that waits for its process; the lease, if that is longer.
# A process that stands still would lock its jobs, and nobody could take them over.
STANDSTILL = 5.0
# Any number, the same for all processes.
_SCHEMA_LOCK = 5_377_921
_NOW = "EXTRACT(EPOCH FROM clock_timestamp())"
# Of the connection or the server; the SQL is not to blame.
_LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
)


class PostgresJournal(SQLJournal):
    """A journal in a database; the leases of jobs go by its clock.

    A process that could not renew its leases in time submits nothing of what it has claimed before: it may be
    another's by now. A connection that is lost is made again by the next call. All commits are durable: what
    the server has confirmed, a process relies on, also when the server crashes.
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
        self._used_at = Moment()
        try:
            if not is_read_only:
                self._prepare()
        except BaseException:
            self._connection.close()
            raise
        self._heartbeat = Heartbeat(seconds, self._renew_leases, self._connected)

    def _prepare(self) -> None:
        with self._transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            for statement in SCHEMA:
                cursor.execute(statement)

    @property
    def is_alive(self) -> bool:
        """As `Journal.is_alive`."""
        return self._heartbeat.is_fresh

    @property
    def _tenure(self) -> int:
        return self._heartbeat.tenure

    def _connected(self) -> Any:
        parameters: Any = {**_CONNECTION, **conninfo_to_dict(self._address)}
        connection = psycopg.connect(**parameters, autocommit=True)
        # Where the server is set to confirm what is not on the disk yet.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        milliseconds = round(1000 * max(self.lease or 0.0, STANDSTILL))
        connection.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, false)", (str(milliseconds),)
        )
        return connection

    @contextlib.contextmanager
    def _transaction(self, *, is_durable: bool = False) -> Iterator[Any]:
        with self._lock, _reporting():
            self._connect_again()
            with self._connection.transaction(), self._connection.cursor() as cursor:
                yield cursor
            self._used_at = Moment()
        self.durable_commits += is_durable

    def _connect_again(self) -> None:
        """Replace a connection that is lost, as it often is when it was not used for a while."""
        if self._used_at.age > _IDLE:
            with contextlib.suppress(psycopg.Error):
                self._connection.execute("")
        if self._connection.closed:
            self._connection = self._connected()

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
            f"UPDATE bulk_jobs SET lease = {self._new_lease} WHERE run = %s AND seq IN ("  # noqa: S608 - constants only
            f"SELECT seq FROM bulk_jobs WHERE run = %s AND owner = %s AND state IN ({names(HELD)})"
            " ORDER BY seq FOR UPDATE)",
            (self._run, self._run, self._owner),
        )

    def close(self) -> None:
        """As `Journal.close`; what this process still held, another may have at once."""
        self._heartbeat.stop()
        with contextlib.suppress(psycopg.Error):
            self._connection.execute(
                "UPDATE bulk_jobs SET lease = 0"  # noqa: S608 - constants only
                f" WHERE run = %s AND owner = %s AND state IN ({names(HELD)})",
                (self._run, self._owner),
            )
        self._connection.close()


@contextlib.contextmanager
def _reporting() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        reported = JournalError(f"the journal in PostgreSQL cannot be used: {reason}")
        reported._is_transient = isinstance(error, _LOST)
        raise reported from error
