"""Converts the keywords of one schema to OpenAPI 3.1, and drops what no validator could read."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs

from .._openapi import json_schema
from .._openapi.text import one_line

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


_COUNTS = frozenset(
    {"maxContains", "maxItems", "maxLength", "maxProperties", "minContains", "minItems", "minLength",
     "minProperties"}
)  # fmt: skip
_NUMBERS = _COUNTS | {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"}
_WELL_FORMED: dict[str, Callable[[Any], bool]] = {
    "$ref": lambda value: isinstance(value, str),
    "contentEncoding": lambda value: isinstance(value, str),
    "contentMediaType": lambda value: isinstance(value, str),
    "dependentRequired": lambda value: isinstance(value, dict) and all(map(_is_texts, value.values())),
    "description": lambda value: isinstance(value, str),
    "discriminator": lambda value: isinstance(value, dict) and isinstance(value.get("propertyName"), str),
    "enum": lambda value: isinstance(value, list) and bool(value),
    "examples": lambda value: isinstance(value, list),
    "format": lambda value: isinstance(value, str),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "pattern": lambda value: isinstance(value, str) and _is_pattern(value),
    "required": _is_texts,
    "title": lambda value: isinstance(value, str),
    "uniqueItems": lambda value: isinstance(value, bool),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), _is_number),
    **dict.fromkeys(_COUNTS, _is_count),
    **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), lambda value: isinstance(value, bool)),
}


def normalize_keywords(schema: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """The schema with the keywords of 3.1; `nullable` occurs in 3.1 documents too.

    Args:
        schema: One schema, the schemas within it normalized before.
        faults: Gets a line for everything that had to be left out.
    """
    normalized = {key: item for key, item in schema.items() if key not in _MACHINERY}
    _limits(normalized)
    if isinstance(normalized.get("required"), bool):
        # `required: true` on a property is a habit of OpenAPI 2 with no meaning here.
        normalized.pop("required")
    elif _is_texts(normalized.get("required")):
        normalized["required"] = list(dict.fromkeys(normalized["required"]))
    _type(normalized, faults)
    wrong = [key for key in normalized if key in _WELL_FORMED and not _WELL_FORMED[key](normalized[key])]
    faults += [f"{normalized.pop(key)!r} is not a valid {key}; left out" for key in wrong]
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if normalized.get(key) == []:
            normalized.pop(key)
    if "patternProperties" in normalized:
        normalized["patternProperties"] = dict(_patterns(normalized["patternProperties"], faults))
    _tuple(normalized)
    if isinstance(normalized.get("properties"), dict) and _KIND.isdisjoint(normalized):
        normalized["type"] = "object"  # whoever names properties means it, and classes are made of it
    _values(normalized, faults)
    return _nullable(normalized) if normalized.pop("nullable", False) is True else normalized


def _limits(schema: dict[str, Any]) -> None:
    """`exclusiveMinimum: true` of 3.0, numbers written as text, and counts written as `1.0`."""
    for key, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(key), bool):
            exclusive = schema.pop(key)
            if exclusive and limit in schema:
                schema[key] = schema.pop(limit)
    for key in _NUMBERS & schema.keys():
        if isinstance(schema[key], str) and (number := _number(schema[key])) is not None:
            schema[key] = number
        if key in _COUNTS and _is_count(schema[key]):
            schema[key] = int(schema[key])


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
    """Give enum, const, default and example the type beside them: no string can have the value `1`."""
    if "enum" in schema:
        schema["enum"] = _distinct(schema["enum"])
    kinds = json_schema.types(schema)
    if not kinds:
        return
    if schema.get("nullable") is True:
        kinds = [*kinds, "null"]
    for key in ("default", "example"):
        if key in schema and (converted := _converted(schema[key], kinds)) is not schema[key]:
            faults.append(_rewritten(key, [schema[key]], [converted]))
            schema[key] = converted
    listed = [schema["const"]] if "const" in schema else schema.get("enum", [])
    values = [_converted(value, kinds) for value in listed]
    fitting = [value for value in values if json_schema.fits(value, kinds)]
    if listed and not fitting:
        faults.append(f"no value of the enum is of type {' or '.join(kinds)}; the type is left out")
        schema.pop("type")
        return
    before, after = _differing(listed, values)
    if before:
        faults.append(_rewritten("const" if "const" in schema else "enum", before, after))
    if left := [value for value in values if not json_schema.fits(value, kinds)]:
        faults.append(f"the enum has {_shown(left)}, not of type {' or '.join(kinds)}; left out")
    if "const" in schema:
        schema["const"] = fitting[0]
    elif listed:
        schema["enum"] = _distinct(fitting)


def _differing(old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any]]:
    pairs = [(one, two) for one, two in zip(old, new, strict=True) if one is not two]
    return [one for one, _ in pairs], [two for _, two in pairs]


def _rewritten(key: str, old: list[Any], new: list[Any]) -> str:
    return f"the {key} has {_shown(old)}, of another type; written as {_shown(new)}"


def _shown(values: list[Any]) -> str:
    return one_line(", ".join(json.dumps(value, ensure_ascii=False) for value in values), 100)


def _distinct(values: list[Any]) -> list[Any]:
    """The values, each once; 1 and 1.0 are the same, 1 and true are not."""
    distinct: dict[Any, Any] = {}
    for value in values:
        distinct.setdefault(_identity(value), value)
    return list(distinct.values())


def _identity(value: Any) -> Any:
    """Equal for values that are the same to JSON."""
    if isinstance(value, dict):
        return dict, frozenset((key, _identity(item)) for key, item in value.items())
    if isinstance(value, list):
        return list, tuple(map(_identity, value))
    return isinstance(value, bool), value


def _converted(value: Any, kinds: list[str]) -> Any:
    """The value as one of several types; itself if it is of one of them, or has no form there."""
    if json_schema.fits(value, kinds):
        return value
    forms = (_FORMS[kind](value) for kind in kinds if kind in _FORMS)
    return next((form for form in forms if form is not None and json_schema.fits(form, kinds)), value)


def _as_text(value: Any) -> str | None:
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def _as_number(value: Any) -> float | None:
    return _number(value) if isinstance(value, str) else None


def _as_boolean(value: Any) -> bool | None:
    return _BOOLEANS.get(value.lower()) if isinstance(value, str) else None


# How YAML without quotes, or with too many of them, has the values of another type.
_BOOLEANS = {"true": True, "false": False}
_FORMS: dict[str, Callable[[Any], Any]] = {
    "string": _as_text,
    "integer": _as_number,
    "number": _as_number,
    "boolean": _as_boolean,
}


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
