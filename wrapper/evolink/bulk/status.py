"""How far a run is, from any process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from .folder import JournalAddress, RunFolder
from .states import FINAL, State

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from .journal import Counts

# The rate of a run is that of its latest jobs, from so many seconds.
_WINDOW = 600.0


class Status(NamedTuple):
    """The progress of a run.

    Attributes:
        total: The number of jobs.
        states: How many of them are in each state.
        credits: What they have cost, or may have, as far as it is known.
        started: When the run was first started, in Unix seconds.
        rate: Jobs per second that ended recently; None if that is not known.
        remaining: Seconds until all have ended, at this rate; None if that is not known.
        queued_credits: What the jobs cost by the documents that are not submitted yet.
        queued_unpriced: How many of them have no documented credits.
    """

    total: int
    states: dict[str, int]
    credits: float
    started: float
    rate: float | None
    remaining: float | None
    queued_credits: float
    queued_unpriced: int

    @property
    def ended(self) -> int:
        """The number of jobs that need nothing more."""
        return sum(self.states[state] for state in FINAL)


def status(folder: str | os.PathLike[str], *, journal: str | None = None) -> Status:
    """Read the progress of a run, which may be working meanwhile; changes nothing.

    Args:
        folder: The folder of the run.
        journal: As for `client.bulk.run`; needed only for PostgreSQL.

    Raises:
        BulkError: There is no such run.
    """
    address = None if journal is None else JournalAddress.parsed(journal)
    opened = RunFolder(folder).open_journal(address, is_read_only=True)
    try:
        return status_of(opened.counts(), time.time())
    finally:
        opened.close()


def status_of(counts: Counts, now: float) -> Status:
    """The state of a run by what its journal counts."""
    ended = counts.number(*FINAL)
    left = counts.total - ended
    if not left and counts.finished:
        now = counts.finished[-1]
    # Of a run that is young, all jobs are known, and so is when it began.
    started = counts.started if ended == len(counts.finished) else None
    rate = rate_of(counts.finished, now, started)
    remaining = 0.0 if not left else None if not rate else left / rate
    states = {state.value: counts.states.get(state, 0) for state in State}
    return Status(
        counts.total,
        states,
        counts.credits,
        counts.started,
        rate,
        remaining,
        counts.queued_credits,
        counts.queued_unpriced,
    )


def rate_of(moments: Sequence[float], now: float, started: float | None = None) -> float | None:
    """Jobs a second, by when the latest ones have ended.

    Args:
        moments: When they have ended, in order.
        now: The time.
        started: When the run began, if these are all that have ended.
    """
    recent = [moment for moment in moments if now - moment <= _WINDOW]
    if started is not None and now - _WINDOW <= started < now and recent:
        return len(recent) / (now - started)
    if len(recent) < 2 or now <= recent[0]:
        return None
    return (len(recent) - 1) / (now - recent[0])
