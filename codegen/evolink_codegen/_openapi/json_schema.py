"""The places where a JSON Schema holds further schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..runtime._schemas import MANY, NAMED, ONE, over_children, transform

__all__ = [
    "ANNOTATIONS", "MANY", "NAMED", "NEVER", "ONE", "OPEN_OR_CLOSED", "Schema", "alias", "children",
    "descend", "fits", "is_object", "over_children", "transform", "transform_down", "type_of", "types",
]  # fmt: skip

# Under these, true and false say whether more is allowed.
OPEN_OR_CLOSED = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems")

# Keywords that say something about a schema and constrain nothing.
ANNOTATIONS = frozenset(
    {"title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly",
     "$comment", "externalDocs", "xml"}
)  # fmt: skip

Schema = dict[str, Any]

# What no value is allowed by.
NEVER: Schema = {"not": {}}


def children(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Each schema directly within this one, with its place."""
    for key in NAMED:
        if isinstance(group := schema.get(key), dict):
            yield from ((f"{key}/{name}", item) for name, item in group.items() if isinstance(item, dict))
    for key in MANY:
        if isinstance(items := schema.get(key), list):
            yield from (
                (f"{key}/{index}", item) for index, item in enumerate(items) if isinstance(item, dict)
            )
    for key in ONE:
        if isinstance(item := schema.get(key), dict):
            yield key, item


def transform_down(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """A copy in which `change` has been applied to every schema, outermost first."""
    return over_children(change(schema), lambda child: transform_down(child, change))


def descend(schema: Schema) -> Iterator[Schema]:
    """The schema and every schema within it; references are not followed."""
    pending = [schema]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(item for _, item in children(current))


def types(schema: Schema) -> list[str]:
    """The `type` of a schema as a list; empty where it has none."""
    value = schema.get("type")
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []


def type_of(value: Any) -> str:
    """The JSON type of a value; whole numbers are integers."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return "integer" if isinstance(value, float) and value.is_integer() else names[type(value)]


def fits(value: Any, kinds: list[str]) -> bool:
    """Whether a value is of one of these types; no types admit all."""
    kind = type_of(value)
    return not kinds or kind in kinds or (kind == "integer" and "number" in kinds)


def alias(schema: Schema) -> Schema | None:
    """The one member of a composition that adds nothing but annotations to it."""
    keys = schema.keys() - ANNOTATIONS - {"discriminator"}
    for key in ("allOf", "anyOf", "oneOf"):
        if keys == {key} and len(schema[key]) == 1:
            member: Schema = schema[key][0]
            return member
    return None


def is_object(schema: Schema) -> bool:
    """Whether a schema describes an object with known properties, or a map."""
    kinds = types(schema)
    return ("object" in kinds or (not kinds and "properties" in schema)) and not schema.get("$ref")
