"""The models of the contract, as commands name and complete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import near
from .describe import lifecycle
from .failures import CommandError, Problem
from .settings import ParamType
from .state import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click
    from click.shell_completion import CompletionItem

    from .. import ModelInfo


def all_models() -> Mapping[str, ModelInfo]:
    """The models of the contract by their ids."""
    from .. import models

    return models


class ModelType(ParamType):
    """The id of a model."""

    name = "model"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ModelInfo:
        """The model."""
        return find_model(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The ids."""
        return complete_model(incomplete)


def find_model(model_id: str) -> ModelInfo:
    """A model of the contract.

    Raises:
        CommandError: There is none of this id.
    """
    models = all_models()
    if model_id in models:
        return models[model_id]
    nearest = near(model_id, list(models))
    message = f"the documents have no model {model_id!r}"
    if nearest:
        message += f"; did you mean {' or '.join(nearest)}?"
    raise CommandError(
        "unknown_model",
        message,
        problems=[Problem(message, "model", "enum", nearest[0] if nearest else None)],
        next_steps=(f"{PROGRAM} models",),
    )


def complete_model(incomplete: str) -> list[CompletionItem]:
    """The ids that begin with what has been typed."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(info.id, help=lifecycle(info) or info.kind)
        for info in all_models().values()
        if info.id.startswith(incomplete)
    ]
