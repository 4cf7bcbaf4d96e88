"""Every error that can end the command, as a failure that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .failures import CommandError, Failure, Problem
from .state import charge_advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .state import RunState


def failure_of(error: BaseException, state: RunState) -> Failure:
    """How an error is shown, whatever it is."""
    if isinstance(error, CommandError):
        failure = error.failure
        if failure.next_steps or failure.code not in {"invalid_request", "wrong_use"}:
            return failure
        return failure._replace(next_steps=(state.help_command,))
    if isinstance(error, click.ClickException):
        return _usage_failure(error, state)
    if isinstance(error, (KeyboardInterrupt, EOFError, click.Abort)):
        return _interrupt(error, state)
    from .. import EvoLinkError

    if isinstance(error, EvoLinkError):
        from .sdk_failures import sdk_failure

        return sdk_failure(error, state)
    return Failure(
        "internal_error",
        f"{type(error).__name__}: {error}",
        next_steps=("This is a fault of the command: please report it, with the output of --log debug.",),
    )


def _usage_failure(error: click.ClickException, state: RunState) -> Failure:
    message = error.format_message()
    next_steps = (state.help_command,)
    if isinstance(error, click.NoSuchOption):
        nearest = error.possibilities or []
        hint = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
        message = f"No such option {error.option_name}.{hint}"  # as for commands
        problem = Problem(message, error.option_name, "unknown", nearest[0] if nearest else None)
        return Failure("unknown_option", message, [problem], next_steps)
    field = None
    if isinstance(error, click.BadParameter) and error.param is not None:
        field = next(iter(error.param.opts), error.param.name)
    elif isinstance(error, click.BadOptionUsage):
        field = error.option_name
    return Failure("wrong_use", message, [] if field is None else [Problem(message, field)], next_steps)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those in whose handling it was raised."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _interrupt(error: BaseException, state: RunState) -> Failure:
    if state.resume_command is not None and not state.unfinished:
        message = "interrupted; tasks that were submitted go on"
        notes = getattr(error, "__notes__", ())  # the tasks that a journal could not note
        return Failure("interrupted", message, (), (*notes, state.resume_command))
    if state.resume_command is not None:
        ids = list(state.unfinished)
        message = f"interrupted; {f'task {ids[0]} goes' if len(ids) == 1 else f'{len(ids)} tasks go'} on"
        return Failure("interrupted", message, (), (state.resume_command,), {"task_ids": ids})
    key = state.submission_key
    # click puts its own Abort in place of an interrupt; the SDK has noted whether the request was sent.
    chain = list(_chain(error))
    notes = next((tuple(one.__notes__) for one in chain if getattr(one, "__notes__", ())), ())
    if not notes and key is not None and sum(isinstance(one, KeyboardInterrupt) for one in chain) > 1:
        notes = (key,)  # the second one may have come before the note on the first
    if key is None or not notes:
        return Failure("interrupted", "interrupted" if key is None else "interrupted; nothing was charged")
    message = "interrupted while the task was submitted"
    # Without the key, they name the task: the reply came, and nobody has told this command of it yet.
    next_steps = notes
    if key in "".join(notes):
        next_steps = (charge_advice(key), *(note for note in notes if key not in note))
    return Failure("interrupted", message, (), next_steps, {"idempotency_key": key})
