"""What went wrong, in the words of the command: a code, an exit code, and what to do next."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ExitCode(IntEnum):
    """What the exit code says."""

    DONE = 0
    TASK_FAILED = 1
    WRONG_USE = 2
    API_ERROR = 3
    TIMEOUT = 4
    OUTCOME_UNKNOWN = 5
    INTERRUPTED = 130


# Of several failures, the exit code is that of the first in this list.
_SEVERITY = (
    ExitCode.INTERRUPTED,
    ExitCode.OUTCOME_UNKNOWN,
    ExitCode.WRONG_USE,
    ExitCode.API_ERROR,
    ExitCode.TIMEOUT,
    ExitCode.TASK_FAILED,
    ExitCode.DONE,
)

ERROR_CODES: dict[str, ExitCode] = {
    "wrong_use": ExitCode.WRONG_USE,
    "unknown_command": ExitCode.WRONG_USE,
    "unknown_option": ExitCode.WRONG_USE,
    "unknown_model": ExitCode.WRONG_USE,
    "invalid_request": ExitCode.WRONG_USE,
    "no_api_key": ExitCode.WRONG_USE,
    "spending_refused": ExitCode.WRONG_USE,
    "missing_extra": ExitCode.WRONG_USE,
    "task_failed": ExitCode.TASK_FAILED,
    "task_cancelled": ExitCode.TASK_FAILED,
    "api_error": ExitCode.API_ERROR,
    "no_connection": ExitCode.API_ERROR,
    "download_failed": ExitCode.API_ERROR,
    "journal_failed": ExitCode.API_ERROR,
    "output_failed": ExitCode.API_ERROR,
    "internal_error": ExitCode.API_ERROR,
    "timeout": ExitCode.TIMEOUT,
    "outcome_unknown": ExitCode.OUTCOME_UNKNOWN,
    "interrupted": ExitCode.INTERRUPTED,
}
"""Every code of an error in JSON, and the exit code that comes with it."""


class Problem(NamedTuple):
    """One wrong value."""

    message: str
    field: str | None = None
    rule: str | None = None
    suggestion: str | None = None


class Failure(NamedTuple):
    """One error as it is shown.

    Attributes:
        code: One of `ERROR_CODES`.
        message: What happened.
        problems: Everything that is wrong with what was given.
        next_steps: Sentences or commands: what to do next.
        details: What else is known of it, by the names in the schema.
    """

    code: str
    message: str
    problems: Sequence[Problem] = ()
    next_steps: tuple[str, ...] = ()
    details: dict[str, Any] = {}  # noqa: RUF012 - never changed

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a command that ends with it."""
        return ERROR_CODES[self.code]


class CommandError(click.UsageError):
    """A failure that the command itself has found.

    Args:
        code: One of `ERROR_CODES`.
        message: What happened.
        next_steps: What to do next; by default the help of the command, if it was used wrongly.
        problems: What is wrong with what was given.
        details: What else is known of it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        next_steps: tuple[str, ...] = (),
        problems: Sequence[Problem] = (),
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.failure: Failure = Failure(code, message, problems, next_steps, details)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code of a command that met all of these."""
    met = set(codes)
    return next((code for code in _SEVERITY if code in met), ExitCode.DONE)
