"""The models of the contract: which there are, and what is known of each."""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict

from evolink_api.model_info import ModelInfo

from . import index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .index import APIOperation


class _Arguments(TypedDict):
    """What a `ModelInfo` is made of."""

    model: str
    kind: str
    lifecycle: Mapping[str, str] | None
    load: Callable[[], Mapping[str, Any]]


@functools.cache
def model_operations() -> Mapping[str, APIOperation]:
    """By model, the operation that starts its tasks; the first where several do."""
    found: dict[str, APIOperation] = {}
    for operation in index.contract().operations.values():
        if operation.is_generation:
            for model in operation.models or ():
                found.setdefault(model, operation)
    return MappingProxyType(found)


class _ModelInfos(dict[str, ModelInfo]):
    """Models by their ids; the error of an unknown id names those most like it."""

    def __missing__(self, model: str) -> ModelInfo:
        raise _unknown(model)


@functools.cache
def model_infos() -> Mapping[str, ModelInfo]:
    """All models by their ids; what is known of one is read when it is asked for."""
    operations = model_operations()
    return MappingProxyType(_ModelInfos({model: ModelInfo(**arguments(model)) for model in operations}))


def arguments(model: str) -> _Arguments:
    """What the `ModelInfo` of a model is made of.

    Raises:
        KeyError: The contract has no such model; with the ids most like it.
    """
    operation = model_operations().get(model)
    if operation is None:
        raise _unknown(model)
    return {
        "model": model,
        "kind": operation.resource.rstrip("_").removesuffix("s"),
        "lifecycle": operation.lifecycles.get(model),
        "load": functools.partial(operation.model_shard, model),
    }


def _unknown(model: str) -> KeyError:
    return KeyError(f"the contract has no model {model!r}; {index.model_hint(model, model_operations())}")


models: Mapping[str, ModelInfo] = model_infos()
"""All models by their ids, for those who need no client."""
