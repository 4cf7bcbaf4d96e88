"""A journal in a database of SQL: everything but the connection."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from .errors import BulkError, OtherJobs
from .journal import Change, Claim, Counts
from .states import FINAL, HELD, MAY_BE_CHARGED, State, sources_of
from .tables import COLUMNS, WITH_BODY, names, row_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from .jobs import Job
    from .journal import JobRow

_PAGE = 500
# Of the jobs that finished last; the rate of a run follows from them.
_RECENT = 200
# Credits are sums of decimal fractions.
_ROUNDING = 1e-6
# What is noted of jobs that are being submitted when their process dies: for the first time, or again. The
# latter is noted before, so that it also tells the two from each other.
_DIED = Change.unknown(0, "the process died while it submitted").error
_RESUBMITTED = json.dumps(Change.unknown(0, "submitted again under its key, without a reply").error)
_IS_RESUBMITTED = "error IS NOT NULL"


class SQLJournal:
    """What the journals in SQLite and PostgreSQL share."""

    # Added to a SELECT of rows that are about to be changed.
    _for_update = ""
    # When a lease ends that is given now, and whether one has ended.
    _new_lease = "NULL"
    _is_dead = "TRUE"

    def __init__(self, run: str) -> None:
        self.durable_commits = 0
        self.lease: float | None = None
        self._run = run
        self._owner = uuid.uuid4().hex

    @property
    def is_alive(self) -> bool:
        """As `Journal.is_alive`."""
        return True

    @property
    def _tenure(self) -> int:
        """The number of the series of leases that has not been broken until now."""
        return 0

    def holds(self, job: JobRow) -> bool:
        """As `Journal.holds`."""
        return self.is_alive and job.tenure == self._tenure

    def _transaction(self, *, is_durable: bool = False) -> AbstractContextManager[Any]:
        """A cursor in a transaction.

        Raises:
            JournalError: The database refuses.
        """
        raise NotImplementedError

    def _execute(self, cursor: Any, statement: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a statement with `?` for its parameters."""
        return cursor.execute(statement, parameters)

    def _lock_budget(self, cursor: Any) -> None:
        """Let no other process claim jobs until the end of the transaction."""

    def _insert_jobs(self, cursor: Any, rows: Iterable[tuple[Any, ...]]) -> None:
        marks = "?, ?, ?, ?, ?, ?, ?, ?"
        cursor.executemany(
            "INSERT INTO bulk_jobs (run, seq, id, output, folded_output, body, price, state)"
            f" VALUES ({marks})",
            rows,
        )

    def create(
        self,
        fingerprint: str,
        jobs: Iterable[Job],
        prices: Mapping[str, float | None],
        *,
        api: str,
        is_begun: bool = False,
    ) -> None:
        """As `Journal.create`.

        Raises:
            OtherJobs: The journal has other jobs.
            BulkError: They have been submitted to another API, or the journal has lost them.
        """
        with self._transaction(is_durable=True) as cursor:
            added = self._execute(
                cursor,
                "INSERT INTO bulk_runs VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (self._run, fingerprint, time.time()),
            ).rowcount
            if added and is_begun:
                raise BulkError(
                    "the journal has lost the jobs of this run, and which of them were submitted:"
                    " to submit all of them again, give another folder"
                )
            if added:
                self._insert_jobs(cursor, self._new_rows(jobs, prices))
                self._execute(cursor, "INSERT INTO bulk_apis VALUES (?, ?)", (self._run, api))
                return
            known = self._execute(
                cursor, "SELECT fingerprint FROM bulk_runs WHERE name = ?", (self._run,)
            ).fetchone()[0]
            if known != fingerprint:
                raise OtherJobs(
                    "this folder belongs to other jobs: their number, order or content was different when the"
                    " run began. Give the same jobs, or another folder."
                )
            self._check_api(cursor, api)

    def _check_api(self, cursor: Any, api: str) -> None:
        """Note which API the jobs are submitted to from now on, unless another one has some of them."""
        noted = self._execute(cursor, "SELECT api FROM bulk_apis WHERE run = ?", (self._run,)).fetchone()
        if noted is None or noted[0] == api:  # an older version has not noted it
            return
        is_submitted = "SELECT 1 FROM bulk_jobs WHERE run = ? AND state <> 'queued' LIMIT 1"
        if self._execute(cursor, is_submitted, (self._run,)).fetchone() is not None:
            raise BulkError(
                f"these jobs were submitted to {noted[0]}, and {api} has none of their tasks: give another"
                f" folder, or continue with {noted[0]}"
            )
        self._execute(cursor, "UPDATE bulk_apis SET api = ? WHERE run = ?", (api, self._run))

    def _new_rows(self, jobs: Iterable[Job], prices: Mapping[str, float | None]) -> Iterator[tuple[Any, ...]]:
        for seq, job in enumerate(jobs, start=1):
            price = prices.get(json.loads(job.body)["model"])
            folded = job.output.casefold()
            yield self._run, seq, job.id, job.output, folded, job.body, price, State.QUEUED.value

    def claim(self, limit: int, max_credits: float | None) -> Claim:
        """As `Journal.claim`."""
        tenure = self._tenure
        with self._transaction(is_durable=True) as cursor:
            spent = 0.0
            if max_credits is not None:
                self._lock_budget(cursor)
                spent = self._spent(cursor)
            found = self._execute(
                cursor,
                f"SELECT {WITH_BODY}, price FROM bulk_jobs WHERE run = ? AND state = 'queued'"
                f" ORDER BY seq LIMIT ? {self._for_update}",
                (self._run, limit + 1),
            ).fetchall()
            jobs: list[JobRow] = []
            for *columns, price in found[:limit]:
                spent += price or 0.0
                if max_credits is not None and spent > max_credits + _ROUNDING:
                    break
                row = row_of(columns)
                key = row.idempotency_key or f"evolink-{uuid.uuid4().hex}"
                jobs.append(row._replace(state=State.SUBMITTING, idempotency_key=key, tenure=tenure))
            self._submit(cursor, jobs)
        return Claim(jobs, len(found) > len(jobs), len(jobs) < min(len(found), limit))

    def claim_unknown(self, seqs: Collection[int] | None = None) -> Sequence[JobRow]:
        """As `Journal.claim_unknown`."""
        tenure = self._tenure
        is_unknown = "state = 'unknown' AND idempotency_key IS NOT NULL"
        # By an earlier call, of whose success this process does not know.
        is_claimed = f"state = 'submitting' AND owner = ? AND {_IS_RESUBMITTED}"
        with self._transaction(is_durable=True) as cursor:
            rows = self._select(
                cursor,
                f"(({is_unknown}) OR ({is_claimed})) ORDER BY seq {self._for_update}",
                (self._owner,),
                columns=WITH_BODY,
            )
            jobs = [
                row._replace(state=State.SUBMITTING, tenure=tenure)
                for row in rows
                if seqs is None or row.seq in seqs
            ]
            self._submit(cursor, jobs, error=_RESUBMITTED)
        return jobs

    def _submit(self, cursor: Any, jobs: Sequence[JobRow], *, error: str | None = None) -> None:
        for job in jobs:
            self._execute(
                cursor,
                "UPDATE bulk_jobs SET state = 'submitting', idempotency_key = ?, error = ?,"
                f" finished = NULL, owner = ?, lease = {self._new_lease} WHERE run = ? AND seq = ?",
                (job.idempotency_key, error, self._owner, self._run, job.seq),
            )

    def _spent(self, cursor: Any) -> float:
        """What the jobs cost that may have been charged."""
        return float(
            self._execute(
                cursor,
                "SELECT COALESCE(SUM(COALESCE(credits, price, 0)), 0) FROM bulk_jobs"
                f" WHERE run = ? AND state IN ({names(MAY_BE_CHARGED)})",
                (self._run,),
            ).fetchone()[0]
        )

    def take_over(self, held: Collection[int]) -> Sequence[JobRow]:
        """As `Journal.take_over`."""
        with self._transaction() as cursor:
            rows = self._select(
                cursor,
                f"state IN ({names(HELD)}) AND ((owner <> ? AND {self._is_dead}) OR owner = ?)"
                f" ORDER BY seq {self._for_update}",
                (self._owner, self._owner),
            )
            rows = [row for row in rows if row.seq not in held]
            for row in rows:
                if row.state is State.SUBMITTING:
                    change = Change(row.seq, State.UNKNOWN, error=row.error or _DIED)
                    self._update(cursor, change, "state = 'submitting'", [])
                    continue
                self._execute(
                    cursor,
                    f"UPDATE bulk_jobs SET owner = ?, lease = {self._new_lease} WHERE run = ? AND seq = ?",
                    (self._owner, self._run, row.seq),
                )
        return rows

    def release(self, seqs: Sequence[int] | None, *, besides: Collection[int] = ()) -> None:
        """As `Journal.release`."""
        with self._transaction() as cursor:
            claimed = self._select(cursor, "state = 'submitting' AND owner = ? ORDER BY seq", (self._owner,))
            for row in claimed:
                if row.seq in besides or (seqs is not None and row.seq not in seqs):
                    continue
                target = State.QUEUED if row.error is None else State.UNKNOWN
                self._update(cursor, Change(row.seq, target, error=row.error), "state = 'submitting'", [])

    def write(self, changes: Sequence[Change]) -> Sequence[int]:
        """As `Journal.write`."""
        lost = []
        with self._transaction() as cursor:
            # All lock jobs in their order, and so do those that renew leases: nobody waits for each other.
            for change in sorted(changes, key=lambda change: change.seq):
                sources = {*sources_of(change.target), change.target} & HELD
                if not self._update(
                    cursor, change, f"state IN ({names(sources)}) AND owner = ?", [self._owner]
                ) and not self._resolve_late(cursor, change):
                    lost.append(change.seq)
        return lost

    def _resolve_late(self, cursor: Any, change: Change) -> bool:
        """Note what became of a submission that another process has taken for lost."""
        is_lost = "state = 'unknown' AND idempotency_key = ?"
        if change.target is State.SUBMITTED:
            return self._update(cursor, change, is_lost, [change.idempotency_key])
        if change.target is State.QUEUED and change.idempotency_key is not None:
            # Not sent: nobody has submitted it again since.
            parameters = [change.idempotency_key, json.dumps(_DIED)]
            return self._update(cursor, change, f"{is_lost} AND error = ?", parameters)
        return False

    def _update(self, cursor: Any, change: Change, condition: str, parameters: list[Any]) -> bool:
        is_held = change.target in HELD
        done: int = self._execute(
            cursor,
            "UPDATE bulk_jobs SET state = ?, task_id = COALESCE(?, task_id),"
            " credits = COALESCE(?, credits), files = ?, error = ?, finished = ?, owner = ?,"
            f" lease = {self._new_lease if is_held else 'NULL'}"
            f" WHERE run = ? AND seq = ? AND {condition}",
            (
                change.target.value,
                change.task_id,
                change.credits,
                json.dumps(change.files) if change.files else None,
                None if change.error is None else json.dumps(change.error),
                time.time() if change.target in FINAL else None,
                self._owner if is_held else None,
                self._run,
                change.seq,
                *parameters,
            ),
        ).rowcount
        return done == 1

    def resolve(self, change: Change) -> bool:
        """As `Journal.resolve`."""
        sources = sources_of(change.target) & {State.UNKNOWN, State.FAILED}
        with self._transaction(is_durable=True) as cursor:
            is_written = self._update(cursor, change, f"state IN ({names(sources)})", [])
            if is_written and change.target is State.QUEUED:
                self._execute(
                    cursor,
                    "UPDATE bulk_jobs SET idempotency_key = NULL, task_id = NULL, credits = NULL"
                    " WHERE run = ? AND seq = ?",
                    (self._run, change.seq),
                )
            if is_written and change.target is State.SUBMITTED:  # the next run takes it over
                self._execute(
                    cursor,
                    "UPDATE bulk_jobs SET owner = '', lease = 0 WHERE run = ? AND seq = ?",
                    (self._run, change.seq),
                )
        return is_written

    def rows(self) -> Iterator[JobRow]:
        """As `Journal.rows`."""
        return self._pages("TRUE")

    def unresolved(self) -> Iterator[JobRow]:
        """As `Journal.unresolved`."""
        return self._pages("state IN ('unknown', 'failed')")

    def _pages(self, condition: str) -> Iterator[JobRow]:
        last = 0
        while True:
            with self._transaction() as cursor:
                page = self._select(cursor, f"{condition} AND seq > ? ORDER BY seq LIMIT {_PAGE}", (last,))
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1].seq

    def find(self, job_id: str) -> JobRow | None:
        """As `Journal.find`."""
        with self._transaction() as cursor:
            return next(iter(self._select(cursor, "id = ?", (job_id,))), None)

    def has_output(self, name: str) -> bool:
        """As `Journal.has_output`."""
        with self._transaction() as cursor:
            folded = name.casefold()
            start = f"{folded}."
            condition = "(folded_output = ? OR substr(folded_output, 1, ?) = ?) LIMIT 1"
            return bool(self._select(cursor, condition, (folded, len(start), start)))

    def counts(self) -> Counts:
        """As `Journal.counts`.

        Raises:
            BulkError: There is no such run.
        """
        with self._transaction() as cursor:
            states = self._execute(
                cursor, "SELECT state, COUNT(*) FROM bulk_jobs WHERE run = ? GROUP BY state", (self._run,)
            ).fetchall()
            price, unpriced = self._execute(
                cursor,
                "SELECT COALESCE(SUM(price), 0), COUNT(*) - COUNT(price) FROM bulk_jobs"
                " WHERE run = ? AND state = 'queued'",
                (self._run,),
            ).fetchone()
            started = self._execute(
                cursor, "SELECT started FROM bulk_runs WHERE name = ?", (self._run,)
            ).fetchone()
            finished = self._execute(
                cursor,
                "SELECT finished FROM bulk_jobs WHERE run = ? AND finished IS NOT NULL"
                f" ORDER BY finished DESC LIMIT {_RECENT}",
                (self._run,),
            ).fetchall()
            spent = self._spent(cursor)
        if started is None:
            raise BulkError("the journal has no jobs yet: start the run first")
        moments = [moment for (moment,) in reversed(finished)]
        known = {State(name): count for name, count in states}
        return Counts(known, spent, started[0], moments, float(price), unpriced)

    def _select(
        self, cursor: Any, condition: str, parameters: Sequence[Any] = (), *, columns: str = COLUMNS
    ) -> list[JobRow]:
        statement = f"SELECT {columns} FROM bulk_jobs WHERE run = ? AND {condition}"
        found = self._execute(cursor, statement, (self._run, *parameters)).fetchall()
        return [row_of(columns) for columns in found]
