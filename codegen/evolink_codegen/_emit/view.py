"""The contract as the client generator sees it: requests strict, replies open to what is not documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._merge.links import operations
from .._openapi import json_schema, naming, refs
from ..runtime.media_types import FORMS, JSON, MULTIPART, OCTET_STREAM, is_json
from ..runtime.schema_reading import flat
from .classes import ANY, BINARY, NULL, Classes

_OBJECT = {"type": "object"}
_TEXT = {"type": "string"}


@dataclass(frozen=True)
class Function:
    """What an operation becomes.

    Attributes:
        module: Its own name.
        folder: The folder of the resource.
        path: With the arguments in braces.
        arguments: By argument, the name of the parameter.
        styles: `style` and `explode` of query parameters that are objects, or lists that are not repeated.
        bodies: The classes of its JSON request where there are several; the document has only the first, for
            the generator copies a union more often than many models can bear.
    """

    module: str
    folder: str
    path: str
    arguments: dict[str, str]
    styles: dict[str, tuple[str, bool]]
    bodies: list[str]


@dataclass(frozen=True)
class GeneratorView:
    """A document that compiles, and what its names stand for.

    Attributes:
        document: OpenAPI 3.1 in a few simple forms; every name in it is one of Python.
        classes: By class and attribute, the name on the wire.
        functions: By the operationId that the document uses.
        content_types: Each with the one that it is read and written like, `OCTET_STREAM` or `JSON`.
    """

    document: dict[str, Any]
    classes: dict[str, dict[str, str]]
    functions: dict[str, Function]
    content_types: dict[str, str]


def generator_view(contract: dict[str, Any]) -> GeneratorView:
    """What the generator is given for a contract."""
    return _Viewer(contract).view()


def function_arguments(operation: dict[str, Any]) -> dict[tuple[str, str], str]:
    """By place and name, the argument that takes each parameter in the generated function."""
    keys = [(one["in"], one["name"]) for one in operation.get("parameters", [])]
    names = [name for _, name in keys]
    # Names that stand in two places get the place into their names, but for the first.
    spelled = [
        name if names.index(name) == index else f"{name} in {place}"
        for index, (place, name) in enumerate(keys)
    ]
    found = naming.attributes(spelled, naming.OF_FUNCTIONS)
    return {key: found[one] for key, one in zip(keys, spelled, strict=True)}


class _Viewer:
    def __init__(self, contract: dict[str, Any]) -> None:
        self._contract = contract
        self._content_types: dict[str, str] = {}
        self._functions: dict[str, Function] = {}
        self._classes = Classes(
            contract["components"]["schemas"], replies=self._replies(), files=self._with_files()
        )

    def view(self) -> GeneratorView:
        paths: dict[str, Any] = {}
        for method, path, operation in operations(self._contract):
            names = function_arguments(operation)
            written = path
            for (place, name), argument in names.items():
                if place == "path":
                    written = written.replace(f"{{{name}}}", f"{{{argument}}}")
            # The generator has its own way to make a module's name of an id; this one it leaves as it is.
            marked = f"operation_{len(self._functions)}"
            viewed = self._operation(operation, path, names)
            self._functions[marked] = Function(
                naming.snake(operation["operationId"]),
                operation["tags"][0],
                written,
                {argument: name for (_, name), argument in names.items()},
                self._query_styles(operation),
                self._shorten(viewed),
            )
            paths.setdefault(written, {})[method] = {"operationId": marked, **viewed}
        self._classes.finish()
        document = {
            "openapi": "3.1.0",
            "info": {key: self._contract["info"][key] for key in ("title", "version")},
            "paths": paths,
            "components": {"schemas": dict(sorted(self._classes.components.items()))},
        }
        return GeneratorView(
            document, self._classes.wire, self._functions, dict(sorted(self._content_types.items()))
        )

    def _query_styles(self, operation: dict[str, Any]) -> dict[str, tuple[str, bool]]:
        styles: dict[str, tuple[str, bool]] = {}
        for one in operation.get("parameters", ()):
            style = str(one.get("style", "form"))
            is_exploded = bool(one.get("explode", style == "form"))
            schema = flat(one.get("schema") or {}, self._contract["components"]["schemas"])
            is_object = "object" in schema.get("type", ()) or "properties" in schema
            if one["in"] == "query" and (is_object or (style, is_exploded) != ("form", True)):
                styles[one["name"]] = style, is_exploded
        return styles

    def _operation(
        self, operation: dict[str, Any], path: str, names: dict[tuple[str, str], str]
    ) -> dict[str, Any]:
        name = operation["operationId"]
        viewed: dict[str, Any] = {
            key: operation[key] for key in ("tags", "summary", "description") if key in operation
        }
        if names:
            viewed["parameters"] = [
                {
                    "name": names[one["in"], one["name"]],
                    "in": one["in"],
                    "required": bool(one.get("required")),
                    "schema": self._parameter(one, name),
                }
                for one in operation["parameters"]
            ]
        if body := self._body(operation, name):
            viewed["requestBody"] = body
        viewed["responses"] = {
            status: self._response(response, path, status)
            for status, response in operation["responses"].items()
        }
        return viewed

    def _parameter(self, parameter: dict[str, Any], operation_id: str) -> dict[str, Any]:
        preferred = naming.pascal(operation_id) + (naming.pascal(parameter["name"]) or "Parameter")
        schema = self._classes.one(parameter["schema"], preferred, received=False)
        if parameter["in"] != "query":  # where a null would be a word
            schema = _not_null(schema)
        if not self._is_plain(schema) and parameter["in"] != "query":
            schema = _TEXT
        elif parameter["in"] == "query" and not all(map(self._is_plain, self._parts(schema))):
            schema = ANY
        annotations = {key: parameter[key] for key in ("description",) if parameter.get(key)}
        return schema if "$ref" in schema else {**schema, **annotations}

    def _is_plain(self, schema: dict[str, Any]) -> bool:
        name = refs.schema_name(schema)
        target = schema if name is None else self._classes.components[name]
        return target.get("type") in ("string", "integer", "number", "boolean")

    def _parts(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """What a query parameter consists of: itself, the items of a list, the members of a union."""
        parts = [part for member in schema.get("anyOf", [schema]) for part in [member.get("items", member)]]
        return [part for part in parts if part != {"type": "null"}] or [ANY]

    def _body(self, operation: dict[str, Any], name: str) -> dict[str, Any] | None:
        """The request in those content types that a function can tell apart by the class it is given."""
        body = operation.get("requestBody") or {}
        schemas: dict[str, Any] = {}
        for kind, media in sorted(
            body.get("content", {}).items(), key=lambda item: (item[0] != JSON, item[0])
        ):
            preferred = naming.pascal(name) + naming.pascal(kind.rsplit("/", 1)[-1])
            if is_json(kind):
                self._content_types[kind] = JSON
                schemas[kind] = self._classes.one(media["schema"], preferred, received=False)
            elif kind in FORMS:
                schema = self._classes.one(media["schema"], preferred, received=False)
                schemas[kind] = (
                    schema
                    if self._is_class(schema)
                    else self._classes.one(_OBJECT, preferred, received=False)
                )
            else:
                self._content_types[kind] = OCTET_STREAM
                schemas.setdefault(kind, BINARY)
        if len(schemas) > 1:
            told_apart: dict[str, Any] = {}
            for kind, schema in schemas.items():
                if (self._is_class(schema) or schema == BINARY) and schema not in told_apart.values():
                    told_apart[kind] = schema
            schemas = told_apart or dict(list(schemas.items())[:1])
        if not schemas:
            return None
        content = {kind: {"schema": schema} for kind, schema in schemas.items()}
        return {"required": bool(body.get("required")), "content": content}

    def _shorten(self, operation: dict[str, Any]) -> list[str]:
        """Leave of several classes of a JSON request only the first; the names of all."""
        content = operation.get("requestBody", {}).get("content", {})
        members = content.get(JSON, {}).get("schema", {}).get("anyOf", [])
        if len(content) != 1 or not members or not all(map(self._is_class, members)):
            return []
        content[JSON]["schema"] = members[0]
        return [name for member in members if (name := refs.schema_name(member)) is not None]

    def _is_class(self, schema: dict[str, Any]) -> bool:
        name = refs.schema_name(schema)
        return name is not None and self._classes.components[name].get("type") == "object"

    def _response(self, response: dict[str, Any], path: str, status: str) -> dict[str, Any]:
        viewed: dict[str, Any] = {"description": response["description"]}
        content = response.get("content", {})
        kinds = sorted(content, key=lambda kind: (not is_json(kind), not kind.startswith("text/"), kind))
        if not kinds:
            return viewed
        kind, schema = kinds[0], BINARY
        if is_json(kind):
            self._content_types[kind] = JSON
            preferred = naming.noun(path) + (
                "Response" if status.startswith("2") else f"Error{status.capitalize()}"
            )
            schema = self._classes.joined(content[kind]["schema"], preferred)
        elif kind.startswith("text/"):
            schema = _TEXT
        else:
            self._content_types[kind] = OCTET_STREAM
        viewed["content"] = {kind: {"schema": schema}}
        return viewed

    def _replies(self) -> set[str]:
        """The names of all schemas that replies reach."""
        schemas = self._contract["components"]["schemas"]
        names: set[str] = set()
        pending = [
            media["schema"]
            for _, _, operation in operations(self._contract)
            for response in operation["responses"].values()
            for media in response.get("content", {}).values()
        ]
        while pending:
            for schema in json_schema.descend(pending.pop()):
                name = refs.schema_name(schema)
                if name is not None and name not in names:
                    names.add(name)
                    pending.append(schemas[name])
        return names

    def _with_files(self) -> set[str]:
        """The names of all bodies that are sent in parts."""
        names = [
            refs.schema_name(media["schema"])
            for _, _, operation in operations(self._contract)
            for kind, media in (operation.get("requestBody") or {}).get("content", {}).items()
            if kind == MULTIPART
        ]
        return {name for name in names if name is not None}


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What else than null a schema allows, if that is one thing."""
    others = [member for member in schema.get("anyOf", ()) if member != NULL]
    return others[0] if len(others) == 1 else schema
