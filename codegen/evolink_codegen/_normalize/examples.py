"""Documented examples and defaults, held against the schemas they stand beside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from .._openapi import json_schema
from .._openapi.document import Document
from .._openapi.text import InputError, one_line
from ..runtime.media_types import is_json
from .effort import MAX_EVALUATIONS, Effort

_BASE = "urn:document"


def check_examples(document: Document) -> Document:
    """Find what breaks its own schema in a document in 3.1 form, overlays applied.

    An example of a request stays, with a warning: it is refused like any other wrong request. What a reply
    would be made of (examples of replies, examples and defaults of properties) goes, with a warning.

    Raises:
        InputError: A schema is one that no validator can read.
    """
    checker = _Checker(document)
    components = document.data["components"]
    schemas = {
        name: checker.without_broken(schema, f"components/schemas/{name}", silent=name in document.hoisted)
        for name, schema in components["schemas"].items()
    }
    paths = {
        path: {
            method: checker.operation(operation, f"{method.upper()} {path}")
            for method, operation in item.items()
        }
        for path, item in document.data["paths"].items()
    }
    data = {**document.data, "paths": paths, "components": {**components, "schemas": schemas}}
    return replace(document, data=data, warnings=(*document.warnings, *checker.warnings))


class _Checker:
    """Checks one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._validators: dict[str, Any] = {}
        self._effort = Effort(document.data)
        self.warnings: list[str] = []

    def operation(self, operation: dict[str, Any], place: str) -> dict[str, Any]:
        """An operation whose replies have examples that hold."""
        checked = dict(operation)
        checked["parameters"] = [
            self._parameter(parameter, f"{place}/parameters/{parameter['name']}")
            for parameter in operation["parameters"]
        ]
        if "requestBody" in checked:
            checked["requestBody"] = self._holder(checked["requestBody"], f"{place}/requestBody", keep=True)
        checked["responses"] = {
            status: self._holder(response, f"{place}/responses/{status}", keep=False)
            for status, response in operation["responses"].items()
        }
        return checked

    def _parameter(self, parameter: dict[str, Any], place: str) -> dict[str, Any]:
        checked = {**parameter, "schema": self.without_broken(parameter["schema"], place)}
        if "example" in checked and (fault := self._fault(parameter["schema"], checked["example"], place)):
            self._warn(place, f"the example breaks its schema: {fault}; left out")
            del checked["example"]
        return checked

    def _holder(self, holder: dict[str, Any], place: str, *, keep: bool) -> dict[str, Any]:
        if "content" not in holder:
            return holder
        content = {
            kind: self._media(kind, media, f"{place}/{kind}", keep=keep)
            for kind, media in holder["content"].items()
        }
        return {**holder, "content": content}

    def _media(self, kind: str, media: dict[str, Any], place: str, *, keep: bool) -> dict[str, Any]:
        checked = {**media, "schema": self.without_broken(media["schema"], place)}
        if "examples" not in media or not is_json(kind):
            return checked
        examples = {}
        for name, raw in media["examples"].items():
            example = {**raw, "value": self._read(media["schema"], raw["value"], place)}
            fault = self._fault(media["schema"], example["value"], place)
            if fault:
                end = "" if keep else "; left out"
                self._warn(f"{place}/examples/{name}", f"the example breaks its schema: {fault}{end}")
            if keep or not fault:
                examples[name] = example
        checked["examples"] = examples
        if not examples:
            del checked["examples"]
        return checked

    def _read(self, schema: dict[str, Any], value: Any, place: str) -> Any:
        """The value, or what it is the JSON text of, where text is not what the schema speaks of."""
        if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
            return value
        try:
            parsed = json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return value
        is_meant = bool(self._fault(schema, value, place)) or not schema.keys() - json_schema.ANNOTATIONS
        return parsed if is_meant and not self._fault(schema, parsed, place) else value

    def without_broken(self, schema: dict[str, Any], place: str, *, silent: bool = False) -> dict[str, Any]:
        """A schema whose own examples and defaults hold, all the way down."""
        reported = len(self.warnings)
        broken = dict(self._broken(schema, place))
        if silent:
            del self.warnings[reported:]
        if not broken:
            return schema

        def mended(one: dict[str, Any]) -> dict[str, Any]:
            keys = broken.get(id(one))
            return one if keys is None else {key: item for key, item in one.items() if key not in keys}

        return json_schema.transform_down(schema, mended)

    def _broken(self, schema: dict[str, Any], place: str) -> Iterator[tuple[int, set[str]]]:
        pending = [(place, schema)]
        while pending:
            where, one = pending.pop()
            pending.extend((f"{where}/{inner}", child) for inner, child in json_schema.children(one))
            keys = set()
            for key, value in _given(one):
                fault = self._fault(one, value, where)
                if fault:
                    keys.add(key)
                    if value is not None:  # `default: null` is how generators of documents write "none"
                        self._warn(where, f"the {key} breaks its own schema: {fault}; left out")
            if keys:
                yield id(one), keys

    def _warn(self, place: str, text: str) -> None:
        self.warnings.append(one_line(f"{self._document.source}: {place}: {text}", 400))

    def _fault(self, schema: dict[str, Any], value: Any, place: str) -> str | None:
        """The first thing that is wrong with a value, as one readable line."""
        if self._effort.is_too_much(schema, value):
            reason = f"checking it takes more than {MAX_EVALUATIONS} evaluations of schemas"
            raise InputError(self._document.source, reason, place)
        try:
            validator = self._validator(schema)
            if validator.is_valid(value):
                return None
            fault = next(iter(validator.iter_errors(value)))
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            reason = f"the schema cannot be read: {error}"
            raise InputError(self._document.source, reason, place) from None
        where = "/".join(str(part) for part in fault.instance_path)
        return one_line(f"{where}: {fault.message}" if where else str(fault.message), 160)

    def _validator(self, schema: dict[str, Any]) -> Any:
        key = _key(schema)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                json_schema.transform(schema, _absolute), validate_formats=True, registry=self._registry
            )
        return self._validators[key]

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        schemas = self._document.data["components"]["schemas"]
        known = {name: json_schema.transform(schema, _quoted) for name, schema in schemas.items()}
        return jsonschema_rs.Registry([(_BASE, {"components": {"schemas": known}})])


def _given(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("default", "example"):
        if key in schema:
            yield key, schema[key]
    yield from (("examples", value) for value in schema.get("examples", ()))


def _quoted(schema: dict[str, Any]) -> dict[str, Any]:
    """References as addresses: the names in them may be in any script."""
    return {**schema, "$ref": f"#{quote(schema['$ref'][1:], safe='/~')}"} if "$ref" in schema else schema


def _absolute(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "$ref": _BASE + _quoted(schema)["$ref"]} if "$ref" in schema else schema


def _key(schema: dict[str, Any]) -> str:
    return json.dumps(schema, sort_keys=True)
