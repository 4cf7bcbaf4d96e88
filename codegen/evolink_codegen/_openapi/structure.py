"""Where an OpenAPI document holds keywords, where names of its own, and where mere data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import json_schema

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")

# The keys of these mappings are names that a document gives: a property may be called `description`.
NAMES = frozenset(
    {"$defs", "callbacks", "content", "definitions", "dependentRequired", "dependentSchemas", "encoding",
     "examples", "headers", "links", "mapping", "parameters", "pathItems", "paths", "patternProperties",
     "properties", "requestBodies", "responses", "schemas", "scopes", "securitySchemes", "variables",
     "webhooks"}
)  # fmt: skip
_DATA = frozenset({"const", "default", "enum", "example", "value"})

# What the keys of each part lead to; `*` for several of a kind, by name or in a list.
_SCHEMA = {
    **dict.fromkeys(json_schema.NAMED, "schema*"),
    **dict.fromkeys(json_schema.MANY, "schema*"),
    **dict.fromkeys(json_schema.ONE, "schema"),
}
_PARTS: dict[str, dict[str, str]] = {
    "document": {"paths": "path*", "webhooks": "path*", "components": "components", "servers": "server*"},
    "components": {
        "schemas": "schema*",
        "parameters": "parameter*",
        "requestBodies": "request body*",
        "responses": "response*",
        "examples": "example*",
        "headers": "header*",
        "links": "link*",
        "pathItems": "path*",
    },
    "path": {"parameters": "parameter*", **dict.fromkeys(METHODS, "operation")},
    "operation": {"parameters": "parameter*", "requestBody": "request body", "responses": "response*"},
    "parameter": {"schema": "schema", "content": "media type*", "examples": "example*"},
    "header": {"schema": "schema", "content": "media type*", "examples": "example*"},
    "request body": {"content": "media type*"},
    "response": {"content": "media type*", "headers": "header*", "links": "link*"},
    "media type": {"schema": "schema", "examples": "example*"},
    "schema": _SCHEMA,
}

Mapping = dict[str, Any]


def part_at(path: Iterable[str | int]) -> str:
    """The part of a document to which keys lead: `operation`, `schema`; "" for what OpenAPI does not name."""
    part = "document"
    for key in path:
        part = child(part, str(key))
    return part


def child(part: str, key: str) -> str:
    """The part under a key of a part."""
    return part[:-1] if is_group(part) else _PARTS.get(part, {}).get(key, "")


def is_group(part: str) -> bool:
    """Whether it is several parts of a kind, by name or in a list."""
    return part.endswith("*")


def is_data(key: str, value: Any) -> bool:
    """Whether what stands under a keyword is a value of the user's, in which nothing is a keyword."""
    return key in _DATA or key.startswith("x-") or (key == "examples" and isinstance(value, list))


def walk(value: Any, place: str = "") -> Iterator[tuple[str, Mapping]]:
    """Every mapping of keywords with its place, outermost first; data and names are passed over."""
    pending: list[tuple[str, Any, bool]] = [(place, value, False)]
    while pending:
        where, current, named = pending.pop()
        if isinstance(current, dict):
            if not named:
                yield where, current
            pending.extend(
                (_below(where, key), item, not named and key in NAMES)
                for key, item in reversed(current.items())
                if named or not is_data(key, item)
            )
        elif isinstance(current, list):
            pending.extend(
                (_below(where, index), item, False) for index, item in reversed(list(enumerate(current)))
            )


def _below(place: str, key: str | int) -> str:
    return f"{place}/{key}" if place else str(key)


def rebuild(value: Any, change: Callable[[Mapping], Mapping], *, named: bool = False) -> Any:
    """A copy in which `change` has been applied to every mapping of keywords, innermost first.

    Args:
        value: Any part of a document.
        change: Gets a mapping of its own and may alter it.
        named: The keys of `value` are names of the document, not keywords.
    """
    if isinstance(value, dict):
        if named:
            return {key: rebuild(item, change) for key, item in value.items()}
        return change(
            {
                key: item if is_data(key, item) else rebuild(item, change, named=key in NAMES)
                for key, item in value.items()
            }
        )
    if isinstance(value, list):
        return [rebuild(item, change) for item in value]
    return value


_PARAMETER = re.compile(r"\{([^{}]+)\}")


def path_names(path: str) -> list[str]:
    """The names of a path's parameters, in order."""
    return _PARAMETER.findall(path)


def normalized_path(path: str) -> str:
    """The path without the names, which may differ where two documents mean the same: `/v1/tasks/{}`."""
    return _PARAMETER.sub("{}", path)


def is_usable_path(path: str) -> bool:
    """Whether a path is one of an address, but for names in pairs of braces."""
    depth = 0
    for before, char in zip(" " + path, path, strict=False):
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if before == "{":
                return False
        elif char in "?#\\" or char.isspace() or not char.isprintable():
            return False
        if depth not in (0, 1):
            return False
    return depth == 0
