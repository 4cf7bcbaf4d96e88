"""A model: what it takes, and what it makes of what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evolink_api.validation import Validator, closure

from . import schema as _schema

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class CallbackPolicy:
    """Where a model's callback address stands and how callbacks are delivered."""

    parameter: str
    timeout: float
    retries: tuple[float, ...]


class Model:
    """What one operation takes from one model.

    Args:
        document: The contract.
        schema: The schema of the request.
        name: The model's id; None for an operation without models.
    """

    def __init__(self, document: Mapping[str, Any], schema: Mapping[str, Any], name: str | None) -> None:
        self.name = name
        self.schema = schema
        self._document = document
        self._validators: dict[tuple[bool, bool], Validator] = {}

    def validator(self, *, allow_local: bool, strict: bool) -> Validator:
        """Checks bodies as the API does: it forgives what is documented to be forgiven."""
        found = self._validators.get((allow_local, strict))
        if found is None:
            found = compiled(
                self._document, self.schema, lenient=True, allow_local=allow_local, unknown=strict
            )
            self._validators[allow_local, strict] = found
        return found

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What the parameters are taken for when they are left out."""
        return _schema.defaults(self._document, self.schema)

    @cached_property
    def choices(self) -> frozenset[str]:
        """The parameters whose values are words of a list, not free text."""
        return frozenset(
            name
            for name, prop in _schema.properties(self._document, self.schema).items()
            if _schema.keyword(self._document, prop, "enum")
        )

    @cached_property
    def callback(self) -> CallbackPolicy | None:
        """How callbacks are delivered; None if the model has none."""
        for name, prop in _schema.properties(self._document, self.schema).items():
            policy = _schema.keyword(self._document, prop, "x-evolink-callback")
            if policy is not None:
                retries = tuple(float(pause) for pause in policy.get("retries", ()))
                return CallbackPolicy(name, float(policy.get("timeout", _DEFAULT_TIMEOUT)), retries)
        return None


def compiled(document: Mapping[str, Any], schema: Mapping[str, Any], **options: bool) -> Validator:
    """A check of values against a schema of the contract."""
    # Compiling loads a native library, so it is left until a request really asks for it.
    return Validator(closure(document, schema), **options)
