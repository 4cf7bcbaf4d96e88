"""What a person decides about jobs whose outcome is unknown, or that have failed."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, NamedTuple

from .errors import BulkError
from .folder import JournalAddress, RunFolder
from .journal import Change
from .results import write_results
from .states import State

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping

    from .journal import JobRow, Journal

_WILDCARDS = frozenset("*?[")


class Unresolved(NamedTuple):
    """A job that a person may decide about.

    Attributes:
        id: The id of the job.
        status: `unknown` or `failed`.
        idempotency_key: The idempotency key under which it was submitted.
        task_id: The id of its task, if it has one.
        message: What went wrong.
    """

    id: str
    status: str
    idempotency_key: str | None
    task_id: str | None
    message: str


def resolve(
    folder: str | os.PathLike[str],
    *,
    retry: Iterable[str] = (),
    give_up: Iterable[str] = (),
    task_ids: Mapping[str, str] | None = None,
    journal: str | None = None,
) -> list[Unresolved]:
    """Decide about jobs whose outcome is unknown, or that have failed; the next run follows it.

    Args:
        folder: The folder of the run.
        retry: Jobs to submit again under a new key: they were not charged, or may be charged again. With
            wildcards (`*`), of those that are unknown.
        give_up: Unknown jobs to count as failed; with wildcards too.
        task_ids: The task of each unknown or failed job that was found, on the dashboard for example.
        journal: As for `client.bulk.run`; needed only for PostgreSQL.

    Returns:
        The jobs that are unknown or have failed now.

    Raises:
        BulkError: There is no such run, or a job cannot be decided about like this.
    """
    place = RunFolder(folder)
    opened = place.open_journal(None if journal is None else JournalAddress.parsed(journal))
    try:
        changes: dict[int, tuple[JobRow, Change]] = {}
        for job, change in _changes(opened, retry, give_up, task_ids or {}):
            if changes.setdefault(job.seq, (job, change))[1] != change:
                raise BulkError(f"job {job.id}: there are two decisions about it")
        for job, change in changes.values():
            if not opened.resolve(change):
                raise BulkError(f"job {job.id} has changed meanwhile: look again")
        if changes:
            write_results(opened, place, None)
        return [_unresolved(row) for row in opened.unresolved()]
    finally:
        opened.close()


def _changes(
    journal: Journal, retry: Iterable[str], give_up: Iterable[str], task_ids: Mapping[str, str]
) -> Iterator[tuple[JobRow, Change]]:
    for name in retry:
        for job in _matching(journal, name, {State.UNKNOWN, State.FAILED}):
            yield job, Change(job.seq, State.QUEUED)
    for name in give_up:
        for job in _matching(journal, name, {State.UNKNOWN}):
            error = {"type": "GivenUp", "code": None, "message": "given up; it may have been charged"}
            yield job, Change(job.seq, State.FAILED, error=error)
    for name, task_id in task_ids.items():
        for job in _matching(journal, name, {State.UNKNOWN, State.FAILED}):
            if not task_id or not task_id.isprintable():
                raise BulkError(f"job {job.id}: {task_id!r} is not a task id")
            yield job, Change(job.seq, State.SUBMITTED, task_id=task_id)


def _matching(journal: Journal, name: str, states: set[State]) -> list[JobRow]:
    """The jobs that a name means.

    Raises:
        BulkError: None, or one in another state.
    """
    job = journal.find(name) if name.isprintable() else None
    if job is None and _WILDCARDS & set(name):
        return [
            row
            for row in journal.unresolved()
            if row.state is State.UNKNOWN and fnmatch.fnmatchcase(row.id, name)
        ]
    if job is None:
        raise BulkError(f"there is no job {name!r}")
    if job.state not in states:
        raise BulkError(f"job {name} is {job.state}: there is nothing to decide about it")
    return [job]


def _unresolved(row: JobRow) -> Unresolved:
    error = row.error or {}
    return Unresolved(
        row.id, row.state.value, row.idempotency_key, row.task_id, str(error.get("message", ""))
    )
