"""What follows from an error of one job. No I/O."""

from __future__ import annotations

import enum
from typing import Any

from .._core import errors


class Verdict(enum.Enum):
    """What to do with a job after an error."""

    FAILED = "note it: trying again would not help"
    LATER = "nothing was charged: try again after a pause"
    UNKNOWN = "perhaps charged: a person decides"
    SAME_KEY = "perhaps charged: send it again under its own key"
    STOP = "nothing was charged, and all other jobs would meet the same: end the run"


def after_submission(
    error: errors.EvoLinkError, *, trust_idempotency: bool, has_succeeded: bool = True
) -> Verdict:
    """Decide on a submission that brought no task.

    Args:
        error: The error of the submission.
        trust_idempotency: Whether the API charges once for one idempotency key.
        has_succeeded: Whether the API has accepted a job of this run; before that, an address or a key that
            is wrong would make all of them fail.
    """
    if isinstance(error, errors.RateLimited):
        return Verdict.LATER
    if isinstance(error, errors.APIError) and error.outcome_unknown:
        return Verdict.SAME_KEY if trust_idempotency else Verdict.UNKNOWN
    if isinstance(error, errors.Conflict):  # the API knows the key, but not for this request
        return Verdict.UNKNOWN
    if isinstance(error, errors.APIConnectionError):
        return Verdict.LATER
    if is_about_account(error):
        return Verdict.STOP
    if isinstance(error, (errors.BadRequest, errors.PayloadTooLarge, errors.InvalidRequest)):
        return Verdict.FAILED
    is_about_job = isinstance(error, errors.APIStatusError) and has_succeeded
    return Verdict.FAILED if is_about_job else Verdict.STOP


def after_query(error: errors.EvoLinkError, *, has_answered: bool = True) -> Verdict:
    """Decide on a task that the API refuses to tell of; outages are waited out before.

    Args:
        error: The error of the query.
        has_answered: Whether the API has told of another task in this run; before that, a key of another
            account would be refused for all of them.
    """
    if isinstance(error, (errors.NotFound, errors.BadRequest)):
        return Verdict.FAILED
    return Verdict.FAILED if isinstance(error, errors.PermissionDenied) and has_answered else Verdict.STOP


def is_about_account(error: errors.EvoLinkError) -> bool:
    """Whether an error says nothing about the job that met it."""
    return isinstance(error, (errors.AuthenticationError, errors.InsufficientCredits))


def after_download(error: errors.EvoLinkError | OSError) -> Verdict:
    """Decide on results that could not be downloaded."""
    cause = error.__cause__ if isinstance(error, errors.EvoLinkError) else error
    if isinstance(cause, errors.AuthenticationError):
        return Verdict.STOP
    if isinstance(cause, FileNotFoundError):
        return Verdict.LATER  # a process that took the job over has moved what both were downloading
    if isinstance(cause, (IsADirectoryError, NotADirectoryError)):
        return Verdict.LATER  # somebody's folder or file is in the way; other results have other names
    if isinstance(cause, OSError) and not isinstance(cause, errors.EvoLinkError):
        return Verdict.STOP  # a full disk: what is downloaded next would not fit either
    if isinstance(error, errors.ResultExpired):
        is_final = not isinstance(cause, errors.APIError) or isinstance(cause, errors.NotFound)
        return Verdict.FAILED if is_final else Verdict.LATER
    return Verdict.LATER


def as_json(error: errors.EvoLinkError | errors.ErrorInfo | OSError) -> dict[str, Any]:
    """An error for the journal and the results."""
    if isinstance(error, errors.ErrorInfo):
        return {"type": errors.TaskFailed.__name__, "code": error.code, "message": error.message}
    if isinstance(error, errors.EvoLinkError):
        return {"type": type(error).__name__, "code": error.code, "message": error.message}
    return {"type": type(error).__name__, "code": None, "message": str(error)}
