"""Valid requests and requests that break exactly one rule, derived from a schema."""

from __future__ import annotations

import contextlib
import copy
import random
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from evolink_api.validation import Validator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRIVATE = tuple(f"https://{host}/" for host in ("10.0.0.1", "127.0.0.1", "192.168.1.1", "[::1]", "localhost"))
"""Addresses that a rule for public addresses refuses."""
UNIONS = ("anyOf", "oneOf")
"""The keywords of alternatives."""

_WRONG_TYPES: dict[str, Any] = {
    "string": 17,
    "integer": "seventeen",
    "number": "seventeen",
    "boolean": "maybe",
    "array": "no list",
    "object": 17,
    "null": 17,
}


class RequestCase(NamedTuple):
    """A request for one rule.

    Attributes:
        rule: The rule that it breaks, or just keeps.
        path: The property concerned, as violations name it.
        body: The request.
    """

    rule: str
    path: str
    body: dict[str, Any]

    @property
    def label(self) -> str:
        """A name for it."""
        return f"{self.path}-{self.rule}"


def resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Follow the references of a schema into the definitions of its root."""
    while "$ref" in schema:
        target = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _parts(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and the parts of its `allOf`."""
    schema = resolve(schema, root)
    yield schema
    for part in schema.get("allOf", []):
        yield from _parts(part, root)


def valid(schema: dict[str, Any], root: dict[str, Any], depth: int = 0) -> Any:
    """A value that a schema accepts; recursive schemas are cut off."""
    schema = resolve(schema, root)
    for key in ("example", "const", "default"):
        whole = {**schema, "$defs": root.get("$defs", {})}
        if key in schema and Validator(whole, unknown=True).is_valid(schema[key]):
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in UNIONS:
        if schema.get(key):
            return valid(schema[key][0], root, depth + 1)
    kind = schema.get("type", "object" if {"properties", "allOf"} & schema.keys() else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        parts = list(_parts(schema, root))
        properties = {name: one for part in parts for name, one in part.get("properties", {}).items()}
        required = [name for part in parts for name in part.get("required", [])]
        least = max(part.get("minProperties", 0) for part in parts)
        required += [name for name in properties if name not in required][: max(0, least - len(required))]
        return (
            {name: valid(properties.get(name, {}), root, depth + 1) for name in required} if depth < 8 else {}
        )
    if kind == "array":
        return [valid(schema.get("items", {}), root, depth + 1) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return _strings(schema)
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        step = schema.get("multipleOf", 1)
        return -(-low // step) * step
    return {"boolean": True, "null": None}[kind]


_STRINGS = {
    "uri": "https://example.com/a.mp4",
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "someone@example.com",
}


def _strings(schema: dict[str, Any]) -> str:
    length: int = schema.get("minLength", 1)
    if "pattern" in schema:
        accepts = Validator(schema).is_valid
        with contextlib.suppress(re.error, ImportError):
            from rstr import Rstr  # noqa: PLC0415 - few documents have a pattern without an example

            maker = Rstr(random.Random(0))  # noqa: S311 - the same in every run
            return next(filter(accepts, (maker.xeger(schema["pattern"]) for _ in range(50))), "x")
    return _STRINGS.get(schema.get("format", ""), "x" * max(1, length))


def invalid(root: dict[str, Any], example: dict[str, Any]) -> Iterator[RequestCase]:
    """For every rule of a request schema one request that breaks it, if a simple value does."""
    accepts = Validator(root).is_valid
    yield from (case for case in attempts(root, example) if not accepts(case.body))


def attempts(root: dict[str, Any], example: dict[str, Any]) -> Iterator[RequestCase]:
    """For every rule of a request schema one request with a value that breaks most rules of its kind."""
    yield from _object(root, root, example, "", lambda value: value)


def _object(
    schema: dict[str, Any],
    root: dict[str, Any],
    example: dict[str, Any],
    path: str,
    put: Callable[[Any], dict[str, Any]],
) -> Iterator[RequestCase]:
    for name in schema.get("required", []):
        yield RequestCase("required", _join(path, name), put({k: v for k, v in example.items() if k != name}))
    # Schemas may be recursive: three levels cover every rule.
    for name, property_ in schema.get("properties", {}).items() if path.count(".") < 3 else ():
        one = resolve(property_, root)

        def within(value: Any, name: str = name) -> Any:
            return put({**copy.deepcopy(example), name: value})

        value = example.get(name, valid(one, root))
        yield from _value(one, root, value, _join(path, name), within)


def _value(
    schema: dict[str, Any], root: dict[str, Any], value: Any, path: str, put: Callable[[Any], dict[str, Any]]
) -> Iterator[RequestCase]:
    for rule, wrong in _invalid_values(schema, root, value):
        yield RequestCase(rule, path, put(wrong))
    if isinstance(value, dict):
        yield from _object(schema, root, value, path, put)
    if isinstance(schema.get("items"), dict):
        item = resolve(schema["items"], root)
        good = value[0] if isinstance(value, list) and value else valid(item, root)
        for rule, wrong in _invalid_values(item, root, good):
            yield RequestCase(rule, f"{path}[0]", put([wrong]))


def _invalid_values(schema: dict[str, Any], root: dict[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not set(UNIONS) & schema.keys():
        wrong = next((w for k, w in _WRONG_TYPES.items() if k in kinds and not _fits(w, kinds)), None)
        if wrong is not None:
            yield "type", wrong
    if "enum" in schema:
        yield "enum", "no such value" if any(isinstance(one, str) for one in schema["enum"]) else 7919
    unions = [resolve(member, root) for member in schema.get("anyOf") or schema.get("oneOf") or []]
    if unions and all("enum" in member for member in unions):
        yield "enum", "no such value"
    if "maxLength" in schema and "x-evolink-url" not in schema:
        yield "maxLength", "x" * (schema["maxLength"] + 1)
    if "maxLength" in schema and isinstance(value, str) and "x-evolink-url" in schema:
        yield "maxLength", value + "x" * schema["maxLength"]
    if schema.get("minLength"):
        text = value if isinstance(value, str) else ""
        yield "minLength", text.ljust(schema["minLength"], "x")[: schema["minLength"] - 1]
    if "maxItems" in schema and isinstance(value, list):
        one = value[0] if value else valid(schema.get("items", {}), root)
        yield "maxItems", [one] * (schema["maxItems"] + 1)
    if schema.get("minItems"):
        yield "minItems", (value if isinstance(value, list) else [])[: schema["minItems"] - 1]
    if "maximum" in schema:
        yield "maximum", schema["maximum"] + schema.get("multipleOf", 1)
    if "minimum" in schema:
        yield "minimum", schema["minimum"] - schema.get("multipleOf", 1)
    if "multipleOf" in schema and isinstance(value, int | float):
        yield "multipleOf", value + schema["multipleOf"] / 2
    if "pattern" in schema:
        yield "pattern", "\x00" * max(1, schema.get("minLength", 1))
    if schema.get("format") == "uri" and "enum" not in schema:
        yield "format", "no address"
    rule = schema.get("x-evolink-url", {})
    for wrong in (
        f"{scheme}://example.com/x"
        for scheme in ("http", "ftp")
        if scheme not in rule.get("schemes", [scheme])
    ):
        yield "url", wrong
    if rule.get("public"):
        yield from (("url", wrong) for wrong in PRIVATE)


def _fits(value: Any, kinds: list[str]) -> bool:
    names = {str: "string", int: "integer", list: "array", dict: "object", type(None): "null"}
    return names[type(value)] in kinds or (isinstance(value, int) and "number" in kinds)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
