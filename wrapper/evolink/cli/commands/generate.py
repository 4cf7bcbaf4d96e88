"""`evolink-client generate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import catalog, describe
from ..base import Group
from ..failures import CommandError, Problem
from ..model_command import ModelCommand
from ..output import as_json
from ..spending import Cost, check_spending
from ..state import PROGRAM
from ..targets import OUTPUT_OPTION, check_target
from ..text import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        help="Set a parameter by its documented name, such as one with the name of another option.",
    ),
    click.Option(
        ["--idempotency-key"],
        metavar="KEY",
        help="Submit under this key: the API charges once for the same request under the same key.",
    ),
)


class _GenerateGroup(Group):
    """One command for each model, made when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The ids of the models."""
        return list(catalog.all_models())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a model."""
        info = catalog.all_models().get(cmd_name)
        return None if info is None else ModelCommand(info, OWN_OPTIONS, _generate)

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


def _generate(
    command: ModelCommand,
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
    body = command.body(values, param)
    from ... import check_request
    from ..._http import request

    with session.log():
        check_request(body)
    key = request.idempotency_key(idempotency_key)
    if dry_run:
        _show_request(session, info, body)
        return
    if not no_wait:
        check_target(output)
    with session.client(waits=True) as client:
        unknown = int(info.credits is None)
        check_spending(session, f"A task of {info.id}", Cost(info.credits or 0, unknown, 1), yes=yes)
        session.resume_with("download", "-o", output)
        session.submission_key = key
        task = client.model(info.id).create(body, idempotency_key=key)
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
            f"Warning: the API reserved {amount(reserved)} credits, more than --max-credits {amount(limit)}."
        )


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
