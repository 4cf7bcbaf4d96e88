"""The models of the contract, read without a client."""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Info:
    """A model: its id and lifecycle from the index, all else from its own file."""

    def __init__(self, model_id: str, kind: str, file: str, lifecycle: Mapping[str, str]) -> None:
        self.id = model_id
        self.kind = kind
        self.status: str = lifecycle.get("status", "active")
        self.since: str | None = lifecycle.get("since")
        self.replacement: str | None = lifecycle.get("replacement")
        self._file = file

    @functools.cached_property
    def _data(self) -> Mapping[str, Any]:
        return _read(self._file)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of a request."""
        schema: Mapping[str, Any] = self._data["schema"]
        return schema

    @property
    def documentation(self) -> str:
        """What its page says."""
        return str(self.schema.get("description", ""))

    @property
    def examples(self) -> list[dict[str, Any]]:
        """Documented requests."""
        examples: list[dict[str, Any]] = self._data["examples"]
        return examples

    @property
    def credits(self) -> float | None:
        """What a task costs by the documents."""
        return None


def _read(name: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(pkgutil.get_data("evolink_api", f"contract/{name}") or b"{}")
    return data


@functools.cache
def model_infos() -> Mapping[str, Info]:
    """The models by their ids."""
    infos: dict[str, Info] = {}
    for operation in _read("index.json")["operations"].values():
        lifecycles = operation.get("lifecycle", {})
        for model_id, file in (operation.get("models") or {}).items():
            kind = operation["resource"].removesuffix("s")
            infos[model_id] = Info(model_id, kind, file, lifecycles.get(model_id, {}))
    return infos


def check(model: str, body: Mapping[str, Any]) -> None:
    """Compare a request with the contract.

    Raises:
        InvalidRequest: With all violations.
    """
    from .._contract import index
    from .._http import request

    operations = index.contract().operations.values()
    operation = next(one for one in operations if model in (one.models or ()))
    request.check(operation, body, allow_local=False)
