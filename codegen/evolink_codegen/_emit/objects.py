"""The objects that schemas describe, with their compositions flattened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._openapi import json_schema, refs

Schema = dict[str, Any]


@dataclass
class Object:
    """All properties that a schema speaks of, in itself or in what it is composed of.

    Attributes:
        properties: By name on the wire.
        required: The names that every form needs.
        additional: `additionalProperties`.
        is_union: It is nothing but one of several forms, each of which can be a class of its own.
    """

    properties: dict[str, Schema] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    additional: Any = None
    is_union: bool = False

    def both(self, other: Object) -> None:
        """Take in what must hold too."""
        for name, schema in other.properties.items():
            mine = self.properties.get(name)
            self.properties[name] = schema if mine is None else _both(mine, schema)
        self.required += other.required
        if isinstance(other.additional, dict):
            self.additional = other.additional


def _both(one: Schema, other: Schema) -> Schema:
    """A schema for what two schemas allow, as far as it shows in a type."""
    if one == other or not other.keys() - json_schema.ANNOTATIONS:
        return one
    if not one.keys() - json_schema.ANNOTATIONS:
        return other
    ours, theirs = values(one), values(other)
    if ours is not None and theirs is not None:
        common = [value for value in ours if value in theirs]
        annotations = {key: item for key, item in one.items() if key in json_schema.ANNOTATIONS}
        return {**annotations, "enum": common} if common else one
    if ours is not None or theirs is not None:
        return one if theirs is None else other
    return {"allOf": [one, other]}


def _either(forms: list[Object]) -> Object:
    """Several forms of which one holds, as one object."""
    joint = Object()
    for form in forms:
        for name, schema in form.properties.items():
            members = joint.properties.setdefault(name, {"anyOf": []})["anyOf"]
            if schema not in members:
                members.append(schema)
    joint.properties = {
        name: union["anyOf"][0] if len(union["anyOf"]) == 1 else union
        for name, union in joint.properties.items()
    }
    joint.required = [name for name in forms[0].required if all(name in form.required for form in forms)]
    return joint


class Objects:
    """The objects among the schemas of the contract."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas
        self._named: dict[str, Object | None] = {}

    def named(self, name: str) -> Object | None:
        """The object that a schema of the contract is, if it can be one class."""
        if name not in self._named:
            described = self.of(self._schemas[name])
            self._named[name] = None if described is None or described.is_union else described
        return self._named[name]

    def of(self, schema: Schema) -> Object | None:
        """The object that a schema describes; None if it may be something else."""
        kinds = set(json_schema.types(schema))
        if kinds - {"object"} or values(schema) is not None:
            return None
        if (alias := json_schema.alias(schema)) is not None:
            return self.of(alias)
        described = Object(dict(schema.get("properties", {})), list(schema.get("required", [])))
        described.additional = schema.get("additionalProperties")
        is_object = bool(kinds) or "properties" in schema
        name = refs.schema_name(schema)
        musts = [*schema.get("allOf", ()), *([] if name is None else [self._schemas[name]])]
        for must in musts:
            inner = self.of(must)
            is_object = is_object or inner is not None
            inner = inner or _neutral(must)
            if inner is None:
                return None
            described.both(inner)
        for key in ("anyOf", "oneOf"):
            forms = [self.of(member) or _neutral(member) for member in schema.get(key, ())]
            if None in forms:
                return described if is_object else None
            known = [form for form in forms if form is not None]
            if known:
                shaped = any(form.properties for form in known)
                is_object = is_object or shaped
                described.is_union = not described.properties and not musts and len(known) > 1 and shaped
                described.both(_either(known))
        for key in ("then", "else"):
            if isinstance(schema.get(key), dict) and (inner := self.of(schema[key])) is not None:
                described.both(_either([Object(), inner]))
        return described if is_object else None


def _neutral(schema: Schema) -> Object | None:
    """A member of a composition that requires or excludes something, and has no types."""
    only = not schema.keys() - json_schema.ANNOTATIONS - {"required", "not", "if"}
    return Object(required=list(schema.get("required", []))) if only else None


def values(schema: Schema) -> list[Any] | None:
    """The values a schema allows, if it lists them: in an enum, a const, or a union of nothing but these."""
    if isinstance(schema.get("enum"), list):
        return list(schema["enum"])
    if "const" in schema:
        return [schema["const"]]
    for key in ("anyOf", "oneOf"):
        members = schema.get(key, ())
        if len(members) > 1 and all("enum" in one or "const" in one for one in members):
            return [value for one in members for value in one.get("enum", [one.get("const")])]
    return None
