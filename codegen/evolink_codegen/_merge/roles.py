"""Whether the operations with a role have their values where `x-evolink-role-values` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._openapi import refs
from ..runtime.extensions import ROLE_VALUES
from .links import operations

_COMPOSITIONS = ("allOf", "anyOf", "oneOf")


def misplaced_values(contract: dict[str, Any]) -> Iterator[str]:
    """A sentence for each value of a role that the contract does not have where it should be."""
    for method, path, operation in operations(contract):
        values = operation.get(ROLE_VALUES.name, {})
        for part, targets in _schemas(contract, operation, values).items():
            for name, place in values.get(part, {}).items():
                if not any(_find(contract, target, place) for target in targets):
                    yield (
                        f"{method.upper()} {path}: {ROLE_VALUES.name}: {part}: {name}: {place} leads nowhere;"
                        " correct openapi/overlays/roles.yaml"
                    )


def _schemas(
    contract: dict[str, Any], operation: dict[str, Any], values: Mapping[str, Mapping[str, str]]
) -> dict[str, list[Any]]:
    """What the paths of each part of the values lead through."""
    replies = [
        media["schema"]
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for media in (response.get("content") or {}).values()
    ]
    bodies = (operation.get("requestBody") or {}).get("content") or {}
    parameters = {"properties": {one["name"]: one["schema"] for one in operation.get("parameters", ())}}
    listed = [
        found["items"]
        for place in values.get("reply", {}).values()
        for reply in replies
        for found in _find(contract, reply, place)
        if "items" in found
    ]
    return {
        "request": [parameters, *(media["schema"] for media in bodies.values())],
        "reply": replies,
        "item": listed,
    }


def _find(contract: dict[str, Any], schema: Any, path: str) -> list[dict[str, Any]]:
    """The schemas at a path of names joined by dots, compositions included."""
    schemas = list(_members(contract, schema))
    for name in path.split("."):
        schemas = [
            member
            for one in schemas
            if name in one.get("properties", {})
            for member in _members(contract, one["properties"][name])
        ]
    return schemas


def _members(contract: dict[str, Any], schema: Any, depth: int = 4) -> Iterator[dict[str, Any]]:
    """A schema and the members of its compositions."""
    resolved = refs.resolve(contract, schema)
    yield resolved
    for key in _COMPOSITIONS if depth else ():
        for member in resolved.get(key, ()):
            yield from _members(contract, member, depth - 1)
