"""The outline that a document must have before anything else looks at it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

from . import json_schema, refs, structure, yaml_io
from .expansion import check_expansion
from .limits import MAX_PATH, check_limits
from .structure import METHODS, is_usable_path, path_names
from .text import InputError, plain

_TEXT_KEYS = frozenset(
    {"$comment", "description", "format", "in", "name", "operationId", "pattern", "summary",
     "termsOfService", "title", "url", "version"}
)  # fmt: skip
_PROSE = frozenset({"$comment", "description", "summary", "termsOfService", "title"})
_KINDS = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false"}

_TEXT: dict[str, Any] = {"type": "string"}
_MAPPING: dict[str, Any] = {"type": "object"}


def _named(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": item}


def _listed(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _keys(*required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _or_reference(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "if": {"required": ["$ref"]},
        "then": {"properties": {"$ref": _TEXT}},
        "else": {"$ref": f"#/$defs/{name}"},
    }


def _own(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


_OUTLINE: dict[str, Any] = {
    **_keys(
        "paths",
        info=_MAPPING,
        paths=_named(_own("path")),
        servers=_listed(_own("server")),
        security=_listed(_MAPPING),
        components=_keys(
            schemas=_named(_own("schema")),
            parameters=_named(_or_reference("parameter")),
            requestBodies=_named(_or_reference("body")),
            responses=_named(_or_reference("response")),
            examples=_named(_MAPPING),
            headers=_named(_MAPPING),
            links=_named(_MAPPING),
            securitySchemes=_named(_MAPPING),
        ),
    ),
    "$defs": {
        "path": _keys(
            parameters=_listed(_or_reference("parameter")),
            servers=_listed(_own("server")),
            **{method: _own("operation") for method in METHODS},
        ),
        "operation": _keys(
            operationId=_TEXT,
            tags=_listed(_TEXT),
            parameters=_listed(_or_reference("parameter")),
            requestBody=_or_reference("body"),
            responses=_named(_or_reference("response")),
            servers=_listed(_own("server")),
            security=_listed(_MAPPING),
        ),
        "parameter": {
            **_keys("name", "in", name=_TEXT, schema=_own("schema"), content=_named(_own("media"))),
            "if": {"required": ["in"]},
            "then": {"properties": {"in": {"enum": ["query", "header", "path", "cookie"]}}},
        },
        "body": _keys(content=_named(_own("media"))),
        "response": _keys(content=_named(_own("media")), headers=_named(_MAPPING), links=_named(_MAPPING)),
        "media": _keys(schema=_own("schema"), examples={"type": ["object", "array"]}),
        "server": _keys("url", url=_TEXT, variables=_named(_MAPPING)),
        "schema": {
            "type": ["object", "boolean"],
            "properties": {
                **dict.fromkeys(json_schema.NAMED, _named(_own("schema"))),
                **dict.fromkeys(json_schema.MANY, _listed(_own("schema"))),
                **dict.fromkeys(json_schema.ONE, _own("schema")),
                "items": {"if": {"type": "array"}, "then": _listed(_own("schema")), "else": _own("schema")},
            },
        },
    },
}


@functools.cache
def _validator(part: str | None = None) -> Any:
    outline = _OUTLINE if part is None else {**_own(part), "$defs": _OUTLINE["$defs"]}
    return jsonschema_rs.Draft202012Validator(outline)


def clean(document: dict[str, Any]) -> dict[str, Any]:
    """A copy with plain prose, without keys that say nothing, and without what is for overlays to give."""
    cleaned: dict[str, Any] = structure.rebuild(document, _cleaned)
    return cleaned


def _cleaned(mapping: dict[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, value in mapping.items():
        if key.startswith("x-") or (value is None and key not in ("default", "const", "example", "value")):
            continue
        if key in structure.NAMES and isinstance(value, dict):
            cleaned[key] = {name: {} if item is None else item for name, item in value.items()}
        elif key in _TEXT_KEYS and isinstance(value, int | float):
            cleaned[key] = str(value)  # `version: 1.0` and `title: 2026` are numbers to YAML
        elif key in _PROSE:
            if isinstance(value, str):
                cleaned[key] = plain(value)
        else:
            cleaned[key] = value
    return cleaned


def check_outline(document: dict[str, Any], source: str) -> None:
    """Refuse what has a wrong type where every later step counts on the right one.

    Raises:
        InputError: Naming the place.
    """
    _check(_validator(), document, source, "")
    _check_paths(document["paths"], source)


def check_part(part: str, value: Any, source: str, place: str) -> None:
    """Refuse what a reference leads to if it is none of what stands in its place.

    Args:
        part: `parameter`, `body`, `response` or `path`.
        value: What the reference leads to.
        source: For the message.
        place: For the message.

    Raises:
        InputError: Naming the place.
    """
    _check(_validator(part), value, source, place)


def _check(validator: Any, value: Any, source: str, start: str) -> None:
    for error in validator.iter_errors(value):
        place = "/".join([*([start] if start else []), *map(str, error.instance_path)])
        facts = error.kind.as_dict()
        if "types" in facts:
            kinds = " or ".join(_KINDS[kind] for kind in facts["types"])
            raise InputError(source, f"must be {kinds}", place)
        if "property" in facts:
            raise InputError(source, f"it has no key {facts['property']!r}", place)
        if "options" in facts:
            reason = f"{error.instance!r} is not one of {', '.join(map(str, facts['options']))}"
            raise InputError(source, reason, place)
        raise InputError(source, str(error.message), place)


def _check_paths(paths: dict[str, Any], source: str) -> None:
    has_operation = False
    for path, item in paths.items():
        if path.startswith("x-"):
            continue
        place = f"paths/{path}"
        if len(path) > MAX_PATH:
            raise InputError(source, f"a path is no longer than {MAX_PATH} characters", place)
        if not path.startswith("/"):
            raise InputError(source, "a path begins with '/'", place)
        if not is_usable_path(path):
            raise InputError(source, "a path has its parameters in pairs of braces, and no spaces", place)
        if len(names := path_names(path)) > len(set(names)):
            raise InputError(source, "a path names each of its parameters once", place)
        has_operation = has_operation or "$ref" in item or any(method in item for method in METHODS)
    if not has_operation:
        raise InputError(source, "it describes no operation", "paths")


@dataclass(frozen=True)
class Document:
    """A document under its slug.

    Attributes:
        slug: Its name among the vendored documents.
        source: The file or address it came from, for messages.
        data: Its content.
        warnings: What was left out of it because it makes no sense, as lines that name the place.
        hoisted: Schemas that have a name only because others refer into the middle of something; faults in
            them are reported where they stand.
        is_written: Whether it was written here, and gives way to what is published.
        withdrawn: The day since when its page is gone, if it is.
    """

    slug: str
    source: str
    data: dict[str, Any]
    warnings: tuple[str, ...] = ()
    hoisted: frozenset[str] = frozenset()
    is_written: bool = False
    withdrawn: str | None = None


def read_document(path: Path, source: str | None = None) -> Document:
    """Read a document as it is kept; its slug is the name of its file.

    Args:
        path: The file.
        source: What messages call it; the path if None.
    """
    source = source or str(path)
    return Document(path.stem, source, parse_document(path.read_bytes(), source))


def parse_document(data: bytes, source: str) -> dict[str, Any]:
    """Read and check a document; keys without value and extensions are gone.

    Raises:
        InputError: It is not an OpenAPI 3.0 or 3.1 document, or its references do not hold.
    """
    loaded = yaml_io.load(data, source)
    if not isinstance(loaded, dict):
        raise InputError(source, "not an OpenAPI document: no mapping at the top")
    version = loaded.get("openapi")
    if version is None:
        raise InputError(source, "not an OpenAPI document: it has no key 'openapi'")
    if not re.fullmatch(r"3\.[01](\.\d+)?(-.+)?", str(version)):
        raise InputError(source, f"OpenAPI 3.0 and 3.1 are known, not {version!r}", "openapi")
    cleaned = clean(loaded)
    check_document(cleaned, source)
    return cleaned


def check_document(data: dict[str, Any], source: str) -> None:
    """Refuse what later steps could not read.

    Raises:
        InputError: Naming the place.
    """
    check_outline(data, source)
    check_limits(data, source)
    refs.check(data, source)
    check_expansion(data, source)
