"""The constraints of schemas that hold together, by keyword: types, values, bounds, rules."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from .._openapi import json_schema
from .._openapi.json_schema import Schema

KINDS = ("string", "number", "boolean", "array", "object")  # what a schema allows that names no type
UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "minLength", "minItems", "minProperties")
# Rules that are schemas again, or lists and maps of them: they are the same or not.
NESTED_RULES = frozenset(
    {"not", "if", "then", "else", "contains", "propertyNames", "prefixItems", "unevaluatedItems",
     "unevaluatedProperties", "dependentSchemas", "contentSchema"}
)  # fmt: skip
KNOWN = NESTED_RULES | {
    "$ref", "$defs", "definitions", "type", "enum", "const", "items", "properties", "required",
    "patternProperties", "additionalProperties", "allOf", "anyOf", "oneOf", "discriminator", "minContains",
    "maxContains", "dependentRequired", "exclusiveMinimum", "exclusiveMaximum", "pattern", "format",
    "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType", *UPPER, *LOWER,
}  # fmt: skip

_INCLUSIVE = {"exclusiveMaximum": "maximum", "exclusiveMinimum": "minimum"}
_BOUNDS = {
    "integer": frozenset({"maximum", "minimum", *_INCLUSIVE}),
    "number": frozenset({"maximum", "minimum", *_INCLUSIVE}),
    "string": frozenset({"maxLength", "minLength"}),
    "array": frozenset({"maxItems", "minItems"}),
    "object": frozenset({"maxProperties", "minProperties"}),
}
_COMMON_RULES = frozenset({"not", "if", "then", "else"})
_RULES = {
    "string": _COMMON_RULES | {"pattern", "format", "contentEncoding", "contentMediaType", "contentSchema"},
    "number": _COMMON_RULES | {"multipleOf", "format"},
    "integer": _COMMON_RULES | {"multipleOf", "format"},
    "array": _COMMON_RULES
    | {"uniqueItems", "contains", "minContains", "maxContains", "prefixItems", "unevaluatedItems"},
    "object": _COMMON_RULES
    | {"propertyNames", "unevaluatedProperties", "dependentRequired", "dependentSchemas"},
}


@dataclass(frozen=True)
class Bound:
    """A limit; `open` if the value itself is outside."""

    value: float
    open: bool = False

    def __str__(self) -> str:
        return f"{canonical(self.value)} (excluded)" if self.open else canonical(self.value)


def canonical(value: Any) -> str:
    """Equal text for equal JSON values: 1 is 1.0, the order of keys is nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


def kinds(pieces: list[Schema], allowed: dict[str, Any] | None) -> list[str]:
    """The types of values that all schemas allow.

    Args:
        pieces: Schemas that hold together.
        allowed: Their `values`.
    """
    documented = _types(pieces)
    if documented is None and allowed is not None:
        documented = list(dict.fromkeys(map(json_schema.type_of, allowed.values())))
    if documented is None:  # properties are for objects, whether it is said or not
        named = any("properties" in one or "patternProperties" in one for one in pieces)
        return ["object"] if named else [*KINDS, "null"]
    return [kind for kind in documented if kind != "integer"] if "number" in documented else documented


def _types(pieces: list[Schema]) -> list[str] | None:
    """What `type` says; None if nothing."""
    allowed: list[str] | None = None
    for piece in pieces:
        documented = json_schema.types(piece)
        if allowed is None:
            allowed = documented or None
        elif documented:
            both = [
                kind
                for kind in allowed
                if kind in documented or (kind == "integer" and "number" in documented)
            ]
            if "number" in allowed and "integer" in documented:
                both.append("integer")
            allowed = list(dict.fromkeys(both))
    return allowed


def values(pieces: list[Schema]) -> dict[str, Any] | None:
    """The values that all enums and consts allow, by their canonical text."""
    allowed: dict[str, Any] | None = None
    for piece in pieces:
        for listed in (piece.get("enum"), [piece["const"]] if "const" in piece else None):
            if listed:
                own = {canonical(value): value for value in listed}
                allowed = own if allowed is None else {key: allowed[key] for key in allowed if key in own}
    return allowed


def by_kind(allowed: dict[str, Any] | None, kinds: list[str]) -> dict[str, dict[str, Any] | None]:
    """The allowed values of each kind, None where all are; a kind with none left is missing.

    What fits no kind, in a document at odds with itself, goes to the first.
    """
    kinds = [kind for kind in kinds if kind != "null"]
    if allowed is None or not kinds:
        return dict.fromkeys(kinds)
    grouped: dict[str, dict[str, Any]] = {}
    for key, value in allowed.items():
        own = json_schema.type_of(value)
        fitting = [kind for kind in kinds if kind == own or (kind == "number" and own == "integer")]
        if own != "null":
            grouped.setdefault(fitting[0] if fitting else kinds[0], {})[key] = value
    both = len(grouped.get("boolean", ())) == 2
    return {kind: None if kind == "boolean" and both else grouped[kind] for kind in kinds if kind in grouped}


def bounds(pieces: list[Schema], kind: str) -> dict[str, Bound]:
    """The tightest limit by keyword; what every value meets is none."""
    limits: dict[str, Bound] = {}
    for piece in pieces:
        for key in piece.keys() & _BOUNDS.get(kind, frozenset()):
            keyword = _INCLUSIVE.get(key, key)
            upper = keyword in UPPER
            bound = Bound(piece[key], open=key != keyword)
            if kind == "integer":
                bound = _whole(bound, upper=upper)
            if not upper and keyword != "minimum" and bound.value <= 0:
                continue
            known = limits.get(keyword, bound)
            tightest = min if upper else max
            limits[keyword] = tightest(known, bound, key=lambda one: tightness(one, upper=upper))
    return limits


def rules(pieces: list[Schema], kind: str) -> dict[str, list[Any]]:
    """The other constraints, by keyword."""
    by_keyword: dict[str, list[Any]] = {}
    for piece in pieces:
        for keyword in piece.keys() & _RULES.get(kind, _COMMON_RULES):
            if not _says_nothing(keyword, piece[keyword], kind):
                by_keyword.setdefault(keyword, []).append(piece[keyword])
    return by_keyword


def tightness(bound: Bound, *, upper: bool) -> tuple[float, bool]:
    """Orders bounds: the smaller, the tighter is an upper one; the greater, a lower one."""
    return (bound.value, not bound.open) if upper else (bound.value, bound.open)


def _whole(bound: Bound, *, upper: bool) -> Bound:
    """The same bound for integers, the value itself inside."""
    nearest = math.floor(bound.value) if upper else math.ceil(bound.value)
    if bound.open and nearest == bound.value:
        nearest += -1 if upper else 1
    return Bound(nearest)


def _says_nothing(keyword: str, rule: Any, kind: str) -> bool:
    return (
        rule in (None, "")
        or (keyword == "uniqueItems" and rule is False)
        or (keyword == "multipleOf" and kind == "integer" and rule == 1)
    )
