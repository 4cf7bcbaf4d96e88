"""Reading JSON Schemas of the contract: pure functions, nothing of a particular API in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

_MAX_DEPTH = 12  # a schema may contain itself
_WORDS = ("lantern", "river", "quiet", "amber", "paper", "orbit", "meadow", "signal")
_FORMATS = {
    "uri": "https://example.com/sample",
    "url": "https://example.com/sample",
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "email": "someone@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def resolve(document: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    """Follow `$ref` until there is none; what stands beside a reference is laid over its target."""
    for _ in range(_MAX_DEPTH):
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
    document: Mapping[str, Any], schema: Any, depth: int = _MAX_DEPTH
) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and every schema it is combined of by `allOf`, `anyOf` and `oneOf`."""
    found = resolve(document, schema)
    yield found
    if depth:
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in found.get(keyword) or ():
                yield from alternatives(document, part, depth - 1)


def properties(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """All properties that a schema documents, by name."""
    found: dict[str, Any] = {}
    for part in alternatives(document, schema):
        for name, value in (part.get("properties") or {}).items():
            found.setdefault(name, value)
    return found


def extension(document: Mapping[str, Any], schema: Any, name: str) -> Any:
    """The value of a keyword on a schema or on a part of it; None if it has none."""
    for part in alternatives(document, schema):
        if name in part:
            return part[name]
    return None


def defaults(document: Mapping[str, Any], schema: Any, depth: int = _MAX_DEPTH) -> dict[str, Any]:
    """What the parameters are taken for when they are left out, nested like the body."""
    found: dict[str, Any] = {}
    for name, prop in properties(document, schema).items() if depth else ():
        value = extension(document, prop, "x-evolink-default")
        if value is None:
            value = extension(document, prop, "default")
        if value is None:
            value = defaults(document, prop, depth - 1) or None
        if value is not None:
            found[name] = value
    return found


def overlay(below: Any, above: Any) -> Any:
    """Lay one JSON value over another; objects merge, anything else replaces."""
    if isinstance(below, dict) and isinstance(above, dict):
        merged = dict(below)
        for name, value in above.items():
            merged[name] = overlay(below[name], value) if name in below else value
        return merged
    return above


def put(value: Mapping[str, Any], path: Sequence[str], item: Any) -> dict[str, Any]:
    """A copy of nested objects with one item replaced or added."""
    name, *rest = path
    below = value.get(name)
    return {**value, name: put(below if isinstance(below, dict) else {}, rest, item) if rest else item}


def documented(document: Mapping[str, Any], schema: Any, value: Any, depth: int = _MAX_DEPTH) -> Any:
    """Leave out of a value what its schema does not document."""
    if not depth or not isinstance(value, dict):
        return value
    known = properties(document, schema)
    if not known or extension(document, schema, "additionalProperties"):
        return value
    return {
        name: documented(document, known[name], item, depth - 1)
        for name, item in value.items()
        if name in known
    }


def search(value: Any, name: str) -> Any:
    """The first value under a name, however deep in a JSON value; None if there is none."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        for item in value.values():
            found = search(item, name)
            if found is not None:
                return found
    return None


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def sample(document: Mapping[str, Any], schema: Any, rng: Random | None = None, depth: int = 0) -> Any:
    """Make a value that a schema describes.

    Args:
        document: The contract that references point into.
        schema: The schema.
        rng: Vary the value by it; without, it is the documented example or the plainest value.
        depth: How deep in the value this is.
    """
    found = resolve(document, schema)
    if "const" in found:
        return found["const"]
    if rng is None:
        for keyword in ("example", "default"):
            if keyword in found:
                return found[keyword]
        if found.get("examples"):
            return found["examples"][0]
    if found.get("enum"):
        return rng.choice(found["enum"]) if rng else found["enum"][0]
    for keyword in ("oneOf", "anyOf"):
        if found.get(keyword):
            choice = rng.choice(found[keyword]) if rng else found[keyword][0]
            return sample(document, choice, rng, depth + 1)
    if found.get("allOf"):
        merged: Any = {}
        for part in found["allOf"]:
            merged = overlay(merged, sample(document, part, rng, depth + 1))
        return merged
    return _sample_of_type(document, found, rng, depth)


def _sample_of_type(
    document: Mapping[str, Any], schema: Mapping[str, Any], rng: Random | None, depth: int
) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind == "array":
        count = max(schema.get("minItems", 0), 0 if depth > _MAX_DEPTH else min(1, schema.get("maxItems", 1)))
        return [sample(document, schema.get("items", {}), rng, depth + 1) for _ in range(count)]
    if kind == "boolean":
        return rng.random() < 0.5 if rng else True
    if kind in {"integer", "number"}:
        return _sample_number(schema, rng, whole=kind == "integer")
    if kind == "string":
        return _sample_string(schema, rng)
    if kind == "null" or depth > _MAX_DEPTH:
        return None
    required = set(schema.get("required") or ())
    return {
        name: sample(document, prop, rng, depth + 1)
        for name, prop in properties(document, schema).items()
        if name in required or depth < _MAX_DEPTH
    }


def _sample_number(schema: Mapping[str, Any], rng: Random | None, *, whole: bool) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 1001) - 1)
    step = schema.get("multipleOf", 1 if whole else 0)
    value = rng.uniform(low, high) if rng else low
    if step:
        value = -(-low // step) * step if rng is None else max(low, value // step * step)
    return int(value) if whole else round(value, 3)


def _sample_string(schema: Mapping[str, Any], rng: Random | None) -> str:
    known = _FORMATS.get(str(schema.get("format")))
    if known is not None:
        return known
    text = " ".join(rng.choices(_WORDS, k=3)) if rng else "text"
    text += "x" * (int(schema.get("minLength", 0)) - len(text))
    return text[: schema.get("maxLength", len(text))]
