"""The contract as the client generator sees it: requests strict, replies open to what is not documented."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from . import _naming, _refs, _schema
from ._links import operations

_NULL = {"type": "null"}


def view(contract: dict[str, Any]) -> dict[str, Any]:
    """A copy of the contract that compiles to classes which survive what a server really sends."""
    found: dict[str, Any] = _without_extensions(copy.deepcopy(contract))
    schemas = found["components"]["schemas"]
    replies = _reply_schemas(found)
    for name, schema in schemas.items():
        change = _opened if name in replies else _sent
        schemas[name] = _schema.transform(schema, _plain_union)
        schemas[name] = _schema.transform(schemas[name], change)
    for _, path, operation in operations(found):
        for parameter in operation.get("parameters", []):
            parameter.pop("example", None)
            parameter.pop("examples", None)
            parameter["schema"] = _schema.transform(
                _schema.transform(parameter["schema"], _plain_union), _sent
            )
        for media in (operation.get("requestBody") or {}).get("content", {}).values():
            media.pop("examples", None)
            media["schema"] = _one_or_union(_schema.transform(media["schema"], _sent))
        for status, response in operation["responses"].items():
            response.pop("links", None)
            response.pop("headers", None)
            for media in response.get("content", {}).values():
                media.pop("examples", None)
                name = _naming.noun(path) + ("Response" if status.startswith("2") else f"Error{status}")
                media["schema"] = _joined(media["schema"], name, schemas)
    found.pop("tags", None)
    return found


def _without_extensions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_extensions(item) for key, item in value.items() if not key.startswith("x-")}
    return [_without_extensions(item) for item in value] if isinstance(value, list) else value


def _reply_schemas(contract: dict[str, Any]) -> set[str]:
    """The names of all schemas that replies reach."""
    found: set[str] = set()
    pending = [
        media["schema"]
        for _, _, operation in operations(contract)
        for response in operation["responses"].values()
        for media in response.get("content", {}).values()
    ]
    while pending:
        for schema in _schema.descend(pending.pop()):
            name = _refs.schema_name(schema)
            if name is not None and name not in found:
                found.add(name)
                pending.append(contract["components"]["schemas"][name])
    return found


def _plain_union(schema: dict[str, Any]) -> dict[str, Any]:
    """Enums of several types as a union of one each: a class has one type of values."""
    found = {key: value for key, value in schema.items() if key not in ("title", "discriminator", "$comment")}
    if _type(found.get("const")) not in ("string", "integer"):
        found.pop("const", None)
    values = found.get("enum")
    if not isinstance(values, list):
        return found
    by_type: dict[str, list[Any]] = {}
    for value in values:
        by_type.setdefault(_type(value), []).append(value)
    usable = {kind: by_type[kind] for kind in by_type if kind in ("string", "integer", "null")}
    if len(usable) < len(by_type) or set(usable) == {"null"}:
        found.pop("enum")  # booleans, fractions and objects: the type alone says it
        return found
    if len(usable) == 1:
        kind = next(iter(usable))
        return {**found, "type": kind, "enum": list(dict.fromkeys(usable[kind]))}
    about = {key: found[key] for key in ("description",) if key in found}
    members = [
        _NULL if kind == "null" else {"type": kind, "enum": list(dict.fromkeys(usable[kind]))}
        for kind in usable
    ]
    return {"anyOf": members, **about}


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names[type(value)]


def _sent(schema: dict[str, Any]) -> dict[str, Any]:
    """A request's schema: no default that the client would send unasked, references without siblings."""
    found = _lone_reference(schema)
    properties = found.get("properties")
    required = found.get("required", [])
    found = {key: value for key, value in found.items() if key != "examples"}
    if isinstance(properties, dict):
        found["properties"] = {
            name: item
            if name in required and _is_plain_default(item)
            else {key: value for key, value in item.items() if key != "default"}
            for name, item in properties.items()
            if isinstance(item, dict)
        }
    if _schema.types(found) == ["array"]:
        found.setdefault("items", {})
    return found


def _is_plain_default(schema: dict[str, Any]) -> bool:
    """Whether the generator can write the default down: a string or integer that the schema allows."""
    default = schema.get("default")
    return _schema.types(schema) == [_type(default)] and default in schema.get("enum", [default])


def _opened(schema: dict[str, Any]) -> dict[str, Any]:
    """A reply's schema: any value of the known type, nothing required, null for everything."""
    found = {
        key: value
        for key, value in _lone_reference(schema).items()
        if key not in ("default", "examples", "required")
    }
    values = found.pop("enum", None) or ([found.pop("const")] if "const" in found else None)
    if values:
        known = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
        found["description"] = "\n\n".join(
            filter(None, [found.get("description", ""), f"Known values: {known}."])
        )
        found.setdefault("type", _type(values[0]))
    for key in (
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "pattern",
        "minItems",
        "maxItems",
        "multipleOf",
    ):
        found.pop(key, None)
    if isinstance(found.get("properties"), dict):
        found["properties"] = {
            name: _nullable(item) for name, item in found["properties"].items() if isinstance(item, dict)
        }
    if _schema.types(found) == ["array"]:
        found.setdefault("items", {})
    return found


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if not schema.keys() - _schema.ANNOTATIONS:
        return schema
    kinds = _schema.types(schema)
    if "null" in kinds or _NULL in schema.get("anyOf", []) or _NULL in schema.get("oneOf", []):
        return schema
    about: dict[str, Any] = {key: schema[key] for key in ("description", "example") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    members = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
    return {"anyOf": [*members, _NULL], **about}


def _lone_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """A reference with words beside it, in the one form that keeps both."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    about = {key: schema[key] for key in ("description",) if key in schema}
    return {"allOf": [{"$ref": schema["$ref"]}], **about} if about else {"$ref": schema["$ref"]}


def _one_or_union(schema: dict[str, Any]) -> dict[str, Any]:
    members = schema.get("oneOf")
    return members[0] if isinstance(members, list) and len(members) == 1 and "type" not in schema else schema


def _joined(schema: dict[str, Any], name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """Replies that documents describe differently, as one class that reads them all."""
    members = schema.get("anyOf") or schema.get("oneOf")
    if not isinstance(members, list):
        return _schema.transform(_schema.transform(schema, _plain_union), _opened)
    targets = [(one, _target(one, schemas)) for one in members]
    if not all(_schema.is_object(target) and "properties" in target for _, target in targets):
        return _schema.transform(_schema.transform(schema, _plain_union), _opened)
    properties: dict[str, list[dict[str, Any]]] = {}
    for _, target in targets:
        for key, item in target["properties"].items():
            held = properties.setdefault(key, [])
            if not any(_same(item, other) for other in held):
                held.append(item)
    joined = {
        "type": "object",
        "properties": {key: _either(items) for key, items in properties.items()},
    }
    free = _unused(name, schemas)
    schemas[free] = joined
    return {"$ref": _refs.SCHEMAS + free}


def _target(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = _refs.schema_name(schema)
    return schema if name is None else schemas[name]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    strip: Callable[[dict[str, Any]], dict[str, Any]] = lambda s: {  # noqa: E731 - one use, one line
        key: value for key, value in s.items() if key not in _schema.ANNOTATIONS
    }
    return _schema.transform(one, strip) == _schema.transform(other, strip)


def _either(items: list[dict[str, Any]]) -> dict[str, Any]:
    if len(items) == 1:
        return items[0]
    members: list[dict[str, Any]] = []
    for item in items:
        for member in item.get("anyOf", [item]):
            if not any(_same(member, other) for other in members):
                members.append(member)
    members.sort(key=lambda member: member == _NULL)
    about: dict[str, Any] = {key: items[0][key] for key in ("description",) if key in items[0]}
    return {"anyOf": members, **about}


def _unused(name: str, schemas: dict[str, Any]) -> str:
    while name in schemas:
        name += "Any"
    return name
