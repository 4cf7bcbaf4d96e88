"""Where results go: the option, and what can be known before credits are spent."""

from __future__ import annotations

import os

import click

from .failures import CommandError, Problem

OUTPUT_OPTION = click.Option(
    ["-o", "--output"],
    default=".",
    metavar="PATH",
    type=click.Path(),
    help="The folder for the results, or the file if PATH has a suffix; by default the current folder.",
)


def check_target(path: str, *, tasks: int = 1) -> None:
    """Refuse a path to which nothing can be written.

    Args:
        path: As given with `OUTPUT_OPTION`.
        tasks: How many tasks have results.

    Raises:
        CommandError: It cannot be used.
    """
    from pathlib import Path

    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass  # made later, or refused below
    except (OSError, ValueError) as error:
        raise _error(f"{path!r} cannot be used: {getattr(error, 'strerror', None) or error}") from None
    given = Path(path)
    # As in the SDK: the name of a file has a suffix.
    is_file = bool(given.suffix) and not path.endswith(("/", os.sep)) and not given.is_dir()
    if is_file and tasks > 1:
        raise _error(f"several tasks need a folder, and {path!r} is the name of a file")
    folder = (given.parent if is_file else given).absolute()
    # The first folder that exists: the others are made in it.
    existing = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not existing.is_dir():
        raise _error(f"{str(existing)!r} is not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise _error(f"{str(existing)!r} is not writable")


def _error(message: str) -> CommandError:
    return CommandError("wrong_use", f"-o: {message}", problems=[Problem(message, "--output")])
