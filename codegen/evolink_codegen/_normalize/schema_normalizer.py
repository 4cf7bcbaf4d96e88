"""Converts the keywords of one schema to OpenAPI 3.1, and drops what no validator could read."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs

from .._openapi import json_schema

_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
# These change how a schema is found or read, and constrain no value.
_MACHINERY = ("$id", "$schema", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$vocabulary")


# These decide, or may decide, of what type a value is.
_KIND = frozenset({"type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and float(value).is_integer()


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


@functools.lru_cache(maxsize=4096)
def _is_pattern(value: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": value})
    except (ValueError, TypeError):
        return False
    return True


_WELL_FORMED: dict[str, Callable[[Any], bool]] = {
    "$ref": lambda value: isinstance(value, str),
    "contentEncoding": lambda value: isinstance(value, str),
    "contentMediaType": lambda value: isinstance(value, str),
    "dependentRequired": lambda value: isinstance(value, dict) and all(map(_is_texts, value.values())),
    "description": lambda value: isinstance(value, str),
    "discriminator": lambda value: isinstance(value, dict) and isinstance(value.get("propertyName"), str),
    "enum": lambda value: isinstance(value, list) and bool(value),
    "examples": lambda value: isinstance(value, list),
    "exclusiveMaximum": _is_number,
    "exclusiveMinimum": _is_number,
    "format": lambda value: isinstance(value, str),
    "maxContains": _is_count,
    "maxItems": _is_count,
    "maxLength": _is_count,
    "maxProperties": _is_count,
    "maximum": _is_number,
    "minContains": _is_count,
    "minItems": _is_count,
    "minLength": _is_count,
    "minProperties": _is_count,
    "minimum": _is_number,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "pattern": lambda value: isinstance(value, str) and _is_pattern(value),
    "required": _is_texts,
    "title": lambda value: isinstance(value, str),
    "uniqueItems": lambda value: isinstance(value, bool),
} | dict.fromkeys(("deprecated", "readOnly", "writeOnly"), lambda value: isinstance(value, bool))


def normalize_keywords(schema: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """The schema with the keywords of 3.1; `nullable` occurs in 3.1 documents too.

    Args:
        schema: One schema, the schemas within it normalized before.
        faults: Gets a line for everything that had to be left out.
    """
    found = {key: item for key, item in schema.items() if key not in _MACHINERY}
    _limits(found)
    if isinstance(found.get("required"), bool):
        found.pop("required")  # `required: true` on a property is a habit of OpenAPI 2 with no meaning here
    elif _is_texts(found.get("required")):
        found["required"] = list(dict.fromkeys(found["required"]))
    _type(found, faults)
    wrong = [key for key in found if key in _WELL_FORMED and not _WELL_FORMED[key](found[key])]
    faults += [f"{found.pop(key)!r} is not a valid {key}; left out" for key in wrong]
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if found.get(key) == []:
            found.pop(key)
    if "patternProperties" in found:
        found["patternProperties"] = dict(_patterns(found["patternProperties"], faults))
    _tuple(found)
    if isinstance(found.get("properties"), dict) and _KIND.isdisjoint(found):
        found["type"] = "object"  # whoever names properties means it, and classes are made of it
    _values(found, faults)
    return _nullable(found) if found.pop("nullable", False) is True else found


def _limits(schema: dict[str, Any]) -> None:
    """`exclusiveMinimum: true` of 3.0, and numbers written as text."""
    for key, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(key), bool):
            exclusive = schema.pop(key)
            if exclusive and limit in schema:
                schema[key] = schema.pop(limit)
    for key in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "multipleOf"):
        if isinstance(schema.get(key), str) and (number := _number(schema[key])) is not None:
            schema[key] = number


def _type(schema: dict[str, Any], faults: list[str]) -> None:
    if "type" not in schema:
        return
    given = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kinds = [kind for kind in given if isinstance(kind, str) and kind in _TYPES]
    if len(kinds) < len(given):
        faults.append(f"{schema['type']!r} is not a valid type; left out")
        kinds = []
    if not kinds:
        schema.pop("type")
    else:
        kinds = list(dict.fromkeys(kinds))
        schema["type"] = kinds[0] if len(kinds) == 1 else kinds


def _patterns(group: dict[str, Any], faults: list[str]) -> Iterator[tuple[str, Any]]:
    for pattern, item in group.items():
        if _is_pattern(pattern):
            yield pattern, item
        else:
            faults.append(f"{pattern!r} is not a valid pattern; left out")


def _tuple(schema: dict[str, Any]) -> None:
    """A list of `items`, as older drafts of JSON Schema write a tuple."""
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        if not schema["prefixItems"]:
            schema.pop("prefixItems")


def _values(schema: dict[str, Any], faults: list[str]) -> None:
    """An enum whose values are all of another type than the one beside it allows no value at all."""
    kinds = json_schema.types(schema)
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if "enum" in schema:
        schema["enum"] = values = _distinct(values)
    if not values or not kinds or any(json_schema.fits(value, kinds) for value in values):
        return
    converted = [_converted(value, kinds[0]) for value in values]
    if len(kinds) == 1 and all(json_schema.fits(value, kinds) for value in converted):
        faults.append(f"no value of the enum is of type {kinds[0]}; written as {kinds[0]}")
        schema.update({"enum": converted} if "enum" in schema else {"const": converted[0]})
    else:
        faults.append(f"no value of the enum is of type {' or '.join(kinds)}; the type is left out")
        schema.pop("type")


def _distinct(values: list[Any]) -> list[Any]:
    """The values, each once; 1 and 1.0 are the same, 1 and true are not."""
    found: dict[Any, Any] = {}
    for value in values:
        found.setdefault(_identity(value), value)
    return list(found.values())


def _identity(value: Any) -> Any:
    """Equal for values that are the same to JSON."""
    if isinstance(value, dict):
        return dict, frozenset((key, _identity(item)) for key, item in value.items())
    if isinstance(value, list):
        return list, tuple(map(_identity, value))
    return isinstance(value, bool), value


def _converted(value: Any, kind: str) -> Any:
    if kind == "string" and _is_number(value):
        return str(value)
    if kind in ("integer", "number") and isinstance(value, str):
        return _number(value)
    return value


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = json_schema.types(schema)
    if kinds:
        if "null" not in kinds:
            schema["type"] = [*kinds, "null"]
        if "const" in schema:
            schema["enum"] = [schema.pop("const")]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    annotations = {
        key: schema.pop(key) for key in list(schema) if key in json_schema.ANNOTATIONS or key.startswith("x-")
    }
    if not schema:
        return annotations
    return {"anyOf": [schema, {"type": "null"}], **annotations}
