"""Reading forms, multipart and URL-encoded, into what a schema can be held against."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from evolink_api.validation import Violation

from . import schema as _schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .content import Content

MULTIPART = "multipart/form-data"
URL_ENCODED = "application/x-www-form-urlencoded"
KINDS = frozenset({MULTIPART, URL_ENCODED})
"""The types of content that are forms."""

_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))')
_BOOLEANS = {"true": True, "false": False}


class MalformedForm(ValueError):  # noqa: N818 - says what the body is
    """A body that is no form of the kind it says it is."""


class Part(NamedTuple):
    """One part of a form.

    Attributes:
        name: Of the field.
        data: As sent.
        filename: None for what is no file.
        content_type: In small letters, without options; empty if it is not told.
    """

    name: str
    data: bytes
    filename: str | None = None
    content_type: str = ""


def parts(content_type: str, body: bytes) -> list[Part]:
    """The parts of a form, in the order they were sent.

    Args:
        content_type: The whole header.
        body: The body.

    Raises:
        MalformedForm: It cannot be read.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == MULTIPART:
        boundary = _options(content_type).get("boundary", "")
        if not boundary:
            raise MalformedForm("the Content-Type tells no boundary")
        return list(_multipart(boundary.encode("latin-1", "replace"), body))
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise MalformedForm("it is not URL-encoded UTF-8") from None
    return [Part(name, value.encode()) for name, value in fields]


def values(document: Mapping[str, Any], content: Content, found: list[Part]) -> dict[str, Any]:
    """The fields of a form as the JSON values they stand for; a file is its name, type and size.

    Args:
        document: The contract.
        content: What is documented of the form.
        found: Its parts.

    Raises:
        MalformedForm: A field is no text.
    """
    known = _schema.properties(document, content.schema)
    by_name: dict[str, list[Part]] = {}
    for part in found:
        by_name.setdefault(part.name.removesuffix("[]") if part.name not in known else part.name, []).append(
            part
        )
    fields: dict[str, Any] = {}
    for name, same in by_name.items():
        schema = known.get(name, {})
        if "array" not in _schema.types(document, schema):
            fields[name] = (
                _value(document, schema, same[-1])
                if len(same) == 1
                else [_value(document, schema, one) for one in same]
            )
            continue
        whole = _json(same[0]) if len(same) == 1 else None
        items = _schema.keyword(document, schema, "items")
        fields[name] = whole if isinstance(whole, list) else [_value(document, items, one) for one in same]
    return fields


def file_violations(document: Mapping[str, Any], content: Content, found: list[Part]) -> list[Violation]:
    """What is wrong with the files of a form: their types and sizes."""
    known = _schema.properties(document, content.schema)
    wrong: list[Violation] = []
    for part in found:
        schema = known.get(part.name)
        items = _schema.keyword(document, schema, "items")
        held = schema if items is None else items
        if not is_file(document, held):
            continue
        told = (content.encoding.get(part.name) or {}).get("contentType")
        allowed = told or _schema.keyword(document, held, "contentMediaType")
        if isinstance(allowed, str) and not fits(part.content_type, allowed):
            got = part.content_type or "of no type"
            wrong.append(Violation(part.name, "contentType", got, f"{part.name}: is {got}, not {allowed}"))
        size, most = len(part.data), _schema.keyword(document, held, "maxLength")
        if most is not None and size > most:
            wrong.append(
                Violation(part.name, "maxLength", size, f"{part.name}: has {size} bytes, at most {most}")
            )
    return wrong


def without_files(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """A schema that takes anything for a file, since JSON has none."""
    found = dict(_schema.resolve(document, schema))
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword in found:
            found[keyword] = [without_files(document, one) for one in found[keyword]]
    if "properties" in found:
        found["properties"] = {name: _freed(document, prop) for name, prop in found["properties"].items()}
    return found


def is_file(document: Mapping[str, Any], schema: Any) -> bool:
    """Whether a schema describes bytes, as OpenAPI 3.0 or 3.1 writes it."""
    if not isinstance(schema, dict):
        return False
    if _schema.keyword(document, schema, "format") == "binary":
        return True
    media_type = str(_schema.keyword(document, schema, "contentMediaType") or "text/plain")
    is_text = media_type.startswith("text/") or "json" in media_type
    return not is_text and _schema.keyword(document, schema, "contentEncoding") is None


def fits(content_type: str, allowed: str) -> bool:
    """Whether a type is one of a list, in which `image/*` and `*/*` stand for many."""
    for one in (entry.partition(";")[0].strip().lower() for entry in allowed.split(",")):
        family = one.removesuffix("*")
        if one in {"*/*", content_type} or (one.endswith("/*") and content_type.startswith(family)):
            return True
    return False


def _freed(document: Mapping[str, Any], prop: Any) -> Any:
    if is_file(document, prop):
        return {}
    if is_file(document, _schema.keyword(document, prop, "items")):
        return {**_schema.resolve(document, prop), "items": {}}
    return prop


def _value(document: Mapping[str, Any], schema: Any, part: Part) -> Any:
    """What one part stands for. A form knows text alone: the schema says what it is the text of."""
    if is_file(document, schema) or (part.filename is not None and not schema):
        return {"filename": part.filename, "content_type": part.content_type, "size": len(part.data)}
    try:
        text = part.data.decode()
    except UnicodeDecodeError:
        raise MalformedForm(f"{part.name} is not UTF-8") from None
    kinds = _schema.types(document, schema)
    if "boolean" in kinds and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    words = _schema.keyword(document, schema, "enum") or ()
    value = _json(part)
    if text in words or isinstance(value, bool):
        return text
    number = isinstance(value, int | float) and bool(kinds & {"integer", "number"})
    structure = isinstance(value, dict) and "object" in kinds
    return value if number or structure else text


def _json(part: Part) -> Any:
    try:
        return json.loads(part.data)
    except (ValueError, RecursionError):
        return None


def _options(header: str) -> dict[str, str]:
    """The parameters of a header, without their quotation marks."""
    return {
        name.lower(): re.sub(r'\\(["\\])', r"\1", quoted) if quoted else plain
        for name, quoted, plain in _PARAMETER.findall(header)
    }


def _multipart(boundary: bytes, body: bytes) -> Iterator[Part]:
    _, *rest = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not rest or not rest[-1].startswith(b"--"):
        raise MalformedForm("it does not end with its boundary")
    for chunk in rest[:-1]:
        head, gap, data = chunk.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not gap:
            raise MalformedForm("a part has no end of its headers")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (
                line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n")
            )
        }
        told = _options(headers.get("content-disposition", ""))
        if "name" not in told:
            raise MalformedForm("a part has no name")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        filename = told.get("filename")
        yield Part(_plain(told["name"]), data, None if filename is None else _plain(filename), kind)


def _plain(text: str) -> str:
    """Undo what clients do to quotation marks and line ends in names (HTML, multipart form data)."""
    return re.sub(r"%(?:22|0D|0A)", lambda match: unquote(match[0]), text, flags=re.IGNORECASE)
