"""Where the contract speaks of an operation, and of a value in its requests and replies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .._openapi.structure import METHODS
from ..runtime.extensions import OPERATION_IDS

Place = tuple[str | int, ...]
"""The keys that lead to a part of the contract."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PART = re.compile(r"\[\d+\]|[^.\[\]]+")
_DEPTH = 30
_SCHEMAS = "#/components/schemas/"


def json_path(place: Place) -> str:
    """A place as a JSONPath."""
    return "$" + "".join(
        f"[{part}]"
        if isinstance(part, int)
        else f".{part}"
        if _PLAIN.fullmatch(part)
        else f"[{quoted(part)}]"
        for part in place
    )


def quoted(text: str) -> str:
    """A text as a string of JSONPath."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def at(contract: Any, place: Place) -> Any:
    """What stands at a place."""
    for part in place:
        contract = contract[part]
    return contract


def operation_place(contract: dict[str, Any], operation_id: str) -> Place | None:
    """The place of an operation by one of its ids; None if there is none."""
    for path, item in contract["paths"].items():
        for method in METHODS:
            operation = item.get(method)
            if operation is not None and operation_id in (
                operation.get("operationId"),
                *operation.get(OPERATION_IDS.name, ()),
            ):
                return "paths", path, method
    return None


def request_place(contract: dict[str, Any], operation: Place, model: str) -> Place | None:
    """The schema of a JSON request: that of a model, if one is named; None if there is none."""
    content = at(contract, operation).get("requestBody", {}).get("content", {})
    media_type = next((name for name in content if name.endswith(("/json", "+json"))), None)
    if media_type is None or "schema" not in content[media_type]:
        return None
    reference = content[media_type]["schema"].get("discriminator", {}).get("mapping", {}).get(model)
    if reference is not None:
        return "components", "schemas", reference.removeprefix(_SCHEMAS)
    return *operation, "requestBody", "content", media_type, "schema"


def discriminator(contract: dict[str, Any], operation: Place) -> str | None:
    """The parameter of an operation that names the model; None if none does."""
    content = at(contract, operation).get("requestBody", {}).get("content", {})
    named = (
        media.get("schema", {}).get("discriminator", {}).get("propertyName") for media in content.values()
    )
    return next(filter(None, named), None)


def response_place(contract: dict[str, Any], operation: Place, status: str) -> Place | None:
    """The documented response of a status; None if there is none."""
    responses = at(contract, operation)["responses"]
    names = (status, f"{status[:1]}XX", f"{status[:1]}xx", "default")
    name = next((name for name in names if name in responses), None)
    return None if name is None else (*operation, "responses", name)


def media_place(contract: dict[str, Any], response: Place | None) -> Place | None:
    """The JSON content of a response; None if there is none."""
    content = {} if response is None else at(contract, response).get("content", {})
    media_type = next((name for name in content if name.endswith(("/json", "+json"))), None)
    return None if response is None or media_type is None else (*response, "content", media_type)


def schema_places(contract: dict[str, Any], root: Place, path: str) -> list[Place]:
    """The schemas that speak of a value.

    Args:
        contract: The contract.
        root: The schema of the whole body.
        path: The value in it, as in a violation.
    """
    places = list(_alternatives(contract, root))
    for part in _PART.findall(path):
        places = [
            found
            for place in places
            for inner in _inner(at(contract, place), part)
            for found in _alternatives(contract, (*place, *inner))
        ]
    return list(dict.fromkeys(places))


def parent_of(path: str) -> tuple[str, str]:
    """The path of the object that has a property, and its name there."""
    parts = _PART.findall(path)
    parent = "".join(part if part[:1] == "[" else f".{part}" for part in parts[:-1]).lstrip(".")
    return parent, parts[-1] if parts else ""


def _inner(schema: Any, part: str) -> Iterator[Place]:
    if not isinstance(schema, dict):
        return
    if part[:1] == "[":
        if isinstance(schema.get("items"), dict):
            yield ("items",)
    elif part in schema.get("properties", {}):
        yield "properties", part
    elif isinstance(schema.get("additionalProperties"), dict):
        yield ("additionalProperties",)


def _alternatives(contract: dict[str, Any], place: Place, depth: int = _DEPTH) -> Iterator[Place]:
    """A schema, what it refers to, and the members of its compositions."""
    schema = at(contract, place)
    if not isinstance(schema, dict) or not depth:
        return
    yield place
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith(_SCHEMAS):
        target = ("components", "schemas", reference.removeprefix(_SCHEMAS))
        yield from _alternatives(contract, target, depth - 1)
    for key in ("allOf", "anyOf", "oneOf"):
        for index in range(len(schema.get(key, ()))):
            yield from _alternatives(contract, (*place, key, index), depth - 1)
