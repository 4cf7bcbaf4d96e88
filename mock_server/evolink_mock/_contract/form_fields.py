"""Form fields as the JSON values that a schema describes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from evolink_api.validation import Violation

from .._http.forms import MalformedFormError
from . import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._http.forms import Part

_BOOLEANS = {"true": True, "false": False}


def field_values(document: Mapping[str, Any], schema: Any, parts: Sequence[Part]) -> dict[str, Any]:
    """Convert the fields of a form to JSON values; a file becomes its name, type and size.

    Args:
        document: The contract.
        schema: The schema of the form.
        parts: The parts of the form.

    Raises:
        MalformedFormError: A field is not text.
    """
    properties = schemas.properties(document, schema)
    by_name: dict[str, list[Part]] = {}
    for part in parts:
        name = part.name if part.name in properties else part.name.removesuffix("[]")
        by_name.setdefault(name, []).append(part)
    return {
        name: _field_value(document, properties.get(name, {}), repeated) for name, repeated in by_name.items()
    }


def file_violations(
    document: Mapping[str, Any], schema: Any, encoding: Mapping[str, Any], parts: Sequence[Part]
) -> list[Violation]:
    """What is wrong with the types and sizes of the files of a form, which no JSON Schema describes.

    Args:
        document: The contract.
        schema: The schema of the form.
        encoding: The documented encoding of each part.
        parts: The parts of the form.
    """
    properties = schemas.properties(document, schema)
    violations: list[Violation] = []
    for part in parts:
        prop = properties.get(part.name)
        items = schemas.keyword(document, prop, "items")
        file = prop if items is None else items
        if not is_file(document, file):
            continue
        declared = (encoding.get(part.name) or {}).get("contentType")
        allowed = declared or schemas.keyword(document, file, "contentMediaType")
        if isinstance(allowed, str) and not matches_type(part.content_type, allowed):
            actual = part.content_type or "of no type"
            message = f"{part.name}: is {actual}, not {allowed}"
            violations.append(Violation(part.name, "contentType", actual, message))
        size, limit = len(part.data), schemas.keyword(document, file, "maxLength")
        if limit is not None and size > limit:
            message = f"{part.name}: has {size} bytes, at most {limit}"
            violations.append(Violation(part.name, "maxLength", size, message))
    return violations


def without_files(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """Copy a schema so that it accepts anything in place of a file, for which JSON has no type."""
    copy = dict(schemas.resolve(document, schema))
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword in copy:
            copy[keyword] = [without_files(document, part) for part in copy[keyword]]
    if "properties" in copy:
        copy["properties"] = {
            name: _without_file(document, prop) for name, prop in copy["properties"].items()
        }
    return copy


def is_file(document: Mapping[str, Any], schema: Any) -> bool:
    """Whether a schema describes bytes, as OpenAPI 3.0 or 3.1 writes it."""
    if not isinstance(schema, dict):
        return False
    if schemas.keyword(document, schema, "format") == "binary":
        return True
    media_type = str(schemas.keyword(document, schema, "contentMediaType") or "text/plain")
    is_text = media_type.startswith("text/") or "json" in media_type
    return not is_text and schemas.keyword(document, schema, "contentEncoding") is None


def matches_type(content_type: str, allowed: str) -> bool:
    """Whether a media type is in a comma-separated list, which may contain `image/*` and `*/*`."""
    for entry in (entry.partition(";")[0].strip().lower() for entry in allowed.split(",")):
        family = entry.removesuffix("*")
        if entry in {"*/*", content_type} or (entry.endswith("/*") and content_type.startswith(family)):
            return True
    return False


def _without_file(document: Mapping[str, Any], prop: Any) -> Any:
    if is_file(document, prop):
        return {}
    if is_file(document, schemas.keyword(document, prop, "items")):
        return {**schemas.resolve(document, prop), "items": {}}
    return prop


def _field_value(document: Mapping[str, Any], schema: Any, parts: Sequence[Part]) -> Any:
    """Convert all parts of one name."""
    if "array" in schemas.types(document, schema):
        value = _json(parts[0]) if len(parts) == 1 else None
        items = schemas.keyword(document, schema, "items")
        return value if isinstance(value, list) else [_part_value(document, items, part) for part in parts]
    if len(parts) == 1:
        return _part_value(document, schema, parts[0])
    return [_part_value(document, schema, part) for part in parts]


def _part_value(document: Mapping[str, Any], schema: Any, part: Part) -> Any:
    """Convert one part. Its data is text, and the schema says of which type."""
    if is_file(document, schema) or (part.filename is not None and not schema):
        return {"filename": part.filename, "content_type": part.content_type, "size": len(part.data)}
    try:
        text = part.data.decode()
    except UnicodeDecodeError:
        raise MalformedFormError(f"{part.name} is not UTF-8") from None
    types = schemas.types(document, schema)
    if "boolean" in types and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    value = _json(part)
    if isinstance(value, bool) or text in (schemas.keyword(document, schema, "enum") or ()):
        return text
    is_number = isinstance(value, int | float) and bool(types & {"integer", "number"})
    is_object = isinstance(value, dict) and "object" in types
    return value if is_number or is_object else text


def _json(part: Part) -> Any:
    try:
        return json.loads(part.data)
    except (ValueError, RecursionError):
        return None
