# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""JSON Schemas that stand alone: cut from a document, opened to what is forgiven, closed to the unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .extensions import LENIENT

# The keywords under which a schema holds further ones: by name, in a list, alone.
NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
ONE = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else",
       "unevaluatedProperties", "unevaluatedItems")  # fmt: skip
_REFERENCE = "#/components/schemas/"


def closure(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of an OpenAPI document with all it reaches, as one schema that stands alone."""
    known = document.get("components", {}).get("schemas", {})
    definitions: dict[str, Any] = {}
    pending: list[str] = []

    def local(part: dict[str, Any]) -> dict[str, Any]:
        reference = part.get("$ref")
        if not isinstance(reference, str) or not reference.startswith(_REFERENCE):
            return part
        name = reference.removeprefix(_REFERENCE)
        pending.append(unescaped(name))
        return {**part, "$ref": f"#/$defs/{name}"}

    root = transform(schema, local)
    while pending:
        name = pending.pop()
        if name not in definitions:
            definitions[name] = None
            definitions[name] = transform(known[name], local)
    return {**root, "$defs": dict(sorted(definitions.items()))} if definitions else root


def over_children(schema: Mapping[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """A copy in which `change` has been applied to each schema directly within; values are left alone."""

    def changed(item: Any) -> Any:
        return change(item) if isinstance(item, dict) else item

    copy = dict(schema)
    for key in NAMED:
        if isinstance(copy.get(key), dict):
            copy[key] = {name: changed(item) for name, item in copy[key].items()}
    for key in MANY:
        if isinstance(copy.get(key), list):
            copy[key] = [changed(item) for item in copy[key]]
    for key in ONE:
        if key in copy:
            copy[key] = changed(copy[key])
    return copy


def transform(schema: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """A copy in which `change` has been applied to every schema, innermost first; true and false stay."""
    if not isinstance(schema, Mapping):
        return schema
    return change(over_children(schema, lambda child: transform(child, change)))


def forgiving(schema: dict[str, Any]) -> dict[str, Any]:
    """A copy in which properties that the API forgives take any value."""
    found: dict[str, Any] = transform(schema, lambda one: {} if LENIENT.name in one else one)
    return found


def unescaped(name: str) -> str:
    """A name as it was before it became part of a reference."""
    return name.replace("~1", "/").replace("~0", "~")


class Closer:
    """Makes names that an object does not document faults, unless it is a map or takes anything.

    A schema that stands for a value of its own is closed over everything it is composed of; the members of a
    composition speak of the same value and stay open, or each would refuse what the others document.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._definitions: dict[str, Any] = schema.get("$defs", {})

    def closed(self) -> dict[str, Any]:
        """The whole schema, closed."""
        found: dict[str, Any] = self._value(
            {key: item for key, item in self._schema.items() if key != "$defs"}
        )
        if self._definitions:
            found["$defs"] = {name: self._part(item) for name, item in self._definitions.items()}
        return found

    def _value(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        closed = self._part(schema)
        if "unevaluatedProperties" not in closed and self._documents(schema):
            closed["unevaluatedProperties"] = False
        return closed

    def _part(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        closed = dict(schema)
        for key in ("properties", "patternProperties"):
            if key in closed:
                closed[key] = {name: self._value(item) for name, item in closed[key].items()}
        if "properties" in closed:  # what must be there is documented, if by its name alone
            closed["properties"] = {**dict.fromkeys(closed.get("required", ()), True), **closed["properties"]}
        for key in ("items", "additionalProperties"):
            if key in closed:
                closed[key] = self._value(closed[key])
        if "prefixItems" in closed:
            closed["prefixItems"] = [self._value(item) for item in closed["prefixItems"]]
        for key in ("allOf", "anyOf", "oneOf"):
            if key in closed:
                closed[key] = [self._part(item) for item in closed[key]]
        for key in ("then", "else"):
            if key in closed:
                closed[key] = self._part(closed[key])
        return closed

    def _documents(self, schema: dict[str, Any]) -> bool:
        """Whether a value has documented names, and no form in which it may have any."""
        documented = False
        seen: list[Any] = []
        pending: list[tuple[Any, bool]] = [(schema, False)]
        while pending:
            one, is_form = pending.pop()
            if not isinstance(one, dict) or any(one is known for known in seen):
                continue
            seen.append(one)
            documented = documented or bool(one.get("properties"))
            inner = [(item, is_form) for item in one.get("allOf", ())]
            inner += [(item, True) for key in ("anyOf", "oneOf") for item in one.get(key, ())]
            inner += [(one[key], False) for key in ("then", "else") if key in one]
            if isinstance(one.get("$ref"), str):
                inner.append((self._definitions.get(unescaped(one["$ref"].rsplit("/", 1)[-1])), is_form))
            if is_form and not inner and _takes_anything(one):
                return False
            pending += inner
        return documented


def _takes_anything(schema: dict[str, Any]) -> bool:
    """Whether a schema admits objects and says nothing of the names in them."""
    kinds = schema.get("type", "object")
    says = {"properties", "required", "enum", "const", "not"} & schema.keys()
    return "object" in (kinds if isinstance(kinds, list) else [kinds]) and not says
