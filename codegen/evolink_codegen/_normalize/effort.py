"""How often a validator evaluates schemas for a value, before it is asked to."""

from __future__ import annotations

from typing import Any

from .._openapi import refs

MAX_EVALUATIONS = 200_000

_SAME_VALUE = ("not", "if", "then", "else")
_SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")


class Effort:
    """Counts evaluations; one schema may be evaluated for one value over and over.

    Args:
        document: Where references lead.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def is_too_much(self, schema: dict[str, Any], value: Any) -> bool:
        """Whether checking a value may take more evaluations than `MAX_EVALUATIONS`."""
        known: dict[tuple[int, int], int] = {}
        try:
            return self._count(schema, value, known) > MAX_EVALUATIONS
        except RecursionError:
            return True

    def _count(self, schema: Any, value: Any, known: dict[tuple[int, int], int]) -> int:
        if len(known) > MAX_EVALUATIONS:
            return len(known)
        if not isinstance(schema, dict):
            return 1
        key = (id(schema), id(value))
        if key not in known:
            known[key] = 1
            for inner, item in self._pairs(schema, value):
                known[key] += self._count(inner, item, known)
        return known[key]

    def _pairs(self, schema: dict[str, Any], value: Any) -> list[tuple[Any, Any]]:
        """The schemas to evaluate next, each with its value."""
        pairs = [(schema[key], value) for key in _SAME_VALUE if key in schema]
        pairs += [(one, value) for key in _SAME_VALUE_LISTS for one in schema.get(key, ())]
        if "$ref" in schema:
            pairs.append((refs.look_up(self._document, schema["$ref"]), value))
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            patterns = list(schema.get("patternProperties", {}).values())
            others = [*patterns, *_others(schema, "additionalProperties", "unevaluatedProperties")]
            for name, item in value.items():
                found = [properties[name], *others] if name in properties else others
                pairs += [(one, item) for one in found]
        elif isinstance(value, list):
            pairs += zip(schema.get("prefixItems", ()), value, strict=False)
            others = _others(schema, "items", "contains", "unevaluatedItems")
            pairs += [(one, item) for item in value for one in others]
        return pairs


def _others(schema: dict[str, Any], *keys: str) -> list[Any]:
    return [schema[key] for key in keys if isinstance(schema.get(key), dict)]
