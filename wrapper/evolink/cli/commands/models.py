"""`evolink-client models`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import catalog
from ..base import Command, Group
from ..describe import (
    example_command,
    first_line,
    lifecycle,
    paragraphs,
    parameter_lines,
    price,
    syntaxes_of,
)
from ..values import flag_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ... import ModelInfo
    from ..session import Session


class _ModelsGroup(Group):
    """`models TEXT` beside `models show ID`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A word that is not a command is a text to search for."""
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "list", _list, args

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """As in `models [OPTIONS] [TEXT]`."""
        return ["[TEXT | show ID]", "[OPTIONS]"]


def _models(kind: str | None) -> None:
    context = click.get_current_context()
    context.meta["kind"] = kind
    if context.invoked_subcommand is None:
        _list_models(None, None)


def _list_models(text: str | None, kind: str | None) -> None:
    context = click.get_current_context()
    session: Session = context.obj
    kind = kind or context.meta.get("kind")
    infos = [
        info
        for info in catalog.all_models().values()
        if (kind is None or info.kind == kind)
        and (text is None or text.lower() in f"{info.id}\n{info.documentation}".lower())
    ]
    for info in infos:
        session.output.record("model", _record(info))
    if session.output.is_json:
        return
    if not infos:
        kinds = ", ".join(sorted({info.kind for info in catalog.all_models().values()}))
        session.output.note(f"No model of the documents matches; kinds are {kinds}.")
        return
    rows = [
        (info.id, info.kind, lifecycle(info) or "active", first_line(info.documentation)) for info in infos
    ]
    session.output.table(("MODEL", "KIND", "STATUS", "DESCRIPTION"), rows)


def _record(info: ModelInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "kind": info.kind,
        "status": info.status,
        "since": info.since,
        "replacement": info.replacement,
        "credits": info.credits,
        "documentation": info.documentation,
    }


def _show(model: ModelInfo) -> None:
    session: Session = click.get_current_context().obj
    if session.output.is_json:
        details = [
            {
                "name": one.name,
                "option": flag_of(one.name),
                "type": one.type,
                "required": one.required,
                "default": one.default,
                "allowed_values": list(one.allowed_values),
                "limits": one.limit_texts(),
                "description": one.description,
            }
            for one in model.parameters.values()
        ]
        shown = {
            **_record(model),
            "parameters": details,
            "examples": list(model.examples),
            "body": model.schema,
        }
        session.output.record("model", shown)
        return
    session.output.line("\n".join(_page(model, session.output.width)))


def _page(model: ModelInfo, width: int) -> Iterator[str]:
    yield f"{model.id} ({model.kind})"
    if state := lifecycle(model):
        yield f"This model is {state}."
    yield ""
    yield from paragraphs(model.documentation, width)
    yield ""
    yield f"Price: {price(model)}"
    yield ""
    yield "Parameters:"
    syntaxes = syntaxes_of(model)
    for name, parameter in model.parameters.items():
        yield from parameter_lines(parameter, syntaxes[name], name, width)
    if example := example_command(model):
        yield ""
        yield "Example:"
        yield f"  {example}"


_KIND = ["--kind"]
_KIND_HELP = "Only models of this kind, such as video."
_list = Command(
    "list",
    callback=_list_models,
    params=[
        click.Argument(["text"], required=False),
        click.Option(_KIND, metavar="KIND", help=_KIND_HELP),
    ],
    help="List the models whose id or description has TEXT in it.",
)
models: Group = _ModelsGroup(
    "models",
    callback=_models,
    params=[click.Option(_KIND, metavar="KIND", help=_KIND_HELP)],
    invoke_without_command=True,
    help="List the models of the documents, those whose id or description has TEXT in it; or describe one.",
)
models.add_command(
    Command(
        "show",
        callback=_show,
        params=[click.Argument(["model"], metavar="ID", type=catalog.ModelType())],
        help="Describe a model: parameters, limits, defaults, price, an example.",
    )
)
