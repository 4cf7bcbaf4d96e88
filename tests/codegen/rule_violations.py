"""Requests that break one rule of a schema, found by breaking each rule that a valid request meets."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs

_MISSING = object()
# One of these is of a wrong type, of a wrong length or no listed value, for any schema that refuses anything.
_ODD: list[Any] = ["no such value", 7919, 0.123, True, None, [], {}, ["\0"], {"\0": "\0"}]


class Broken(NamedTuple):
    """A request with a fault.

    Attributes:
        rule: The keyword that it breaks.
        path: Where.
        body: The request.
    """

    rule: str
    path: str
    body: Any


def broken(root: dict[str, Any], body: Any) -> Iterator[Broken]:
    """Every rule that speaks of a value in a valid body, broken once."""
    validator = Draft202012Validator(root)
    for rule, keys, value in _faults(root, root, body, ()):
        if rule in ("anyOf", "oneOf") and validator.is_valid(_put(body, keys, value)):
            continue  # what breaks one form may be another
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
        yield Broken(rule, path, _put(body, keys, value))


def _put(body: Any, keys: tuple[str | int, ...], value: Any) -> Any:
    if not keys:
        return value
    found = copy.deepcopy(body)
    holder = found
    for key in keys[:-1]:
        holder = holder[key]
    if value is _MISSING:
        del holder[keys[-1]]
    else:
        holder[keys[-1]] = value
    return found


def _faults(
    root: dict[str, Any], schema: dict[str, Any], value: Any, keys: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...], Any]]:
    if "$ref" in schema:
        yield from _faults(root, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], value, keys)
    for rule in sorted(schema.keys() & _BREAKERS.keys()):
        alone = {rule: schema[rule], "$defs": root.get("$defs", {})}
        if rule == "type" and {"enum", "const"} & schema.keys():
            continue
        for wrong in _BREAKERS[rule](schema[rule], value):
            if not Draft202012Validator(alone).is_valid(wrong):
                yield rule, keys, wrong
                break
    for member in schema.get("allOf", ()):
        yield from _faults(root, member, value, keys)
    for rule in ("anyOf", "oneOf"):
        for member in schema.get(rule, ()):
            if Draft202012Validator({**member, "$defs": root.get("$defs", {})}).is_valid(value):
                yield from ((rule, at, wrong) for _, at, wrong in _faults(root, member, value, keys))
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            yield "required", (*keys, name), _MISSING
        properties = schema.get("properties", {})
        for name, item in value.items():
            inner = properties.get(name, schema.get("additionalProperties"))
            if isinstance(inner, dict):
                yield from _faults(root, inner, item, (*keys, name))
        if schema.get("additionalProperties") is False:
            yield "additionalProperties", (*keys, "\0"), 1
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value[:1]):
            yield from _faults(root, schema["items"], item, (*keys, index))


def _sized(value: Any, size: int) -> Any:
    """A value of the same kind that has so many characters, items or names."""
    if isinstance(value, str):
        return "x" * size
    if isinstance(value, list):
        return ([*value, 1] * size)[:size]
    return {f"{index}": next(iter(value.values()), 1) for index in range(size)}


_BREAKERS: dict[str, Any] = {
    "type": lambda *_: _ODD,
    "enum": lambda *_: _ODD,
    "const": lambda *_: _ODD,
    "anyOf": lambda *_: _ODD,
    "oneOf": lambda *_: _ODD,
    "minimum": lambda limit, _: [limit - 1],
    "maximum": lambda limit, _: [limit + 1],
    "exclusiveMinimum": lambda limit, _: [limit],
    "exclusiveMaximum": lambda limit, _: [limit],
    "multipleOf": lambda step, value: [value + step / 2],
    "pattern": lambda *_: ["\0"],
    "minLength": lambda size, value: [_sized(value, size - 1)],
    "maxLength": lambda size, value: [_sized(value, size + 1)],
    "minItems": lambda size, value: [_sized(value, size - 1)],
    "maxItems": lambda size, value: [_sized(value, size + 1)],
    "maxProperties": lambda size, value: [_sized(value, size + 1)],
}
