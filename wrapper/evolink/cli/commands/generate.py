"""`evolink-client generate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import catalog, describe
from ..base import Command, Group
from ..failures import CommandError, Problem
from ..inputs import TextReader
from ..output import as_json
from ..settings import COMMON_OPTIONS, ParamType
from ..spending import Cost, check_spending
from ..state import PROGRAM
from ..targets import OUTPUT_OPTION, check_target
from ..values import ANY, ValueSyntax, flag_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from click.shell_completion import CompletionItem

    from ... import ModelInfo
    from ..session import Session

OWN_OPTIONS: tuple[click.Option, ...] = (
    OUTPUT_OPTION,
    click.Option(["--no-wait"], is_flag=True, help="Print the id of the task, and do not wait for it."),
    click.Option(["--dry-run"], is_flag=True, help="Check everything and print the request; send nothing."),
    click.Option(["-y", "--yes"], is_flag=True, help="Spend credits without asking."),
    click.Option(
        ["--param"],
        multiple=True,
        metavar="NAME=VALUE",
        help="Set a parameter by its documented name, as one that is called like another option.",
    ),
    click.Option(
        ["--idempotency-key"],
        metavar="KEY",
        help="Submit under this key: the API charges once for the same request under the same key.",
    ),
)
_RESERVED = {"--help"}.union(*({*one.opts} for one in (*OWN_OPTIONS, *COMMON_OPTIONS)))


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

        one = self._syntax
        if one.takes_files:
            return [CompletionItem(incomplete, type="file")]
        words = ["true", "false"] if one.is_boolean else list(map(text_of, one.choices))
        words += [f"{name}=" for name in one.fields]
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


class _ModelCommand(Command):
    """`generate MODEL`, with an option for each parameter of the model."""

    def __init__(self, info: ModelInfo) -> None:
        self.info = info
        self.syntaxes = describe.syntaxes_of(info)
        # The parameters that have options of their own, by the names that click calls them.
        self.options: dict[str, str] = {}
        super().__init__(
            info.id,
            callback=lambda **values: _generate(self, **values),
            params=[*self._parameter_options(), *OWN_OPTIONS],
        )

    def _parameter_options(self) -> Iterator[click.Option]:
        taken = set(_RESERVED)
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
                help=_first_line(self.info.parameters[name].description),
                **switch,
            )
            opposite = f"--no-{flag.removeprefix('--')}"
            if syntax.is_boolean and opposite not in taken and opposite not in map(flag_of, self.syntaxes):
                yield click.Option([opposite, key], flag_value="false", type=str, hidden=True)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let the options of lists and objects take several words."""
        several = {name for name in self.options.values() if self.syntaxes[name].takes_several_words}
        flags = set(map(flag_of, several))
        return super().parse_args(ctx, list(_repeated(args, flags)))

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
        self.format_own_options(OWN_OPTIONS, ctx, formatter)


class _GenerateGroup(Group):
    """One command for each model, made when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The ids of the models."""
        return list(catalog.all_models())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a model."""
        return _ModelCommand(catalog.all_models()[cmd_name]) if cmd_name in catalog.all_models() else None

    def no_such_command(self, ctx: click.Context, name: str) -> click.UsageError:
        """The error of an unknown model."""
        try:
            catalog.find_model(name)
        except CommandError as error:
            return error
        raise AssertionError(name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Explain that the parameters come after the model."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise CommandError(
                "unknown_option",
                f"No such option {error.option_name}: the options of a model come after its id.",
                problems=[Problem(error.message, error.option_name, "unknown")],
                next_steps=(f"{PROGRAM} generate MODEL {error.option_name} …",),
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the models."""
        with formatter.section("Models"):
            formatter.write_dl(
                [(info.id, describe.lifecycle(info) or info.kind) for info in catalog.all_models().values()]
            )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the ids without reading the parameters of each model."""
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*catalog.complete_model(incomplete), *options]


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


def _first_line(text: str) -> str:
    return next(iter(describe.plain(text).splitlines()), "")


def _body(command: _ModelCommand, values: Mapping[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """The request that the options describe."""
    texts: dict[str, list[str]] = {}
    for key, name in command.options.items():
        value = values[key]
        if value is not None and value != ():
            texts[name] = [value] if isinstance(value, str) else list(value)
    for pair in given:
        name, separator, text = pair.partition("=")
        if not separator:
            raise click.BadOptionUsage("--param", f"--param {pair}: must be NAME=VALUE")
        if name == "model":
            raise click.BadOptionUsage("--param", f"--param {pair}: the model is {command.info.id} already")
        texts.setdefault(name, []).append(text)
    read = TextReader()
    body: dict[str, Any] = {"model": command.info.id}
    # In the order of the document; the contract's check reports names that it does not have.
    for name in [
        *(one for one in command.syntaxes if one in texts),
        *(texts.keys() - command.syntaxes.keys()),
    ]:
        try:
            body[name] = command.syntaxes.get(name, ANY).value(texts[name], read)
        except ValueError as error:
            raise CommandError(
                "invalid_request",
                f"{flag_of(name) or name}: {error}",
                problems=[Problem(str(error), name, "json")],
                next_steps=(f"{PROGRAM} generate {command.info.id} --help",),
            ) from None
    return body


def _generate(
    command: _ModelCommand,
    *,
    output: str,
    no_wait: bool,
    dry_run: bool,
    yes: bool,
    param: Sequence[str],
    idempotency_key: str | None,
    **values: Any,
) -> None:
    session: Session = click.get_current_context().obj
    info = command.info
    body = _body(command, values, param)
    from ... import check_request

    with session.log():
        check_request(body)
    if dry_run:
        _show_request(session, info, body)
        return
    if not no_wait:
        check_target(output)
    with session.client(waits=True) as client:
        unknown = int(info.credits is None)
        check_spending(session, f"A task of {info.id}", Cost(info.credits or 0, unknown, 1), yes=yes)
        session.resume_with("download", "-o", output)
        session.submission_key = idempotency_key or _new_key()
        task = client.model(info.id).create(body, idempotency_key=session.submission_key)
        session.submission_key = None
        _warn_of_cost(session, task.credits)
        if no_wait:
            from ..records import task_record

            session.output.result("task", task_record(task, 0.0), task.id)
            if session.resume_command:
                session.output.note(f"Next: {session.resume_command}")
            return
        from ..waiting import finish

        finish(session, client, [task], folder=output)


def _show_request(session: Session, info: ModelInfo, body: dict[str, Any]) -> None:
    import json

    shown = json.loads(json.dumps(body, default=str))
    session.output.result(
        "job",
        {"status": "checked", "model": info.id, "credits": info.credits, "request": shown},
        as_json(shown, indent=2),
    )
    session.output.note(f"The request is valid, and was not sent. Price: {describe.price(info)}.")


def _warn_of_cost(session: Session, reserved: float | None) -> None:
    limit = session.settings.max_credits
    if limit is not None and reserved is not None and reserved > limit and not session.settings.mock:
        session.output.warn(
            f"Warning: the API reserved {reserved:g} credits, more than --max-credits {limit:g}."
        )


def _new_key() -> str:
    import uuid

    return f"evolink-{uuid.uuid4().hex}"


def _require_model() -> None:
    if click.get_current_context().invoked_subcommand is None:
        raise CommandError(
            "wrong_use",
            "which model?",
            next_steps=(f"{PROGRAM} models", f"{PROGRAM} generate MODEL --help"),
        )


generate: Group = _GenerateGroup(
    "generate",
    callback=_require_model,
    invoke_without_command=True,
    subcommand_metavar="MODEL [PARAMETERS]...",
    help=(
        "Create something with a model: submit a task, wait for it, download its results. It costs credits,"
        f" and asks before it spends them. {PROGRAM} generate MODEL --help shows the parameters of a model."
    ),
)
