"""The command of a model: its parameters as options, and the request that they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from . import describe
from .base import Command
from .failures import CommandError, Problem
from .inputs import TextReader
from .settings import COMMON_OPTIONS, ParamType
from .values import ANY, ValueSyntax, flag_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from click.shell_completion import CompletionItem

    from .. import ModelInfo


class _ValueType(ParamType):
    """A value of a parameter, which the contract checks later."""

    name = "value"

    def __init__(self, syntax: ValueSyntax) -> None:
        self._syntax = syntax

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What stands for a value in the help."""
        return self._syntax.metavar

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The documented values, or files."""
        from click.shell_completion import CompletionItem

        start, one = "", self._syntax
        path, is_pair, _ = incomplete.partition("=")
        if is_pair and one.fields:
            start = f"{path}="
            for name in path.split("."):
                one = one.fields.get(name, ANY)
        elif one.takes_files:
            return [CompletionItem(incomplete, type="file")]
        words = ["true", "false"] if one.is_boolean else list(dict.fromkeys(map(text_of, one.choices)))
        if not start:
            words += [f"{name}=" for name in one.fields]
        return [CompletionItem(f"{start}{word}") for word in words if f"{start}{word}".startswith(incomplete)]


class ModelCommand(Command):
    """A command with an option for each parameter of a model.

    Args:
        info: The model.
        own_options: The other options; a parameter that is called like one of them has no option.
        callback: Called with this command, and with the values of all options.
    """

    allow_extra_args = True  # a better error than click's follows

    def __init__(
        self, info: ModelInfo, own_options: Sequence[click.Option], callback: Callable[..., None]
    ) -> None:
        self.info: ModelInfo = info
        self._own_options = own_options
        self.syntaxes: dict[str, ValueSyntax] = describe.syntaxes_of(info)
        # The parameters that have options of their own, by the names that click calls them.
        self.options: dict[str, str] = {}
        super().__init__(
            info.id,
            callback=lambda **values: callback(self, **values),
            params=[*self._parameter_options(), *own_options],
        )

    def _parameter_options(self) -> Iterator[click.Option]:
        taken = {"--help"}.union(*(one.opts for one in (*self._own_options, *COMMON_OPTIONS)))
        for number, (name, syntax) in enumerate(self.syntaxes.items()):
            flag = flag_of(name)
            if flag is None or flag in taken:
                continue
            taken.add(flag)
            key = f"parameter_{number}"
            self.options[key] = name
            # A switch may stand alone.
            switch: dict[str, Any] = {"is_flag": False, "flag_value": "true"} if syntax.is_boolean else {}
            yield click.Option(
                [flag, key],
                type=_ValueType(syntax),
                multiple=syntax.takes_several_words,
                help=describe.first_line(self.info.parameters[name].description),
                **switch,
            )
            opposite = f"--no-{flag.removeprefix('--')}"
            if syntax.is_boolean and opposite not in taken and opposite not in map(flag_of, self.syntaxes):
                yield click.Option([opposite, key], flag_value="false", type=str, hidden=True)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let the options of lists and objects take several words."""
        several = {name for name in self.options.values() if self.syntaxes[name].takes_several_words}
        flags = set(map(flag_of, several))
        left = super().parse_args(ctx, list(_repeated(args, flags)))
        if left and not ctx.resilient_parsing:
            example = next((f", such as {flag_of(name)}" for name in self.options.values()), "")
            ctx.fail(f"{left[0]!r} belongs to no option; each parameter is an option{example}")
        return left

    def body(self, values: Mapping[str, Any], given: Sequence[str]) -> dict[str, Any]:
        """The request that options describe.

        Args:
            values: The values of the options of parameters, by the names that click calls them.
            given: Other parameters, as `NAME=VALUE`.

        Raises:
            CommandError: A value cannot be read.
        """
        texts: dict[str, list[str]] = {}
        for key, name in self.options.items():
            value = values[key]
            if value is not None and value != ():
                texts[name] = [value] if isinstance(value, str) else list(value)
        for pair in given:
            name, separator, text = pair.partition("=")
            if not separator:
                raise click.BadOptionUsage("--param", f"--param {pair}: must be NAME=VALUE")
            if name == "model":
                raise click.BadOptionUsage("--param", f"--param {pair}: the model is {self.info.id} already")
            texts.setdefault(name, []).append(text)
        read = TextReader()
        body: dict[str, Any] = {"model": self.info.id}
        # In the order of the document; the contract's check reports names that it does not have.
        for name in [
            *(one for one in self.syntaxes if one in texts),
            *(texts.keys() - self.syntaxes.keys()),
        ]:
            try:
                body[name] = self.syntaxes.get(name, ANY).value(texts[name], read)
            except ValueError as error:
                raise CommandError(
                    "invalid_request",
                    f"{flag_of(name) or name}: {error}",
                    problems=[Problem(str(error), name, "json")],
                ) from None
        return body

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the page of the model says."""
        info = self.info
        lines = describe.paragraphs(info.documentation, formatter.width - 2, "  ")
        if state := describe.lifecycle(info):
            lines = [f"  This model is {state}.", "", *lines]
        lines += ["", f"  Price: {describe.price(info)}"]
        if example := describe.example_command(info):
            lines += ["", f"  Example: {example}"]
        formatter.write_paragraph()
        formatter.write("\n".join(lines) + "\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the parameters as their page describes them, then the options."""
        with_options = set(self.options.values())
        formatter.write("\nParameters:\n")
        for name, one in self.info.parameters.items():
            label = (name in with_options and flag_of(name)) or f"--param {name}="
            for line in describe.parameter_lines(one, self.syntaxes[name], label, formatter.width):
                formatter.write(f"{line}\n")
        formatter.write(
            "\n  Texts: @file reads a file, - reads stdin, @@ is a literal @. Lists take several values.\n"
        )
        self.format_own_options(self._own_options, ctx, formatter)


def _repeated(args: Sequence[str], flags: set[str | None]) -> Iterable[str]:
    """`--flag a b` as `--flag a --flag b`."""
    words = iter(args)
    flag: str | None = None
    for word in words:
        if word == "--":
            yield word
            yield from words
        elif word.startswith("-") and len(word) > 1 and not (flag and word[1].isdigit()):
            name, is_joined, _ = word.partition("=")
            flag = name if name in flags else None
            yield word
            if flag is not None and not is_joined:
                yield from (value for value in [next(words, None)] if value is not None)
        else:
            if flag is not None:
                yield flag
            yield word
