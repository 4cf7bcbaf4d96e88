"""What the caller wants of a run, and why one ends early."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .._core.errors import EvoLinkError


class Options(NamedTuple):
    """What the caller wants of a run; see `Bulk.run`."""

    concurrency: int
    max_credits: float | None
    trust_idempotency: bool
    fail_fast: bool
    timeout: float


class Stop(NamedTuple):
    """Why a run submits no more.

    Attributes:
        reason: For people.
        error: What was the matter, if it was an error.
        exit_code: The exit code of the command, if jobs are left over by it.
    """

    reason: str
    error: EvoLinkError | None = None
    exit_code: int = 3
