"""The operations of an OpenAPI document, read independently of the mock, which is under test."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml
from contract import request_cases

from evolink_api.validation import closure

_METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
_JSON = "application/json"


class Operation(NamedTuple):
    """One method on one path, as one model uses it.

    Attributes:
        id: Its operationId.
        model: The model; None if requests do not depend on a model.
        method: The method in upper case.
        path: The template, with the path of the server.
        parameters: The documented parameters with self-contained schemas.
        schema: The self-contained schema of the JSON body; None if there is none.
        examples: Documented request bodies of this model.
        statuses: The documented statuses.
        body: Whether it takes a body of any type.
        link: The path parameter of the query and the pointer to its value in the reply.
    """

    id: str
    model: str | None
    method: str
    path: str
    parameters: list[dict[str, Any]]
    schema: dict[str, Any] | None
    examples: list[Any]
    statuses: list[str]
    body: bool
    link: tuple[str, str] | None

    @property
    def name(self) -> str:
        return self.model or self.id


def read(contract: Path) -> list[Operation]:
    """The operations of a contract; operations with models once per model."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(contract.read_text(encoding="utf-8"), loader)
    return [
        found
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
        for found in _operations(document, path, method.upper(), item)
    ]


def _operations(
    document: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]
) -> Iterator[Operation]:
    raw = item[method.lower()]
    servers = raw.get("servers") or item.get("servers") or document["servers"]
    parameters = [
        {**one, "schema": _self_contained(document, one.get("schema", {}))}
        for one in (*item.get("parameters", ()), *raw.get("parameters", ()))
    ]
    content = raw.get("requestBody", {}).get("content", {})
    media = content.get(_JSON, {})
    schema = media.get("schema")
    for model, one in _members(schema):
        yield Operation(
            raw["operationId"],
            model,
            method,
            urlsplit(servers[0]["url"]).path.rstrip("/") + path,
            parameters,
            None if one is None else _self_contained(document, one),
            [
                example["value"]
                for example in media.get("examples", {}).values()
                if model is None or model in example.get("x-evolink-models", [model])
            ],
            sorted(raw["responses"]),
            bool(content),
            _link(raw),
        )


def _members(schema: Any) -> Iterator[tuple[str | None, Any]]:
    mapping = (schema or {}).get("discriminator", {}).get("mapping", {})
    if not mapping:
        yield None, schema
    for model, reference in mapping.items():
        yield model, {"$ref": reference}


def _self_contained(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    root = closure(document, schema)
    return request_cases.resolve(root, root)


def _link(raw: Mapping[str, Any]) -> tuple[str, str] | None:
    links = [link for reply in raw["responses"].values() for link in reply.get("links", {}).values()]
    for name, expression in (pair for link in links for pair in link["parameters"].items()):
        return name, str(expression).removeprefix("$response.body#/")
    return None
