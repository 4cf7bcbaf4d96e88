"""What can go wrong with a run as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._core.errors import EvoLinkError, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_LIST = 20
NO_JOBS = "there are no jobs"


class JobFault(NamedTuple):
    """Something wrong with a job, before anything is sent.

    Attributes:
        line: The line of the file, or the number of the job, from 1 on.
        message: What is wrong.
        param: The wrong parameter, if it is one.
        id: The id of the job, if it has one.
    """

    line: int
    message: str
    param: str | None = None
    id: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class BulkError(EvoLinkError):
    """A run cannot begin or continue: something is wrong with its folder, its journal or its jobs."""


class InvalidJobs(BulkError, InvalidRequest):
    """Jobs break the contract or the format; nothing was sent and no journal was made.

    Attributes:
        faults: Everything that is wrong, in the order of the jobs.
    """

    faults: Sequence[JobFault] = ()

    def __init__(self, source: str, faults: Sequence[JobFault]) -> None:
        lines = len({fault.line for fault in faults})
        shown = [str(fault) for fault in faults[:_LONGEST_LIST]]
        more = len(faults) - len(shown)
        if more > 0:
            shown.append(f"and {more} more")
        jobs = "1 job is" if lines == 1 else f"{lines} jobs are"
        is_empty = [fault.message for fault in faults] == [NO_JOBS]
        head = NO_JOBS if is_empty else f"{jobs} not valid, and nothing was sent"
        super().__init__("\n  ".join([f"{source}: {head}", *([] if is_empty else shown)]))
        self.faults = tuple(faults)


class OtherJobs(BulkError):
    """The folder belongs to other jobs."""


class FolderInUse(BulkError):
    """Another run works in this folder, or on this journal."""


class JournalError(BulkError):
    """The journal cannot be read or written."""

    # Whether it is out of reach for now: the same may work in a moment.
    _is_transient = False


for _error in [value for value in globals().values() if isinstance(value, type)]:
    if issubclass(_error, BulkError):
        _error.__module__ = "evolink.bulk"  # where users find it
