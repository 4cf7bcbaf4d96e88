"""The command `evolink-client`: its commands, and how a run ends."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from typing import TYPE_CHECKING

import click

from .base import Group
from .explain import failure_of
from .failures import ExitCode, Failure
from .session import Session
from .state import COMPLETION_VARIABLE, PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = {
    "models": ("List the models, or describe one.", ".commands.models:models"),
    "generate": (
        "Create something, wait for it and download it; costs credits.",
        ".commands.generate:generate",
    ),
    "tasks": ("Look at tasks, wait for them, download their results.", ".commands.tasks:tasks"),
    "credits": ("Show the credits of the account.", ".commands.account:credits_"),
    "upload": ("Upload local files and print their links.", ".commands.account:upload"),
    "bulk": ("Run many jobs from a file, so that a crash loses nothing.", ".commands.bulk:bulk"),
    "completion": ("Print the completion script of a shell.", ".commands.completion:completion"),
}


def _print_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from .. import __version__

        click.echo(f"{PROGRAM} {__version__}")
        context.exit()


def _help_without_command() -> None:
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


cli: Group = Group(
    PROGRAM,
    lazy_commands=_COMMANDS,
    help="Create videos and more with the EvoLink API. Models and parameters are those of its documents.",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_print_version,
            help="Show the version and exit.",
        )
    ],
    invoke_without_command=True,
    callback=_help_without_command,
    epilog="Each command has its own help: evolink-client generate --help.",
)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: Without the name of the program.
    """
    _open_closed_streams()
    stdout = sys.stdout
    session = Session()
    for stream in (sys.stdout, sys.stderr):
        # What the terminal cannot show must not end a run that has cost credits.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text file, in general
    if COMPLETION_VARIABLE in os.environ:
        from .shell import register

        register()
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: session.output.warn(f"Warning: {message}")
        try:
            ended = cli.main(
                list(arguments),
                prog_name=PROGRAM,
                standalone_mode=False,
                obj=session,
                terminal_width=session.output.width,
            )
        except SystemExit as end:  # completion ends so
            # And click when the reader of its help has gone away: then it has replaced the stream.
            return int(end.code or 0) if sys.stdout is stdout else 0
        except Exception as error:  # noqa: BLE001 - each is shown, and has its exit code
            _show(session, error, arguments)
        except KeyboardInterrupt as error:
            _show(session, error, arguments)
        else:
            if isinstance(ended, int):  # as --help and --version end it
                return ended
    if session.output.write_error is not None:
        session.fail(Failure("output_failed", session.output.write_error))
    return int(session.exit_code)


def _open_closed_streams() -> None:
    """Let streams that the caller has closed lead nowhere: their descriptors must not become others."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - as sys has them


def _show(session: Session, error: BaseException, arguments: Sequence[str]) -> None:
    try:
        _tell(session, error, arguments)
    except KeyboardInterrupt:  # Ctrl-C again, which must not swallow the command that goes on
        _tell(session, error, arguments)


def _tell(session: Session, error: BaseException, arguments: Sequence[str]) -> None:
    # click reads no option after an error of use.
    words = list(arguments)
    if "--json" in words[: words.index("--") if "--" in words else None]:
        session.settings.json = True
    session.fail(failure_of(error, session))
    if session.settings.log == "debug" and session.exit_code != ExitCode.WRONG_USE:
        import traceback

        session.output.warn("".join(traceback.format_exception(error)))
