"""Reading a JSON Schema that stands alone: what it refers to and what it is composed of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from ._schemas import unescaped

__all__ = ["DEEPEST", "flat", "is_schema", "json_type", "resolved"]

DEEPEST = 20
"""Longer chains of references are a cycle."""
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def is_schema(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a schema says anything; true and false do not."""
    return isinstance(value, dict)


def resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with what it refers to; what stands beside a reference counts more."""
    for _ in range(DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        target = definitions.get(unescaped(reference.rsplit("/", 1)[-1])) or {}
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def flat(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
    """The schema with the keywords of what it must fulfil too."""
    schema = resolved(schema, definitions)
    musts = [one for one in schema.get("allOf", ()) if is_schema(one)]
    for key in ("anyOf", "oneOf"):
        members = schema.get(key, ())
        if len(members) == 1 and is_schema(members[0]):
            musts.append(members[0])
    if depth < DEEPEST:
        for one in musts:
            schema = _both(schema, flat(one, definitions, depth + 1))
    return schema


def _both(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keywords of two schemas that must both hold; the outer one counts where only one can."""
    common = [key for key in _COMBINED if key in outer and key in inner]
    return {**inner, **outer, **{key: _COMBINED[key](outer[key], inner[key]) for key in common}}


_COMBINED: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("exclusiveMaximum", "maximum", "maxItems", "maxLength", "maxProperties"), min),
    **dict.fromkeys(("exclusiveMinimum", "minimum", "minItems", "minLength", "minProperties"), max),
    "enum": lambda outer, inner: [value for value in outer if value in inner] or outer,
    "properties": lambda outer, inner: {
        **outer,
        **{name: inner[name] for name in inner if name not in outer},
    },
    "required": lambda outer, inner: list(dict.fromkeys([*outer, *inner])),
}


def json_type(value: object) -> str:
    """The JSON type of a value."""
    return _TYPES.get(type(value), "null")
