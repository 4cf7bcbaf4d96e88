"""Extracts the schemas of one document; objects that are written inline get a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from .._openapi import json_schema, naming, refs

Put = Callable[[dict[str, Any]], None]
# From a local name, the schema as the document has it and the preferred name: a reference to it, and a
# function that stores the copy; None if it is stored already.
Reserve = Callable[[str, dict[str, Any], str], tuple[dict[str, Any], Put | None]]

_SUFFIXES = {"items": "Item", "additionalProperties": "Value"}


class SchemaExtractor:
    """Copies schemas of one document, naming the objects in them."""

    def __init__(self, known: dict[str, dict[str, Any]], reserve: Reserve) -> None:
        self._known = known
        self._reserve = reserve

    def root(self, schema: dict[str, Any], name: str, *, own: bool, always: bool) -> dict[str, Any]:
        """A schema that no other holds.

        Args:
            schema: Inline or a reference.
            name: What it is called if it has no name that counts.
            own: The name counts, whatever the document calls it.
            always: It gets the name even if it is not an object.
        """
        local = refs.schema_name(schema)
        target = schema
        while own and local is not None:
            siblings = {key: value for key, value in target.items() if key != "$ref"}
            target = {**self._known[local], **siblings}
            local = refs.schema_name(target)
        if local is not None:
            return self._referenced(local, target)
        if always or _needs_name(target):
            return self._keep(name, target, name, base=name.removesuffix("Request") if own else name)
        return self._within(target, name)

    def _referenced(self, local: str, schema: dict[str, Any]) -> dict[str, Any]:
        """A reference to a schema that the document names itself; a copy if it needs no name."""
        target = self._known[local]
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        # A name without ASCII letters has none in Python; its digest keeps it apart from others.
        preferred = naming.pascal(local)
        if not preferred or preferred[0].isdigit():
            preferred = f"Schema{naming.digest(local).upper()}"
        if not _needs_name(target) and not self._is_cyclic(local):
            further = refs.schema_name(target)
            found = self._within(target, preferred) if further is None else self._referenced(further, target)
            return {**found, **siblings}
        return {**self._keep(f"#{local}", target, preferred, base=preferred), **siblings}

    def _is_cyclic(self, local: str) -> bool:
        """Whether a schema that is not an object leads back to itself: it cannot be copied to an end."""
        seen: set[str] = set()
        pending = [local]
        while pending:
            for schema in json_schema.descend(self._known[pending.pop()]):
                name = refs.schema_name(schema)
                if name == local:
                    return True
                if name is not None and name not in seen:
                    seen.add(name)
                    pending.append(name)
        return False

    def _keep(self, local: str, schema: dict[str, Any], preferred: str, *, base: str) -> dict[str, Any]:
        reference, put = self._reserve(local, schema, preferred)
        if put is not None:  # else a cycle of references ends here
            put(self._within(schema, base))
        return reference

    def _child(self, schema: dict[str, Any], name: str) -> dict[str, Any]:
        """A schema within another: named if it is an object, else copied."""
        local = refs.schema_name(schema)
        if local is not None:
            return self._referenced(local, schema)
        if not _needs_name(schema):
            return self._within(schema, name)
        annotations = {key: schema[key] for key in ("description",) if key in schema}
        kinds = [kind for kind in json_schema.types(schema) if kind != "null"]
        if kinds and len(kinds) < len(json_schema.types(schema)) and "enum" not in schema:
            schema = {**schema, "type": kinds[0] if len(kinds) == 1 else kinds}
            return {"anyOf": [self._keep(name, schema, name, base=name), {"type": "null"}], **annotations}
        return self._keep(name, schema, name, base=name)

    def _within(self, schema: dict[str, Any], base: str) -> dict[str, Any]:
        """A copy of the schema itself whose children have names under `base`."""
        copy = {key: value for key, value in schema.items() if key != "discriminator"}
        for group in json_schema.NAMED:
            if group in copy:
                copy[group] = {
                    name: self._child(item, base + _part(name)) for name, item in copy[group].items()
                }
        for key in json_schema.ONE:
            if isinstance(copy.get(key), dict):
                # Conditions speak of the same value: what they say is not a class of its own.
                take = self._child if key in _SUFFIXES or "$ref" in copy[key] else self._within
                copy[key] = take(copy[key], base + _SUFFIXES.get(key, ""))
        for key in ("anyOf", "oneOf"):
            if key in copy:
                copy[key] = self._members(copy[key], base)
        if "allOf" in copy:
            copy["allOf"] = [
                self._child(item, base) if "$ref" in item else self._within(item, base)
                for item in copy["allOf"]
            ]
        if "prefixItems" in copy:
            copy["prefixItems"] = [self._child(item, f"{base}Item") for item in copy["prefixItems"]]
        return copy

    def _members(self, members: list[dict[str, Any]], base: str) -> list[dict[str, Any]]:
        """The members of a union, each under a word that tells it from the others."""
        named: list[dict[str, Any]] = []
        counted: Counter[str] = Counter()
        for member, word in zip(members, self._labels(members), strict=True):
            counted[word] += 1
            name = base + word + (str(counted[word]) if counted[word] > 1 else "")
            named.append(self._child(member, name))
        return named

    def _labels(self, members: list[dict[str, Any]]) -> list[str]:
        """A title, the value of a property that has only one, a property the others lack, or the type."""
        resolved = [self._resolved(member) for member in members]
        labels = []
        for index, member in enumerate(resolved):
            others = [one for number, one in enumerate(resolved) if number != index]
            lacking = [
                name
                for name in member.get("required", [])
                if all(name not in one.get("properties", {}) for one in others)
            ]
            candidates = [str(member.get("title", "")), *_constants(member), *lacking[:1]]
            kinds = "".join(naming.pascal(kind) for kind in json_schema.types(member) if kind != "null")
            labels.append(next(filter(None, map(naming.pascal, candidates)), kinds or "Choice"))
        return labels

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while (name := refs.schema_name(schema)) is not None:
            schema = self._known[name]
        return schema


def _constants(schema: dict[str, Any]) -> list[str]:
    """The one value of each property that has only one."""
    constants: list[str] = []
    for item in schema.get("properties", {}).values():
        values = item.get("enum", [item["const"]] if "const" in item else [])
        constants += values if len(values) == 1 and isinstance(values[0], str) else []
    return constants


def _part(name: str) -> str:
    return naming.pascal(name) or f"Field{naming.digest(name).upper()}"


def _needs_name(schema: dict[str, Any]) -> bool:
    """Objects become classes, and a class wants a name."""
    return json_schema.is_object(schema) or (bool(schema.get("allOf")) and json_schema.alias(schema) is None)
