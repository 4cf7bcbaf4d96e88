"""Commands with the common options, and groups whose commands are loaded when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from .failures import CommandError, Problem
from .settings import COMMON_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Command(click.Command):
    """A command that takes the common options too."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own parameters, then the common options."""
        return [*super().get_params(ctx), *COMMON_OPTIONS]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; errors name the help of this command."""
        ctx.obj.path = _path(ctx)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, the common ones in a section of their own."""
        self.format_own_options(super().get_params(ctx), ctx, formatter)

    @staticmethod
    def format_own_options(
        own: Sequence[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write these options, then the common ones."""
        _write_options("Options", own, ctx, formatter)
        _write_options("Common options", COMMON_OPTIONS, ctx, formatter)


class Group(click.Group):
    """A group that takes the common options too, and loads a command when it is used.

    Args:
        lazy_commands: The help of each command in one line, and where it is, as `module:name`.
    """

    def __init__(
        self, *args: Any, lazy_commands: Mapping[str, tuple[str, str]] | None = None, **details: Any
    ) -> None:
        # Without a command there is an error, which programs can read, and no help.
        super().__init__(*args, **{"no_args_is_help": False, **details})
        self._lazy = dict(lazy_commands or {})

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own parameters, then the common options."""
        return [*super().get_params(ctx), *COMMON_OPTIONS]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; errors name the help of this command."""
        ctx.obj.path = _path(ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of their definition."""
        return [*self._lazy, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, loaded if need be."""
        if cmd_name in self._lazy:
            module, _, name = self._lazy[cmd_name][1].partition(":")
            command: click.Command = getattr(import_module(module, __package__), name)
            return command
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; the error of an unknown command suggests near ones."""
        name = args[0]
        if ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        raise self.no_such_command(ctx, name)

    def no_such_command(self, ctx: click.Context, name: str) -> click.UsageError:
        """The error of an unknown command."""
        nearest = near(name, self.list_commands(ctx))
        hint = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
        message = f"No such command {name!r}.{hint}"
        return CommandError(
            "unknown_command",
            message,
            problems=[Problem(message, "command", "enum", nearest[0] if nearest else None)],
            next_steps=(f"{ctx.command_path} --help",),
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options."""
        self.format_commands(ctx, formatter)
        _write_options("Options", super().get_params(ctx), ctx, formatter)
        _write_options("Common options, also after the command", COMMON_OPTIONS, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands without loading them."""
        rows = [(name, text) for name, (text, _) in self._lazy.items()]
        rows += [(name, one.get_short_help_str(80)) for name, one in self.commands.items() if not one.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def _path(ctx: click.Context | None) -> tuple[str, ...]:
    """The names of a command and of the groups that it is in."""
    return () if ctx is None else (*_path(ctx.parent), ctx.info_name or "")


def near(name: str, known: list[str]) -> list[str]:
    """The known names most like a name."""
    from difflib import get_close_matches

    return get_close_matches(name, known, n=3, cutoff=0.5)


def _write_options(
    title: str,
    parameters: Sequence[click.Parameter],
    ctx: click.Context,
    formatter: click.HelpFormatter,
) -> None:
    rows = [record for one in parameters if (record := one.get_help_record(ctx)) is not None]
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)
