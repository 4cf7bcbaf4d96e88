"""Values that a schema describes, made up where no document shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evolink_mock._json import overlay
from evolink_mock._schema import MAX_DEPTH, properties, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

_WORDS = ("lantern", "river", "quiet", "amber", "paper", "orbit", "meadow", "signal")
_FORMATS = {
    "uri": "https://example.com/sample",
    "url": "https://example.com/sample",
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "email": "someone@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


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
        count = max(schema.get("minItems", 0), 0 if depth > MAX_DEPTH else min(1, schema.get("maxItems", 1)))
        return [sample(document, schema.get("items", {}), rng, depth + 1) for _ in range(count)]
    if kind == "boolean":
        return rng.random() < 0.5 if rng else True
    if kind in {"integer", "number"}:
        return _sample_number(schema, rng, whole=kind == "integer")
    if kind == "string":
        return _sample_string(schema, rng)
    if kind == "null" or depth > MAX_DEPTH:
        return None
    required = set(schema.get("required") or ())
    return {
        name: sample(document, prop, rng, depth + 1)
        for name, prop in properties(document, schema).items()
        if name in required or depth < MAX_DEPTH
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
