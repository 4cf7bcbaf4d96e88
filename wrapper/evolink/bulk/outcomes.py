"""What comes of the operations of a run. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core.errors import APIError, EvoLinkError
    from .journal import JobRow


class Posted(NamedTuple):
    """A submission, and what came of it: a task or an error.

    Attributes:
        job: What was submitted.
        sent_at: When, on the client's clock.
        task: The new task.
        error: Why there is none; None too if the job was not sent: another process may have it by now.
    """

    job: JobRow
    sent_at: float
    task: Any = None
    error: EvoLinkError | None = None


class Crashed(NamedTuple):
    """An operation that ended with an error that nobody has foreseen: it ends the run.

    Attributes:
        error: That error.
        job: What was being submitted, if it was a submission.
    """

    error: Exception
    job: JobRow | None = None


class Ended(NamedTuple):
    """A task that has ended, or that the API refuses to tell of."""

    seq: int
    task: Any
    error: EvoLinkError | None = None


class Polled(NamedTuple):
    """What polls have brought.

    Attributes:
        sent_at: When they were sent, on the client's clock.
        ended: Tasks that are to be polled no more.
        error: Why the API has not told of any task; None if it has.
    """

    sent_at: float
    ended: Sequence[Ended]
    error: APIError | None = None


class Download(NamedTuple):
    """Results to be downloaded, and what came of it: files or an error.

    Attributes:
        job: Whose they are.
        task: That has them.
        attempts: How many have failed.
        due: When to begin, on the client's clock.
        files: What is on disk.
        error: Why they are not.
    """

    job: JobRow
    task: Any
    attempts: int = 0
    due: float = 0.0
    files: Sequence[dict[str, Any]] = ()
    error: EvoLinkError | OSError | None = None
