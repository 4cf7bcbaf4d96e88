"""A document put into OpenAPI 3.1 form: nothing shared but schemas, one way of saying each thing."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from .._openapi import json_schema, naming, refs
from .._openapi.document import Document, check_part
from .._openapi.expansion import MAX_VALUES
from .._openapi.structure import METHODS, is_usable_path, path_names
from .._openapi.text import InputError, one_line
from ..runtime.extensions import LIFECYCLE
from .schema_normalizer import normalize_keywords
from .subtypes import is_extension, subtypes

_STATUS = re.compile(r"[1-5](?:\d\d|XX)|default", re.ASCII)
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+", re.ASCII)
# Headers that OpenAPI describes elsewhere: as parameters they "shall be ignored".
_OF_HTTP = frozenset({"accept", "authorization", "content-type"})
# The header that the client sends with each submission by itself, so that no caller has to give it.
_OF_CLIENT = "idempotency-key"


def normalize(document: Document) -> Document:
    """The same document in 3.1 form.

    Raises:
        InputError: It is nested too deeply to be read.
    """
    try:
        return _Normalizer(document).document()
    except RecursionError:
        raise InputError(document.source, "its schemas are nested too deeply") from None


class _Normalizer:
    """Rewrites one document, noting what has to be left out."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._data: dict[str, Any] = document.data
        self._warnings: list[str] = []
        self._hoisted: dict[str, str] = {}
        self._subtypes = subtypes(self._data.get("components", {}).get("schemas", {}))
        self._added = 0

    def document(self) -> Document:
        """The whole document."""
        components = self._data.get("components", {})
        schemas = {
            name: self._schema(schema, f"components/schemas/{name}")
            for name, schema in components.get("schemas", {}).items()
        }
        operations: dict[str, dict[str, Any]] = {}
        for path, raw_item in self._data["paths"].items():
            if path.startswith("x-"):
                continue
            item = self._resolved("path", raw_item, f"paths/{path}")
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    host, prefix = _server(item[method], item, self._data)
                    full = prefix + path
                    operation = self._operation(item, item[method], full, f"{method.upper()} {full}")
                    if host:
                        operation["servers"] = [{"url": host}]
                    operations.setdefault(full, {})[method] = operation
        self._hoist(schemas)
        return replace(
            self._document,
            data={
                "openapi": "3.1.0",
                "info": self._data.get("info") or {},
                "paths": operations,
                "components": {
                    "schemas": schemas,
                    "securitySchemes": components.get("securitySchemes") or {},
                },
            },
            warnings=tuple(self._warnings),
            hoisted=self._reported_elsewhere(),
        )

    def _resolved(self, part: str, raw: dict[str, Any], place: str) -> dict[str, Any]:
        """What stands in a place, or what a reference in its stead leads to."""
        if "$ref" not in raw:
            return raw
        target: dict[str, Any] = refs.resolve(self._data, raw)
        check_part(part, target, self._document.source, place)
        return target

    def _warn(self, place: str, text: str) -> None:
        self._warnings.append(one_line(f"{self._document.source}: {place}: {text}", 400))

    def _schema(self, raw: Any, place: str, *, is_extended: bool = False) -> dict[str, Any]:
        """A schema in 3.1 form; every reference points to a whole schema of the components.

        Args:
            raw: As published.
            place: For messages.
            is_extended: Whether another schema adds to it, so that a reference means one form alone.
        """
        if not isinstance(raw, dict):
            return {"not": {}} if raw is False else {}
        schema = dict(raw)
        for key in json_schema.NAMED:
            if key in schema:
                schema[key] = {
                    name: self._schema(item, f"{place}/{key}/{name}") for name, item in schema[key].items()
                }
        for key in (*json_schema.MANY, "items"):
            if isinstance(schema.get(key), list):
                is_base = key == "allOf" and is_extension(raw)
                schema[key] = [
                    self._schema(item, f"{place}/{key}/{index}", is_extended=is_base)
                    for index, item in enumerate(schema[key])
                ]
        for key in json_schema.ONE:
            value = schema.get(key)
            if isinstance(value, dict) or (isinstance(value, bool) and key not in json_schema.OPEN_OR_CLOSED):
                schema[key] = self._schema(value, f"{place}/{key}")
        faults: list[str] = []
        schema = normalize_keywords(schema, faults)
        for fault in faults:
            self._warn(place, fault)
        for one in (schema, *(schema["anyOf"] if isinstance(schema.get("anyOf"), list) else ())):
            if isinstance(one.get("$ref"), str):
                one["$ref"] = self._reference(one["$ref"])
        if is_extended:
            return schema
        if isinstance(schema.get("anyOf"), list):  # `nullable` beside a reference
            schema["anyOf"] = [self._with_subtypes(one, place) for one in schema["anyOf"]]
        return self._with_subtypes(schema, place)

    def _with_subtypes(self, schema: dict[str, Any], place: str) -> dict[str, Any]:
        """The schema with all that extend what it refers to, where a discriminator tells them apart."""
        base = refs.schema_name(schema)
        if base in self._subtypes and "anyOf" not in schema:
            names = [*self._subtypes[base], base]
            self._added += len(names)
            if self._added > MAX_VALUES:
                reason = f"more than {MAX_VALUES} references are added where subtypes are written out"
                raise InputError(self._document.source, reason, place)
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return {**rest, "anyOf": [{"$ref": refs.to_schema(name)} for name in names]}
        return schema

    def _reference(self, reference: str) -> str:
        """The reference itself, or one to a copy of what lies deeper in the document."""
        name = refs.schema_name({"$ref": reference})
        known = self._data.get("components", {}).get("schemas", {})
        if name is not None:
            return refs.to_schema(name if name in known else refs.unquoted(name))
        if reference not in self._hoisted:
            taken = {*known, *self._hoisted.values()}
            last = naming.pascal(reference.rsplit("/", 1)[-1]) or "Schema"
            digest = hashlib.sha256(reference.encode()).hexdigest()[:6]
            self._hoisted[reference] = f"{last}.{digest}" if last in taken else last
        return refs.to_schema(self._hoisted[reference])

    def _hoist(self, schemas: dict[str, dict[str, Any]]) -> None:
        """Give a name to what is referred to inside other schemas, or outside the components."""
        while pending := [item for item in self._hoisted.items() if item[1] not in schemas]:
            for reference, name in pending:
                reported = len(self._warnings)
                schemas[name] = self._schema(refs.look_up(self._data, reference), reference[2:])
                if name in self._reported_elsewhere():
                    del self._warnings[reported:]

    def _reported_elsewhere(self) -> frozenset[str]:
        """What was hoisted out of places that are read themselves, and warned of there."""
        return frozenset(
            name
            for reference, name in self._hoisted.items()
            if reference.startswith((refs.SCHEMAS, "#/paths/"))
        )

    def _operation(
        self, item: dict[str, Any], operation: dict[str, Any], path: str, place: str
    ) -> dict[str, Any]:
        """An operation with everything that its path and its document say for it."""
        normalized: dict[str, Any] = {
            key: operation[key]
            for key in ("operationId", "tags", "summary", "description", "deprecated", LIFECYCLE.name)
            if key in operation
        }
        normalized["parameters"] = self._parameters(item, operation, path, place)
        if "requestBody" in operation:
            body = dict(self._resolved("body", operation["requestBody"], f"{place}/requestBody"))
            body["content"] = self._content(body.get("content"), f"{place}/requestBody")
            normalized["requestBody"] = body
        normalized["responses"] = {}
        for status, response in (operation.get("responses") or {}).items():
            name = status if status == "default" else status.upper()
            if _STATUS.fullmatch(name):
                normalized["responses"][name] = self._response(response, f"{place}/responses/{name}")
            elif not name.startswith("X-"):
                self._warn(f"{place}/responses/{status}", "not an HTTP status; left out")
        security = operation.get("security", self._data.get("security"))
        if security is not None:
            normalized["security"] = security
        return normalized

    def _parameters(
        self, item: dict[str, Any], operation: dict[str, Any], path: str, place: str
    ) -> list[dict[str, Any]]:
        """Parameters of the path item and the operation; those of the path are the ones it names."""
        parameters: dict[tuple[str, str], dict[str, Any]] = {}
        for raw in [*item.get("parameters", []), *operation.get("parameters", [])]:
            parameter = dict(self._resolved("parameter", raw, f"{place}/parameters"))
            where = f"{place}/parameters/{parameter['name']}"
            content = parameter.pop("content", None)
            if content:
                parameter["schema"] = next(iter(content.values())).get("schema", {})
            parameter["schema"] = self._schema(parameter.get("schema", {}), where)
            header = parameter["name"].lower() if parameter["in"] == "header" else None
            if header == _OF_CLIENT:
                parameter["required"] = False
            if header not in _OF_HTTP:
                parameters[parameter["in"], parameter["name"]] = parameter
        named = path_names(path)
        for name in named:
            missing = {"name": name, "in": "path", "schema": {"type": "string"}}
            parameters.setdefault(("path", name), missing)["required"] = True
        for where, name in list(parameters):
            if where == "path" and name not in named:
                self._warn(f"{place}/parameters/{name}", "the path has no such parameter; left out")
                del parameters[where, name]
        return list(parameters.values())

    def _response(self, raw: dict[str, Any], place: str) -> dict[str, Any]:
        response = dict(self._resolved("response", raw, place))
        if "content" in response:
            response["content"] = self._content(response["content"], place)
        if "links" in response:
            links = {name: refs.resolve(self._data, link) for name, link in response["links"].items()}
            response["links"] = {name: link for name, link in links.items() if isinstance(link, dict)}
        if "headers" in response:
            headers = {name: refs.resolve(self._data, one) for name, one in response["headers"].items()}
            response["headers"] = {
                name: {**one, "schema": self._schema(one.get("schema", {}), f"{place}/headers/{name}")}
                for name, one in headers.items()
                if isinstance(one, dict)
            }
        response.setdefault("description", "")
        return response

    def _content(self, content: dict[str, Any] | None, place: str) -> dict[str, Any]:
        """Media types with `examples` in place of `example`."""
        normalized: dict[str, Any] = {}
        for raw_kind, media in (content or {}).items():
            kind = raw_kind.split(";")[0].strip().lower()
            if not _MEDIA_TYPE.fullmatch(kind):
                self._warn(f"{place}/{raw_kind}", "not a media type; left out")
                continue
            schema = self._schema(media.get("schema", {}), f"{place}/{kind}")
            examples = self._examples(media)
            if not examples and "example" in (shown := self._shown(media.get("schema"))):
                examples = {"default": {"value": shown["example"]}}
            normalized[kind] = {"schema": schema, **({"examples": examples} if examples else {})}
            if isinstance(media.get("encoding"), dict):
                normalized[kind]["encoding"] = media["encoding"]
        return normalized

    def _examples(self, media: dict[str, Any]) -> dict[str, Any]:
        examples = {"default": {"value": media["example"]}} if "example" in media else {}
        given = media.get("examples") or {}
        if isinstance(given, list):
            return examples | {f"example-{number}": {"value": one} for number, one in enumerate(given, 1)}
        for name, raw in given.items():
            example = refs.resolve(self._data, raw)
            if isinstance(example, dict) and "value" in example:
                kept = {key: example[key] for key in ("summary", "description") if key in example}
                examples[name] = {**kept, "value": example["value"]}
        return examples

    def _shown(self, schema: Any) -> dict[str, Any]:
        resolved = refs.resolve(self._data, schema)
        return resolved if isinstance(resolved, dict) else {}


def _server(*holders: dict[str, Any]) -> tuple[str | None, str]:
    """Scheme and host of the first server of the first that has one, and the path before every path."""
    servers: list[dict[str, Any]] = next((one["servers"] for one in holders if one.get("servers")), [])
    if not servers:
        return None, ""
    url: str = servers[0]["url"].strip()
    for name, variable in servers[0].get("variables", {}).items():
        url = url.replace("{" + name + "}", str(variable.get("default", "")))
    try:
        parts = urlsplit(url)
    except ValueError:
        return None, ""
    host = f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else None
    prefix = parts.path.rstrip("/")
    return host, prefix if prefix.startswith("/") and is_usable_path(prefix) else ""
