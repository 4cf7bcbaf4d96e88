"""What a run would do, without a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .folder import RunFolder
from .jobs import JobSet

if TYPE_CHECKING:
    import os

    from .formats import JobSource
    from .jobs import Plan


def check(jobs: JobSource, folder: str | os.PathLike[str] | None = None) -> Plan:
    """Check jobs as `client.bulk.run` does, without a key and without sending anything.

    Args:
        jobs: As for `client.bulk.run`.
        folder: The folder of the run, if it may have begun: it goes on, whatever the contract says by now.

    Raises:
        InvalidJobs: Some are not valid.
        BulkError: They cannot be read.
    """
    with JobSet(jobs, is_known=None if folder is None else RunFolder(folder).has_run) as checked:
        return checked.plan
