"""Keyword types for editors and type checkers: a TypedDict per request, overloads per resource."""

from __future__ import annotations

import json
import keyword
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from .._merge.links import operations
from .._openapi import json_schema, naming, refs
from .._openapi.text import plain
from ..runtime.extensions import DEFAULT, GENERATION
from ..runtime.media_types import JSON
from . import HEADER
from .objects import Objects, values

# Options of our own; a document's field of such a name is set through a request object.
RESERVED = (
    "timeout",
    "idempotency_key",
    "poll_interval",
    "on_update",
    "extra_headers",
    "extra_query",
    "extra_body",
)

_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
# A field of such a name, written as a line of a class, would hide what the lines below it mean.
_USED = frozenset(
    {"Any", "Literal", "Mapping", "NotRequired", "Required", "Sequence", "TypedDict", *_TYPES.values()}
)
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
_EXTRAS = (
    "extra_headers: Mapping[str, str] | None = ..., extra_query: Mapping[str, Any] | None = ..., "
    "extra_body: Mapping[str, Any] | None = ..."
)
_OPTIONS = {
    "create": "timeout: float | httpx.Timeout | None = ..., idempotency_key: str | None = ..., " + _EXTRAS,
    "generate": "timeout: float | None = ..., idempotency_key: str | None = ..., "
    "poll_interval: float | None = ..., on_update: Callable[[TaskT_co], object] | None = ..., " + _EXTRAS,
}


def params_source(contract: dict[str, Any]) -> str:
    """The source of `params.py`."""
    writer = _Writer(contract)
    by_resource: dict[str, list[str]] = {}
    for _, _, operation in operations(contract):
        if GENERATION.name not in operation:
            continue
        schema = _request(operation)
        names = map(refs.schema_name, schema.get("oneOf", [schema]))
        known = by_resource.setdefault(naming.client_attribute(operation["tags"][0]), [])
        known += [name for name in names if name is not None and name not in known]
    resources = [
        (resource, writer.resource(resource, names)) for resource, names in sorted(by_resource.items())
    ]
    lines = [
        "class Resources(Generic[TaskT, CreateT]):",
        '    """What a client offers; each attribute follows from a documented path."""',
        "",
    ]
    lines += [f"    {resource}: {name}[TaskT, CreateT]" for resource, name in resources]
    return HEADER + "\n\n".join([_HEAD, *writer.classes, "\n".join(lines)]) + "\n"


def _request(operation: dict[str, Any]) -> dict[str, Any]:
    content = (operation.get("requestBody") or {}).get("content") or {}
    schema: dict[str, Any] = content.get(JSON, {}).get("schema", {})
    return schema


class _Writer:
    """Writes classes in the order in which they are needed."""

    def __init__(self, contract: dict[str, Any]) -> None:
        self._schemas: dict[str, Any] = contract["components"]["schemas"]
        self._objects = Objects(self._schemas)
        self._names: dict[str, str] = {}
        self.classes: list[str] = []

    def resource(self, resource: str, requests: list[str]) -> str:
        """A resource's protocol: `create` and `generate`, overloaded for each request."""
        name = "".join(part.capitalize() for part in resource.split("_")) + "Resource"
        classes = [f"models.{request}" for request in requests if self._objects.named(request) is not None]
        bodies = " | ".join(classes) or "Mapping[str, Any]"
        keywords = [found for request in requests if (found := self._keywords(request)) is not None]
        lines = [
            f"class {name}(Protocol[TaskT_co, CreateT_co]):",
            f'    """`client.{resource}`."""',
            "",
        ]
        for method, options in _OPTIONS.items():
            for one in keywords:
                lines += [
                    "    @overload",
                    f"    def {method}(self, /, *, {options}, **params: Unpack[{one}]) -> CreateT_co: ...",
                ]
            if keywords:
                lines.append("    @overload")
            lines.append(f"    def {method}(self, body: {bodies}, /, *, {options}) -> CreateT_co: ...")
        self.classes.append("\n".join(lines))
        return name

    def _keywords(self, request: str) -> str | None:
        """The keywords of a request; None if it needs a field that the keywords cannot give it."""
        found = self._objects.named(request)
        if found is None or set(RESERVED) & set(found.required):
            return None
        return self._typed_dict(request, request.removesuffix("Request") + "Params", RESERVED)

    def _typed_dict(self, schema_name: str, preferred: str, without: Iterable[str] = ()) -> str:
        """Write the class of a schema once, under a name of its own."""
        for name, held in self._names.items():
            if held == f"{schema_name} {preferred}":
                return name
        name = preferred
        while name in self._names:
            name += "Keywords"
        self._names[name] = f"{schema_name} {preferred}"
        found = self._objects.named(schema_name)
        properties = {} if found is None else found.properties
        required = set() if found is None else set(found.required)
        # Type checkers take no empty name, and none that begins with two underscores.
        fields = {
            key: item
            for key, item in properties.items()
            if key and key not in set(without) and not key.startswith("__")
        }
        text = self._schemas[schema_name].get("description") or f"What {schema_name} takes."
        simple = all(
            key.isidentifier() and key.isascii() and not keyword.iskeyword(key) and key not in _USED
            for key in fields
        )
        if simple:
            lines = [f"class {name}(TypedDict):", docstring(text, 4)]
            for key, item in fields.items():
                lines.append(f"    {key}: {_mark(key, required)}[{self._type(item)}]")
                if text := self._help(item):
                    lines.append(docstring(text, 4))
        else:  # names that are no identifiers go through the functional form, which needs all types at once
            lines = [f"{name} = TypedDict(", f"    {json.dumps(name)},", "    {"]
            for key, item in fields.items():
                typed = json.dumps(self._type(item))
                lines.append(f"        {_literal(key)}: {_mark(key, required)}[{typed}],")
            lines += ["    },", ")"]
        self.classes.append("\n".join(lines))
        return name

    def _help(self, schema: dict[str, Any]) -> str:
        parts = [str(schema.get("description") or "").strip()]
        if DEFAULT.name in schema:
            parts.append(f"Default: {json.dumps(schema[DEFAULT.name], ensure_ascii=False)}.")
        return "\n\n".join(part for part in parts if part)

    def _type(self, schema: Any) -> str:
        """The Python type of a JSON value as its schema describes it."""
        return _joined(self._forms(schema, ()))

    def _forms(self, schema: Any, above: tuple[str, ...]) -> list[str]:
        """The types of which it is one; each literal on its own."""
        name = refs.schema_name(schema)
        if name is not None:
            found = self._objects.named(name)
            if found is not None and found.properties:
                typed = self._typed_dict(name, f"{name}Dict")
                return [typed] if found.additional in (None, False) else [typed, "Mapping[str, Any]"]
            # Circles of lists end here: a type cannot hold itself.
            return ["Any"] if name in above else self._forms(self._schemas[name], (*above, name))

        def of(*members: Any) -> list[str]:
            return [form for member in members for form in self._forms(member, above)]

        kinds = json_schema.types(schema)
        if (listed := values(schema)) is not None:
            fitting = [value for value in listed if json_schema.fits(value, kinds)]
            fractions = any(isinstance(value, float) for value in fitting)
            return [_value_type(value, fractions=fractions) for value in fitting]
        if kinds and not {"array", "object"} & set(kinds):
            return [_TYPES[kind] for kind in kinds]
        if (alias := json_schema.alias(schema)) is not None:
            return of(alias)
        for key in ("anyOf", "oneOf"):
            if schema.get(key) and not schema.get("properties"):
                return of(*schema[key])
        if schema.get("allOf"):
            known = [forms for forms in map(of, schema["allOf"]) if "Any" not in forms]
            return min(known, key=lambda forms: "Literal" not in forms[0], default=["Any"])
        return [form for kind in kinds for form in self._simple(kind, schema, of)] or ["Any"]

    def _simple(self, kind: str, schema: dict[str, Any], of: Callable[..., list[str]]) -> list[str]:
        if kind == "array":
            inner = [*schema.get("prefixItems", ())]
            if schema.get("items", json_schema.NEVER) != json_schema.NEVER or not inner:
                inner.append(schema.get("items", {}))
            return [f"Sequence[{_joined(of(*inner))}]"]
        if kind == "object":
            more = schema.get("additionalProperties")
            return [f"Mapping[str, {_joined(of(more)) if isinstance(more, dict) else 'Any'}]"]
        return [_TYPES[kind]]


def _mark(key: str, required: set[str]) -> str:
    return "Required" if key in required else "NotRequired"


def _value_type(value: Any, *, fractions: bool) -> str:
    if fractions and json_schema.fits(value, ["number"]):
        return "float"
    return f"Literal[{_literal(value)}]" if value is None or isinstance(value, str | int) else "Any"


def _literal(value: Any) -> str:
    """A Python literal that holds nothing but ASCII."""
    return ascii(value)


def _joined(forms: Iterable[str]) -> str:
    """Several types as one; literals side by side."""
    found = list(dict.fromkeys(forms))
    if "Any" in found or not found:
        return "Any"
    literals = [one.removeprefix("Literal[").removesuffix("]") for one in found if one.startswith("Literal[")]
    others = [one for one in found if not one.startswith("Literal[")]
    return " | ".join([f"Literal[{', '.join(literals)}]", *others] if literals else others)


def docstring(text: str, indent: int) -> str:
    """The text as a docstring that nothing in it can end."""
    lines = [
        wrapped.rstrip()
        for line in plain(text).strip().split("\n")
        for wrapped in (textwrap.wrap(line, _WIDTH - indent, break_on_hyphens=False) or [""])
    ]
    pad = " " * indent
    # Escapes come after wrapping, which could cut them in two.
    body = f"\n{pad}".join(lines)
    last = body[-1:] if body.endswith('"') else ""
    body = body.removesuffix(last).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    body += last and f"\\{last}"
    body = "\n".join(line.rstrip() for line in body.split("\n"))
    return f'{pad}"""{body}{chr(10) + pad if len(lines) > 1 else ""}"""'
