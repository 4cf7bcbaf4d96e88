"""`evolink-client completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ..base import Command
from ..shell import register
from ..state import COMPLETION_VARIABLE, PROGRAM

_SHELLS = ("bash", "zsh", "fish")


def _completion(shell: str) -> None:
    root = click.get_current_context().find_root()
    register()
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows these three
    complete = kind(root.command, {}, PROGRAM, COMPLETION_VARIABLE)
    # Not `source()`, which starts the shell to look at its version.
    click.echo(complete.source_template % complete.source_vars())


completion: Command = Command(
    "completion",
    callback=_completion,
    params=[click.Argument(["shell"], type=click.Choice(_SHELLS))],
    help=(
        "Print the script that lets a shell complete commands, models, their parameters and values.\n\n"
        f'bash: eval "$({PROGRAM} completion bash)" in ~/.bashrc; zsh the same in ~/.zshrc;'
        f" fish: {PROGRAM} completion fish | source"
    ),
)
