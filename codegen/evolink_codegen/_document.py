"""One vendored document, read and put into OpenAPI 3.1 form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import _refs, _schema, _text, _yaml
from ._errors import UnusableInput

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


@dataclass(frozen=True)
class Document:
    """A document under its slug.

    Attributes:
        slug: its name among the vendored documents.
        source: the file or address it came from, for messages.
        data: its content.
    """

    slug: str
    source: str
    data: dict[str, Any]


def read(path: Path) -> Document:
    """Read a vendored document as published."""
    return Document(path.stem, str(path), parse(path.read_bytes(), str(path)))


def parse(data: bytes, source: str) -> dict[str, Any]:
    """Read and check a document.

    Raises:
        UnusableInput: it is no OpenAPI 3.0 or 3.1 document, or its references do not hold.
    """
    loaded = _yaml.load(data, source)
    if not isinstance(loaded, dict):
        raise UnusableInput(source, "not an OpenAPI document: no mapping at the top")
    version = loaded.get("openapi")
    if version is None:
        raise UnusableInput(source, "not an OpenAPI document: it has no key 'openapi'")
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01](\.\d+)?(-.+)?", version):
        raise UnusableInput(source, f"OpenAPI 3.0 and 3.1 are known, not {version!r}", "openapi")
    paths = loaded.get("paths")
    if not isinstance(paths, dict) or not any(isinstance(item, dict) and item for item in paths.values()):
        raise UnusableInput(source, "it describes no operation", "paths")
    _check_shape(loaded, source)
    _refs.check(loaded, source)
    return loaded


def _check_shape(document: dict[str, Any], source: str) -> None:
    """Refuse what has a wrong type where every later step counts on the right one."""
    for key in ("info", "components"):
        if key in document and not isinstance(document[key], dict):
            raise UnusableInput(source, "must be a mapping", key)
    for group, items in (document.get("components") or {}).items():
        if not str(group).startswith("x-") and not isinstance(items, dict):
            raise UnusableInput(source, "must be a mapping", f"components/{group}")
    found = 0
    for path, item in document["paths"].items():
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            raise UnusableInput(source, "a path begins with '/'", f"paths/{path}")
        if not isinstance(item, dict):
            raise UnusableInput(source, "must be a mapping", f"paths/{path}")
        for method in METHODS:
            if method not in item:
                continue
            place = f"paths/{path}/{method}"
            operation = item[method]
            if not isinstance(operation, dict):
                raise UnusableInput(source, "must be a mapping", place)
            if not isinstance(operation.get("responses", {}), dict):
                raise UnusableInput(source, "must be a mapping", f"{place}/responses")
            if not isinstance(operation.get("parameters", []), list):
                raise UnusableInput(source, "must be a list", f"{place}/parameters")
            found += 1
        if "$ref" in item:
            found += 1
    if not found:
        raise UnusableInput(source, "it describes no operation", "paths")
    for place, mapping in _refs.walk(
        (document.get("components") or {}).get("schemas") or {}, "components/schemas"
    ):
        if "properties" in mapping and place.rsplit("/", 1)[-1] not in (
            "properties",
            "example",
            "value",
            "default",
        ):
            properties = mapping["properties"]
            wrong = not isinstance(properties, dict)
            if wrong:
                raise UnusableInput(source, "must be a mapping", f"{place}/properties")


def normalise(document: Document) -> Document:
    """The same document as OpenAPI 3.1: nothing shared but schemas, one way of saying each thing."""
    data = _text.clean(document.data)
    components = data.get("components") or {}
    schemas = {
        name: _schema.transform(schema, _as_3_1)
        for name, schema in (components.get("schemas") or {}).items()
        if isinstance(schema, dict)
    }
    operations: dict[str, dict[str, Any]] = {}
    for path, raw_item in data["paths"].items():
        if path.startswith("x-"):
            continue
        item = _refs.resolve(data, raw_item)
        for method in METHODS:
            if method in item:
                operation = _operation(data, item, item[method])
                host, prefix = _server(operation.pop("servers", None))
                if host:
                    operation["servers"] = [{"url": host}]
                operations.setdefault(prefix + path, {})[method] = operation
    return Document(
        document.slug,
        document.source,
        {
            "openapi": "3.1.0",
            "info": data.get("info") or {},
            "paths": operations,
            "components": {"schemas": schemas, "securitySchemes": components.get("securitySchemes") or {}},
        },
    )


def _operation(data: dict[str, Any], item: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """An operation with everything that its path and its document say for it."""
    found = {key: value for key, value in operation.items() if key != "callbacks"}
    parameters: dict[tuple[Any, Any], dict[str, Any]] = {}
    for raw in [*item.get("parameters", []), *operation.get("parameters", [])]:
        parameter = dict(_refs.resolve(data, raw))
        content = parameter.pop("content", None)
        if content:
            parameter["schema"] = next(iter(content.values())).get("schema", {})
        parameter["schema"] = _schema.transform(parameter.get("schema") or {}, _as_3_1)
        parameters[parameter.get("in"), parameter.get("name")] = parameter
    found["parameters"] = list(parameters.values())
    if "requestBody" in operation:
        body = dict(_refs.resolve(data, operation["requestBody"]))
        body["content"] = _content(data, body.get("content"))
        found["requestBody"] = body
    found["responses"] = {
        str(status): _response(data, response)
        for status, response in (operation.get("responses") or {}).items()
    }
    servers = operation.get("servers") or item.get("servers") or data.get("servers")
    if servers:
        found["servers"] = servers
    security = operation.get("security", data.get("security"))
    if security is not None:
        found["security"] = security
    return found


def _response(data: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    response = dict(_refs.resolve(data, raw))
    if response.get("content"):
        response["content"] = _content(data, response["content"])
    if response.get("links"):
        response["links"] = {name: _refs.resolve(data, link) for name, link in response["links"].items()}
    if response.get("headers"):
        response["headers"] = {
            name: {**header, "schema": _schema.transform(header.get("schema") or {}, _as_3_1)}
            for name, header in ((n, _refs.resolve(data, h)) for n, h in response["headers"].items())
        }
    response.setdefault("description", "")
    return response


def _content(data: dict[str, Any], content: dict[str, Any] | None) -> dict[str, Any]:
    """Media types with `examples` in place of `example`."""
    found = {}
    for kind, raw in (content or {}).items():
        media = dict(raw or {})
        examples = {
            name: dict(_refs.resolve(data, example))
            for name, example in (media.pop("examples", None) or {}).items()
        }
        if "example" in media:
            examples = {"default": {"value": media.pop("example")}, **examples}
        media["schema"] = _schema.transform(media.get("schema") or {}, _as_3_1)
        if not examples:
            shown = _refs.resolve(data, media["schema"])
            if isinstance(shown, dict) and "example" in shown:
                examples = {"default": {"value": shown["example"]}}
        if examples:
            media["examples"] = examples
        found[kind.split(";")[0].strip().lower()] = media
    return found


def _server(servers: Any) -> tuple[str | None, str]:
    """Scheme and host of the first server, and the path it puts before every path."""
    if not isinstance(servers, list) or not servers or not isinstance(servers[0], dict):
        return None, ""
    url = str(servers[0].get("url", ""))
    for name, variable in (servers[0].get("variables") or {}).items():
        url = url.replace("{" + name + "}", str(variable.get("default", "")))
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else None
    return host, parts.path.rstrip("/")


def _as_3_1(schema: dict[str, Any]) -> dict[str, Any]:
    """One schema in the words of 3.1; `nullable` is met in 3.1 documents too."""
    found = dict(schema)
    for key, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(found.get(key), bool):
            exclusive = found.pop(key)
            if exclusive and limit in found:
                found[key] = found.pop(limit)
    if "required" in found and not isinstance(found["required"], list):
        found.pop("required")  # `required: true` on a property is a habit of OpenAPI 2 with no meaning here
    return _nullable(found) if found.pop("nullable", False) is True else found


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = _schema.types(schema)
    if kinds:
        if "null" not in kinds:
            schema["type"] = [*kinds, "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    about = {
        key: schema.pop(key) for key in list(schema) if key in _schema.ANNOTATIONS or key.startswith("x-")
    }
    if not schema:
        return about
    return {"anyOf": [schema, {"type": "null"}], **about}
