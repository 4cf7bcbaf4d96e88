"""Reads JSON Schemas of the contract: pure functions that know nothing of a particular API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from evolink_api import extensions
from evolink_api.validation import Validator, closure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH = 12
"""How deep schemas within schemas are followed: a schema may contain itself."""


def compile_schema(document: Mapping[str, Any], schema: Mapping[str, Any], **options: bool) -> Validator:
    """Make a validator for a schema of the contract; it compiles at its first use."""
    return Validator(closure(document, schema), **options)


def resolve(document: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    """Follow `$ref` to its end; keywords beside a reference override those of its target."""
    for _ in range(MAX_DEPTH):
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        node = {**pointer(document, reference.removeprefix("#")), **siblings}
    return {}


def pointer(value: Any, path: str) -> Any:
    """Look up a JSON pointer; `{}` if it leads nowhere."""
    target = find_pointer(value, path)
    return {} if target is None else target


def find_pointer(value: Any, path: str) -> Any:
    """Look up a JSON pointer, percent-encoded or not; None if it leads nowhere."""
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name, value.get(unquote(name)))
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def alternatives(
    document: Mapping[str, Any], schema: Any, depth: int = MAX_DEPTH
) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and every member of its `allOf`, `anyOf` and `oneOf`."""
    resolved = resolve(document, schema)
    yield resolved
    if depth:
        for combinator in ("allOf", "anyOf", "oneOf"):
            for part in resolved.get(combinator) or ():
                yield from alternatives(document, part, depth - 1)


def properties(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """All properties that a schema documents, by name."""
    merged: dict[str, Any] = {}
    for part in alternatives(document, schema):
        for name, value in (part.get("properties") or {}).items():
            merged.setdefault(name, value)
    return merged


def keyword(document: Mapping[str, Any], schema: Any, name: str) -> Any:
    """The value of a keyword in a schema or in a part of it; None if it has none."""
    for part in alternatives(document, schema):
        if name in part:
            return part[name]
    return None


def types(document: Mapping[str, Any], schema: Any) -> set[str]:
    """Every type that a schema or a part of it allows."""
    allowed: set[str] = set()
    for part in alternatives(document, schema):
        value = part.get("type", "object" if "properties" in part else ())
        allowed.update([value] if isinstance(value, str) else value)
    return allowed


def defaults(document: Mapping[str, Any], schema: Any, depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The default of each parameter that has one, nested like the body."""
    values: dict[str, Any] = {}
    for name, prop in properties(document, schema).items() if depth else ():
        value = keyword(document, prop, extensions.DEFAULT.name)
        if value is None:
            value = keyword(document, prop, "default")
        if value is None:
            value = defaults(document, prop, depth - 1) or None
        if value is not None:
            values[name] = value
    return values


def only_documented(document: Mapping[str, Any], schema: Any, value: Any, depth: int = MAX_DEPTH) -> Any:
    """Copy a value without the members that its schema does not document."""
    if not depth or not isinstance(value, dict):
        return value
    documented = properties(document, schema)
    if not documented or keyword(document, schema, "additionalProperties"):
        return value
    return {
        name: only_documented(document, documented[name], item, depth - 1)
        for name, item in value.items()
        if name in documented
    }
