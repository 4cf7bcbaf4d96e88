"""Durable runs of many jobs: each is submitted once, and a crash at any moment loses nothing.

`client.bulk.run` runs them; the functions here need neither a client nor a key.
"""

from .errors import BulkError, FolderInUse, InvalidJobs, JobFault, JournalError, OtherJobs
from .jobs import Plan
from .planning import check
from .resolve import Unresolved, resolve
from .results import Summary
from .states import State
from .status import Status, status

__all__ = [
    "BulkError",
    "FolderInUse",
    "InvalidJobs",
    "JobFault",
    "JournalError",
    "OtherJobs",
    "Plan",
    "State",
    "Status",
    "Summary",
    "Unresolved",
    "check",
    "resolve",
    "status",
]
