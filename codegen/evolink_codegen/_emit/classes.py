"""Schemas in the few forms that the client generator compiles without fail: classes, unions, lists, scalars.

Whatever has no such form becomes `{}`, any value at all: the contract keeps what the class cannot say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .._openapi import json_schema, naming, refs
from .._openapi.text import one_line, plain
from .objects import Object, Objects, values

Schema = dict[str, Any]

ANY: Schema = {}
NULL: Schema = {"type": "null"}
BINARY: Schema = {"type": "string", "format": "binary"}
_SCALARS = ("string", "integer", "number", "boolean", "null")
_LONGEST_EXAMPLE = 300


class Classes:
    """All components of the generator's document.

    Attributes:
        components: By the name of the class.
        wire: By class and attribute, the name on the wire.
    """

    def __init__(self, schemas: dict[str, Schema], *, replies: set[str], files: set[str]) -> None:
        """Make all classes.

        Args:
            schemas: Those of the contract.
            replies: The names of those that are received: any value of the known type, nothing required.
            files: The names of those that may hold files: multipart bodies.
        """
        self._schemas = schemas
        self._objects = Objects(schemas)
        self._names = naming.Names(schemas)
        self._joined: dict[str, str] = {}
        self.components: dict[str, Schema] = {}
        self.wire: dict[str, dict[str, str]] = {}
        for name, schema in schemas.items():
            if (found := self._objects.named(name)) is not None:
                self._add(name, schema, found, received=name in replies, files=name in files)

    def one(self, schema: Schema, preferred: str, *, received: bool) -> Schema:
        """A schema where it is used; what needs a class of its own gets it.

        Args:
            schema: The schema of the contract.
            preferred: What a class made for it is called.
            received: Whether it is part of a reply.
        """
        return self._of(schema, preferred, received=received)

    def joined(self, schema: Schema, preferred: str) -> Schema:
        """A whole reply: forms that differ from document to document as one class that reads them all."""
        members = schema.get("anyOf") or schema.get("oneOf")
        joint = self._objects.of(schema)
        if isinstance(members, list) and len(members) > 1 and joint is not None and joint.properties:
            text = json.dumps(schema, sort_keys=True)
            if text not in self._joined:
                self._joined[text] = self._names.unique_name(preferred, f"{preferred}Any", identity=text)
                self._add(self._joined[text], {}, joint, received=True, files=False)
            return {"$ref": refs.to_schema(self._joined[text])}
        return self._of(schema, preferred, received=True)

    def finish(self) -> None:
        """Classes that stand beside others keep what they do not know: the first that fits is taken."""
        for schema in list(self.components.values()):
            for part in json_schema.descend(schema):
                for member in part.get("anyOf", ()):
                    name = refs.schema_name(member)
                    if name is not None and self.components[name].get("additionalProperties") is False:
                        self.components[name].pop("additionalProperties")

    def _add(self, name: str, schema: Schema, shape: Object, *, received: bool, files: bool) -> None:
        self.components[name] = {}  # a cycle of references ends here
        attributes = naming.attributes(shape.properties)
        self.wire[name] = {attribute: wire for wire, attribute in attributes.items()}
        required = [] if received else [key for key in dict.fromkeys(shape.required) if key in attributes]
        base = name.removesuffix("Request")
        properties = {}
        for key, item in shape.properties.items():
            preferred = (name if self._is_scalar(item) else base) + (
                naming.pascal(key) or f"Field{naming.digest(key).upper()}"
            )
            view = self._only(item, received=received) or self._of(
                item, preferred, received=received, files=files
            )
            if received:
                view = _nullable(view)
            view = self._described(view, item)
            if key in required and (default := _default(view, item, self.components)) is not None:
                view = (
                    {"allOf": [view], "default": default} if "$ref" in view else {**view, "default": default}
                )
            properties[attributes[key]] = view
        view = {"type": "object", "properties": properties, "required": [attributes[key] for key in required]}
        if not required:
            del view["required"]
        if isinstance(shape.additional, dict):
            value = self._of(shape.additional, f"{base}Value", received=received)
            view["additionalProperties"] = _nullable(value) if received else value
        elif shape.additional is False and not received:
            view["additionalProperties"] = False
        if text := schema.get("description"):
            view["description"] = text
        self.components[name] = view

    def _is_scalar(self, schema: Schema) -> bool:
        return "enum" in schema or "const" in schema

    def _described(self, view: Schema, schema: Schema) -> Schema:
        """The view with a description for its docstring; a reference has that of its target."""
        if "$ref" in view:
            return view
        described = dict(view)
        text = "\n\n".join(filter(None, [schema.get("description", ""), view.get("description", "")]))
        if text:
            described["description"] = text
        example = schema.get("example")
        if example is not None and len(shown := str(example)) <= _LONGEST_EXAMPLE:
            described["example"] = plain(example) if isinstance(example, str) else shown
        return described

    def _only(self, schema: Schema, *, received: bool) -> Schema | None:
        """A property of a request that has one value only, and so needs no class."""
        name = refs.schema_name(schema)
        listed = values(schema if name is None else self._schemas[name])
        if received or listed is None or len(listed) != 1 or not _is_plain(listed[0]):
            return None
        if json_schema.types(schema) not in ([], ["string"]):
            return None
        return {"const": listed[0]}

    def _of(
        self,
        schema: Schema,
        preferred: str,
        *,
        received: bool,
        files: bool = False,
        above: tuple[str, ...] = (),
    ) -> Schema:
        """A schema in a form that compiles."""
        name = refs.schema_name(schema)
        if name is not None:
            if self._objects.named(name) is not None:
                return {"$ref": schema["$ref"]}
            if name in above:  # a list of itself: no class can say so
                return ANY
            return self._of(
                self._schemas[name], preferred, received=received, files=files, above=(*above, name)
            )

        def of(inner: Schema, word: str = "") -> Schema:
            return self._of(inner, preferred + word, received=received, files=files, above=above)

        kinds = json_schema.types(schema)
        if (listed := values(schema)) is not None:
            return self._literal(schema, listed, preferred, received=received)
        if "object" not in kinds and "array" not in kinds and kinds:
            if files and kinds == ["string"] and _is_binary(schema):
                return BINARY
            return _union({"type": kind} for kind in kinds)
        if (alias := json_schema.alias(schema)) is not None:
            return of(alias)
        shape = self._objects.of(schema)
        if shape is not None and not shape.is_union:
            name = self._names.unique_name(preferred, identity=json.dumps(schema, sort_keys=True))
            self._add(name, schema, shape, received=received, files=False)
            return {"$ref": refs.to_schema(name)}
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                members = schema[key]
                return _union(of(member, _word(member, members)) for member in members)
        if schema.get("allOf"):
            return _narrowest(of(member) for member in schema["allOf"])
        if "object" in kinds or not kinds:  # objects beside another type; anything
            return ANY
        inner = [*schema.get("prefixItems", ())]
        if schema.get("items", json_schema.NEVER) != json_schema.NEVER or not inner:
            inner.append(schema.get("items", ANY))
        items = {"type": "array", "items": _union(of(item, "Item") for item in inner)}
        return _union(items if kind == "array" else {"type": kind} for kind in kinds)

    def _literal(self, schema: Schema, listed: list[Any], preferred: str, *, received: bool) -> Schema:
        """Known values: exactly these in a request, any of their types in a reply."""
        kinds = json_schema.types(schema)
        groups: dict[str, list[Any]] = {}
        for value in listed:
            kind = json_schema.type_of(value)
            if json_schema.fits(value, kinds):
                groups.setdefault(kind, []).append(int(value) if kind == "integer" else value)
        if "number" in groups:
            groups.pop("integer", None)
        if not groups or not groups.keys() <= set(_SCALARS):
            return ANY
        if received:
            known = ", ".join(json.dumps(value, ensure_ascii=False) for value in listed)
            text = one_line(f"Known values: {known}.", 1000)
            return {**_union({"type": kind} for kind in groups), "description": text}
        several = len([kind for kind in groups if kind in ("string", "integer")]) > 1
        members = []
        for kind, group in groups.items():
            if kind not in ("string", "integer"):
                members.append({"type": kind})
                continue
            name = self._names.unique_name(
                preferred + (kind.capitalize() if several else ""), identity=json.dumps([preferred, group])
            )
            enum = {"type": kind, "enum": list(dict.fromkeys(group))}
            self.components[name] = self._described(enum, schema)
            members.append({"$ref": refs.to_schema(name)})
        return _union(members)


def _word(member: Schema, members: list[Schema]) -> str:
    """What tells a member of a union from the others in names of classes."""
    kinds = "".join(kind.capitalize() for kind in json_schema.types(member) if kind != "null")
    alike = [one for one in members if json_schema.types(one) == json_schema.types(member)]
    if len(alike) > 1 and isinstance(title := member.get("title"), str) and naming.pascal(title):
        return naming.pascal(title)
    return kinds


def _is_binary(schema: Schema) -> bool:
    return schema.get("format") == "binary" or "contentMediaType" in schema


def _union(members: Iterable[Schema]) -> Schema:
    """One schema of several: flat, each once, lists of several kinds as one list of all of them."""
    flat: list[Schema] = []
    for member in members:
        for one in member.get("anyOf", [member]):
            normalized = {key: value for key, value in one.items() if key not in ("description", "example")}
            if normalized not in flat:
                flat.append(normalized)
    lists = [one for one in flat if one.get("type") == "array"]
    if len(lists) > 1:
        joined = {"type": "array", "items": _union(one["items"] for one in lists)}
        flat = [joined if one is lists[0] else one for one in flat if one is lists[0] or one not in lists]
    vague = (BINARY, {"type": "array", "items": ANY})
    if not flat or ANY in flat or (len(flat) > 1 and any(one in vague for one in flat)):
        return ANY
    flat.sort(key=lambda one: one == NULL)
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def _narrowest(members: Iterable[Schema]) -> Schema:
    """The most specific of several schemas that must all hold."""
    ranked = sorted(members, key=lambda one: (one == ANY, "$ref" not in one, "anyOf" in one))
    return ranked[0] if ranked else ANY


def _nullable(view: Schema) -> Schema:
    if not view.keys() - json_schema.ANNOTATIONS:
        return view
    annotations = {key: view[key] for key in ("description",) if key in view}
    return {**_union([view, NULL]), **annotations}


def _is_plain(value: Any) -> bool:
    """Whether the generator writes a text down as it is."""
    return isinstance(value, str) and value.isprintable() and value.isascii() and not set(value) & set('"\\')


def _default(view: Schema, schema: Schema, components: dict[str, Schema]) -> Any:
    """The default of a required property, if the generator writes it down as it is."""
    default = schema.get("default")
    kind = json_schema.type_of(default)
    if kind not in ("string", "integer", "boolean") or isinstance(default, float):
        return None
    if isinstance(default, str) and not _is_plain(default):
        return None
    if "const" in view:
        return default if default == view["const"] else None
    name = refs.schema_name(view)
    target = view if name is None else components[name]
    fits = target.get("type") == kind and default in target.get("enum", [default])
    return default if fits else None
