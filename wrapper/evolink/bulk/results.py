"""What a run has brought: the file of results, and its summary."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from .states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .._core.errors import EvoLinkError
    from .folder import RunFolder
    from .journal import JobRow, Journal
    from .options import Stop

DONE, FAILED, UNKNOWN, PENDING = "done", "failed", "unknown", "pending"
_STATUS = {State.DOWNLOADED: DONE, State.FAILED: FAILED, State.UNKNOWN: UNKNOWN}
# Exit codes of the command.
_SOME_FAILED, _SOME_UNKNOWN, _SOME_PENDING = 1, 5, 3


class Summary(NamedTuple):
    """How a run has ended.

    Attributes:
        total: The number of jobs.
        done: Those whose files are on disk.
        failed: Those that have failed.
        unknown: Those that may have been charged without a reply: see `resolve`.
        pending: Those that the same call goes on with.
        credits: What the jobs have cost, as far as the API has said.
        results: The file with one line for each job.
        stopped: Why the run ended before all jobs had; None if they all have.
        error: The error behind that, if it was one.
        exit_code: The exit code of the command: 0 if all are done.
    """

    total: int
    done: int
    failed: int
    unknown: int
    pending: int
    credits: float
    results: Path
    stopped: str | None
    error: EvoLinkError | None
    exit_code: int


def status_of(row: JobRow) -> str:
    """What the results call the state of a job."""
    return _STATUS.get(row.state, PENDING)


def result_of(row: JobRow) -> dict[str, Any]:
    """The line of a job in the results."""
    return {
        "id": row.id,
        "status": status_of(row),
        "task_id": row.task_id,
        "credits": row.credits,
        "files": list(row.files),
        "error": row.error,
    }


def write_results(journal: Journal, folder: RunFolder, stop: Stop | None) -> Summary:
    """Replace the results of a run by what the journal says now.

    Args:
        journal: The journal of the run.
        folder: The folder of the run.
        stop: Why it has ended early, if it has.
    """
    counts: Counter[str] = Counter()
    spent = 0.0

    def lines() -> Iterator[str]:
        nonlocal spent
        for row in journal.rows():
            counts[status_of(row)] += 1
            spent += row.credits or 0.0
            yield json.dumps(result_of(row), ensure_ascii=False)

    folder.write_results(lines())
    return Summary(
        counts.total(),
        counts[DONE],
        counts[FAILED],
        counts[UNKNOWN],
        counts[PENDING],
        spent,
        folder.results,
        stop.reason if stop is not None else None,
        stop.error if stop is not None else None,
        _exit_code(counts, stop),
    )


def _exit_code(counts: Counter[str], stop: Stop | None) -> int:
    if counts[UNKNOWN]:
        return _SOME_UNKNOWN
    if counts[FAILED]:
        return _SOME_FAILED
    if counts[PENDING]:
        return _SOME_PENDING if stop is None else stop.exit_code
    return 0
