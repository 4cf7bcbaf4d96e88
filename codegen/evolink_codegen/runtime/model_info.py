"""What the contract says of a model and of each parameter that it takes, for people to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .parameters import Parameter

_ACTIVE: Mapping[str, str] = MappingProxyType({"status": "active"})
# It selects the model, and is known with it.
_MODEL = "model"


class ModelInfo:
    """A model of the contract.

    Args:
        model: Its id.
        kind: What it makes.
        lifecycle: Its `x-evolink-lifecycle`, if it is not active.
        load: Reads its shard of the contract, when first needed.

    Attributes:
        id: As requests name it.
        kind: What it makes, as `video`.
        status: `active`, `deprecated` or `retired`.
        since: The date since when it is deprecated or retired, if the contract says so.
        replacement: The model to use instead, if the contract names one.
    """

    def __init__(
        self,
        model: str,
        kind: str,
        lifecycle: Mapping[str, str] | None,
        load: Callable[[], Mapping[str, Any]],
    ) -> None:
        lifecycle = lifecycle or _ACTIVE
        self.id: str = model
        self.kind: str = kind
        self.status: str = lifecycle["status"]
        self.since: str | None = lifecycle.get("since")
        self.replacement: str | None = lifecycle.get("replacement")
        self._load: Callable[[], Mapping[str, Any]] = load

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id!r}: {self.kind}>"

    @property
    def documentation(self) -> str:
        """What its document says of it."""
        return str(self.schema.get("description", ""))

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of its requests."""
        schema: Mapping[str, Any] = self._load()["schema"]
        return schema

    @property
    def examples(self) -> tuple[Mapping[str, Any], ...]:
        """The documented requests."""
        return tuple(self._load()["examples"])

    @property
    def credits(self) -> float | None:
        """The credits that its documented example costs; other parameters may cost more or less."""
        found: float | None = self._load().get("credits")
        return found

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """What it takes, by name, in the order of the document."""
        from .parameters import parameters_of  # noqa: PLC0415 - a list of models needs no parameters

        found = parameters_of(self.schema)
        return MappingProxyType({name: one for name, one in found.items() if name != _MODEL})
