"""Keyword types for editors and type checkers: a TypedDict per request, overloads per resource."""

from __future__ import annotations

import json
import keyword
import re
import textwrap
from collections.abc import Iterable
from typing import Any

from . import _links, _refs, _schema, _text
from ._claims import JSON
from ._version import HEADER

# Options of our own; a document's field of such a name is set through a request object.
RESERVED = ("timeout", "idempotency_key", "poll_interval", "on_update")

_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_WIDTH = 100

_HEAD = '''"""Types of what is sent: for editors and type checkers, never loaded at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import (
    Any, Generic, Literal, NotRequired, Protocol, Required, TypedDict, TypeVar, Unpack, overload
)

import httpx

from . import models

TaskT = TypeVar("TaskT")
CreateT = TypeVar("CreateT")
TaskT_co = TypeVar("TaskT_co", covariant=True)
CreateT_co = TypeVar("CreateT_co", covariant=True)
'''


def params(contract: dict[str, Any]) -> str:
    """The source of `params.py`."""
    writer = _Writer(contract)
    by_resource: dict[str, dict[str, list[str]]] = {}
    for _, _, operation in _links.operations(contract):
        if _links.link(operation) is None:
            continue
        schema = _request(operation)
        references = [one for one in schema.get("oneOf", [schema]) if _refs.schema_name(one)]
        names = [name for one in references if (name := _refs.schema_name(one)) is not None]
        by_resource.setdefault(operation["tags"][0], {})[operation["operationId"]] = names
    resources = []
    for resource, found in sorted(by_resource.items()):
        requests = list(dict.fromkeys(name for names in found.values() for name in names))
        resources.append((resource, writer.resource(resource, requests)))
    lines = [
        "class Resources(Generic[TaskT, CreateT]):",
        '    """What a client offers; each attribute follows from a documented path."""',
        "",
    ]
    lines += [f"    {resource}: {name}[TaskT, CreateT]" for resource, name in resources]
    if not resources:
        lines.append("    pass")
    return HEADER + "\n\n".join([_HEAD, *writer.classes, "\n".join(lines)]) + "\n"


def _request(operation: dict[str, Any]) -> dict[str, Any]:
    content = (operation.get("requestBody") or {}).get("content") or {}
    schema: dict[str, Any] = content.get(JSON, {}).get("schema", {})
    return schema


class _Writer:
    """Writes classes in the order in which they are needed."""

    def __init__(self, contract: dict[str, Any]) -> None:
        self._contract = contract
        self._schemas: dict[str, Any] = contract["components"]["schemas"]
        self._written: dict[str, str] = {}
        self.classes: list[str] = []

    def resource(self, resource: str, requests: list[str]) -> str:
        """A resource's protocol: `create` and `generate` with an overload per request."""
        name = "".join(part.capitalize() for part in resource.split("_")) + "Resource"
        bodies = (
            " | ".join(f"models.{request}" for request in requests if self._is_class(request))
            or "Mapping[str, Any]"
        )
        typed = [(request, self._keywords(request)) for request in requests]
        options = "timeout: float | httpx.Timeout | None = ..., idempotency_key: str | None = ..."
        waiting = (
            "timeout: float | None = ..., idempotency_key: str | None = ..., "
            "poll_interval: float | None = ..., on_update: Callable[[TaskT_co], object] | None = ..."
        )
        lines = [
            f"class {name}(Protocol[TaskT_co, CreateT_co]):",
            f'    """`client.{resource}`."""',
            "",
        ]
        for method, extra in (("create", options), ("generate", waiting)):
            for _, keywords in typed:
                lines += [
                    "    @overload",
                    f"    def {method}(self, *, {extra}, **params: Unpack[{keywords}]) -> CreateT_co: ...",
                ]
            lines += [
                "    @overload",
                f"    def {method}(self, body: {bodies}, /, *, {extra}) -> CreateT_co: ...",
            ]
        self.classes.append("\n".join(lines))
        return name

    def _is_class(self, name: str) -> bool:
        return _schema.is_object(self._schemas[name]) or bool(self._schemas[name].get("allOf"))

    def _keywords(self, request: str) -> str:
        stem = request.removesuffix("Request") + "Params"
        return self._typed_dict(request, stem if stem not in self._schemas else f"{stem}Keywords", RESERVED)

    def _typed_dict(self, schema_name: str, name: str, without: Iterable[str] = ()) -> str:
        if name in self._written:
            return name
        self._written[name] = schema_name
        schema = self._schemas[schema_name]
        properties, required = self._properties(schema)
        fields = {
            key: item
            for key, item in properties.items()
            if key not in set(without) and not key.startswith("__")
        }
        described = _doc(schema.get("description") or f"What {schema_name} takes.", 4)
        simple = all(key.isidentifier() and key.isascii() and not keyword.iskeyword(key) for key in fields)
        if simple:
            lines = [f"class {name}(TypedDict):", described]
            for key, item in fields.items():
                mark = "Required" if key in required else "NotRequired"
                lines.append(f"    {key}: {mark}[{self._type(item)}]")
                if text := self._help(item):
                    lines.append(_doc(text, 4))
        else:  # names that are no identifiers go through the functional form
            lines = [f"{name} = TypedDict(", f"    {json.dumps(name)},", "    {"]
            for key, item in fields.items():
                mark = "Required" if key in required else "NotRequired"
                lines.append(f"        {_literal(key)}: {mark}[{self._type(item)}],")
            lines += ["    },", ")"]
        self.classes.append("\n".join(lines))
        return name

    def _properties(self, schema: dict[str, Any], depth: int = 0) -> tuple[dict[str, Any], set[str]]:
        """The properties of a schema and of all it is composed of."""
        properties: dict[str, Any] = dict(schema.get("properties") or {})
        required = set(schema.get("required") or [])
        if depth < 4:  # as deep as requests are composed
            for key in ("allOf", "oneOf", "anyOf"):
                for member in schema.get(key, []):
                    more, needed = self._properties(_refs.resolve(self._contract, member), depth + 1)
                    properties = {**more, **properties}
                    required |= needed if key == "allOf" else set()
        return properties, required & properties.keys()

    def _help(self, schema: dict[str, Any]) -> str:
        parts = [str(schema.get("description") or "").strip()]
        if "x-evolink-default" in schema:
            parts.append(f"Default: {json.dumps(schema['x-evolink-default'], ensure_ascii=False)}.")
        return "\n\n".join(part for part in parts if part)

    def _type(self, schema: Any, depth: int = 0) -> str:
        """The Python type of a JSON value as its schema describes it."""
        if not isinstance(schema, dict) or depth > 8:  # circles of lists end here
            return "Any"
        name = _refs.schema_name(schema)
        if name is not None:
            target = self._schemas[name]
            if self._is_class(target_name := name) and target.get("properties"):
                return self._typed_dict(target_name, f"{target_name}Dict")
            return self._type(target, depth + 1)
        if "const" in schema and _is_literal(schema["const"]):
            return f"Literal[{_literal(schema['const'])}]"
        values = schema.get("enum")
        if isinstance(values, list) and values and all(_is_literal(value) for value in values):
            return f"Literal[{', '.join(dict.fromkeys(_literal(value) for value in values))}]"
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return _union(self._type(member, depth + 1) for member in schema[key])
        if len(schema.get("allOf", [])) == 1:
            return self._type(schema["allOf"][0], depth + 1)
        kinds = _schema.types(schema)
        return _union(self._simple(kind, schema, depth) for kind in kinds) if kinds else "Any"

    def _simple(self, kind: str, schema: dict[str, Any], depth: int) -> str:
        if kind == "array":
            return f"Sequence[{self._type(schema.get('items'), depth + 1)}]"
        if kind == "object":
            values = schema.get("additionalProperties")
            return f"Mapping[str, {self._type(values, depth + 1)}]"
        return _TYPES.get(kind, "Any")


def _is_literal(value: Any) -> bool:
    return value is None or isinstance(value, str | int | bool)


def _literal(value: Any) -> str:
    """A Python literal that holds nothing but ASCII."""
    return ascii(_text.plain(value)) if isinstance(value, str) else repr(value)


def _union(types: Iterable[str]) -> str:
    found = list(dict.fromkeys(types))
    return "Any" if "Any" in found else " | ".join(found)


def _doc(text: str, indent: int) -> str:
    """The text as a docstring that nothing in it can end."""
    harmless = _text.plain(text).replace("\\", "\\\\").replace('"""', "'''").strip()
    harmless = re.sub(r'"$', '" ', harmless)
    lines = [
        wrapped
        for line in harmless.split("\n")
        for wrapped in (textwrap.wrap(line, _WIDTH - indent, break_on_hyphens=False) or [""])
    ]
    pad = " " * indent
    body = f"\n{pad}".join(lines).rstrip()
    body = re.sub(r"[ \t]+\n", "\n", body)
    return f'{pad}"""{body}{chr(10) + pad if len(lines) > 1 else ""}"""'
