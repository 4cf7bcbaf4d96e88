"""Reading JSON Schemas of the contract: pure functions, nothing of a particular API in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH = 12
"""How far schemas within schemas are followed: one may contain itself."""


def resolve(document: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    """Follow `$ref` until there is none; what stands beside a reference is laid over its target."""
    for _ in range(MAX_DEPTH):
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        beside = {key: value for key, value in node.items() if key != "$ref"}
        node = {**pointer(document, reference.removeprefix("#")), **beside}
    return {}


def pointer(value: Any, path: str) -> Any:
    """Look up a JSON pointer; `{}` if there is nothing."""
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name, {})
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return {}
    return value


def alternatives(
    document: Mapping[str, Any], schema: Any, depth: int = MAX_DEPTH
) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and every schema it is combined of by `allOf`, `anyOf` and `oneOf`."""
    found = resolve(document, schema)
    yield found
    if depth:
        for composed in ("allOf", "anyOf", "oneOf"):
            for part in found.get(composed) or ():
                yield from alternatives(document, part, depth - 1)


def properties(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """All properties that a schema documents, by name."""
    found: dict[str, Any] = {}
    for part in alternatives(document, schema):
        for name, value in (part.get("properties") or {}).items():
            found.setdefault(name, value)
    return found


def keyword(document: Mapping[str, Any], schema: Any, name: str) -> Any:
    """The value of a keyword on a schema or on a part of it; None if it has none."""
    for part in alternatives(document, schema):
        if name in part:
            return part[name]
    return None


def types(document: Mapping[str, Any], schema: Any) -> set[str]:
    """Every type that a schema allows, in whichever part of it."""
    found: set[str] = set()
    for one in alternatives(document, schema):
        kind = one.get("type", "object" if "properties" in one else ())
        found.update([kind] if isinstance(kind, str) else kind)
    return found


def defaults(document: Mapping[str, Any], schema: Any, depth: int = MAX_DEPTH) -> dict[str, Any]:
    """What the parameters are taken for when they are left out, nested like the body."""
    found: dict[str, Any] = {}
    for name, prop in properties(document, schema).items() if depth else ():
        value = keyword(document, prop, "x-evolink-default")
        if value is None:
            value = keyword(document, prop, "default")
        if value is None:
            value = defaults(document, prop, depth - 1) or None
        if value is not None:
            found[name] = value
    return found


def documented(document: Mapping[str, Any], schema: Any, value: Any, depth: int = MAX_DEPTH) -> Any:
    """Leave out of a value what its schema does not document."""
    if not depth or not isinstance(value, dict):
        return value
    known = properties(document, schema)
    if not known or keyword(document, schema, "additionalProperties"):
        return value
    return {
        name: documented(document, known[name], item, depth - 1)
        for name, item in value.items()
        if name in known
    }
