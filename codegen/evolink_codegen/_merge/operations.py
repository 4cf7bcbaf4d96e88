"""What several documents say of one method and path, merged into one operation of the contract."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .._openapi import naming, refs
from .._openapi.text import InputError
from ..runtime.extensions import MODELS, OPERATION_IDS
from ..runtime.media_types import JSON
from .operation_source import OperationSource, operation_sources, resolve_models
from .schema_registry import SchemaRegistry


@dataclass(frozen=True)
class MergedOperation:
    """An operation of the contract with provisional references."""

    method: str
    path: str
    host: str | None
    operation: dict[str, Any]


def merge_operation(
    sources: list[OperationSource],
    operation_id: str,
    schemes: dict[str, dict[str, str]],
    registry: SchemaRegistry,
) -> MergedOperation:
    """One operation from all documents that describe it.

    Args:
        sources: The operation in each document.
        operation_id: Its name in the contract.
        schemes: By document, its names of security schemes with those in the contract.
        registry: Holds the schemas.

    Raises:
        InputError: They contradict each other.
    """
    sources = sorted(sources, key=lambda source: source.document.slug)
    first = sources[0]
    hosts = {source.host for source in sources} - {None}
    if len(hosts) > 1:
        raise InputError(
            sources[-1].document.source,
            f"contradicts {first.document.source}: the hosts {' and '.join(sorted(map(str, hosts)))} differ",
            first.place,
        )
    owners = resolve_models(sources)
    owned = {source.document.slug: [m for m in source.models if owners[m] is source] for source in sources}
    used = [source for source in sources if owned[source.document.slug] or not source.models]
    noun = naming.noun(first.path)
    found: dict[str, Any] = {"operationId": operation_id}
    aliases = {str(c.operation["operationId"]) for c in sources if c.operation.get("operationId")} - {
        operation_id
    }
    if aliases:
        found[OPERATION_IDS.name] = sorted(aliases)
    found["tags"] = [naming.resource(first.path)]
    found |= _descriptions(used, owners)
    if any(source.operation.get("deprecated") for source in used):
        found["deprecated"] = all(source.operation.get("deprecated") for source in used)
    if parameters := _parameters(used, registry):
        found["parameters"] = parameters
    if (body := _body(used, owned, owners, noun, registry)) is not None:
        found["requestBody"] = body
    found["responses"] = _responses(used, owned, noun, registry)
    security = [
        [
            {schemes.get(source.document.slug, {}).get(name, name): scopes for name, scopes in one.items()}
            for one in source.operation["security"]
        ]
        for source in used
        if "security" in source.operation
    ]
    found["security"] = security[0] if security else []
    return MergedOperation(first.method, first.path, next(iter(hosts), None), found)


def _descriptions(sources: list[OperationSource], owners: dict[str, OperationSource]) -> dict[str, str]:
    """Summary and description: the document's own where there is one, else what the models are."""
    if len(sources) == 1:
        operation = sources[0].operation
        return {key: operation[key] for key in ("summary", "description") if key in operation}
    models = ", ".join(owners)
    return {
        "summary": f"{sources[0].place}, told apart by `model`",
        "description": f"One of: {models}." if models else "",
    }


def _parameters(sources: list[OperationSource], registry: SchemaRegistry) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for source in sources:
        for parameter in source.operation["parameters"]:
            key = (str(parameter.get("in")), str(parameter.get("name")))
            name = naming.noun(source.path) + naming.pascal(key[1])
            schema = registry.register(source.document, parameter["schema"], "request", name)
            counted[key] += 1
            if key not in found:
                found[key] = {**parameter, "schema": schema}
            elif _normalized(found[key]["schema"]) != _normalized(schema):
                found[key]["schema"] = {"anyOf": [found[key]["schema"], schema]}
    for key, parameter in found.items():
        if key[0] == "path":
            parameter["required"] = True
        elif counted[key] < len(sources):
            parameter.pop("required", None)
    return [found[key] for key in sorted(found, key=lambda key: (key[0] != "path", key))]


def _normalized(schema: dict[str, Any]) -> str:
    return json.dumps(
        {key: value for key, value in schema.items() if key not in ("description", "example")}, sort_keys=True
    )


def _body(
    sources: list[OperationSource],
    owned: dict[str, list[str]],
    owners: dict[str, OperationSource],
    noun: str,
    registry: SchemaRegistry,
) -> dict[str, Any] | None:
    bodies = [
        (source, source.operation["requestBody"]) for source in sources if source.operation.get("requestBody")
    ]
    if not bodies:
        return None
    content: dict[str, Any] = {}
    plain: dict[str, tuple[OperationSource, dict[str, Any]]] = {}
    branches: dict[str, dict[str, Any]] = {}
    for source, body in bodies:
        for kind, media in body["content"].items():
            if kind == JSON and source.models:
                branches[source.document.slug] = _branch(source, owned[source.document.slug], noun, registry)
                continue
            schema = registry.register(
                source.document, media["schema"], "request", _request_name(source, noun, kind)
            )
            if kind in plain and _meaning(plain[kind][0], plain[kind][1]) != _meaning(
                source, media["schema"]
            ):
                raise InputError(
                    source.document.source,
                    f"contradicts {plain[kind][0].document.source}: another {kind} request, and no"
                    " model tells them apart",
                    source.place,
                )
            if kind not in plain:
                plain[kind] = (source, media["schema"])
                content[kind] = {**{k: v for k, v in media.items() if k != "examples"}, "schema": schema}
    if branches:
        if JSON in content:
            raise InputError(
                plain[JSON][0].document.source,
                "knows no model where other documents of the same operation tell requests apart by it",
                plain[JSON][0].place,
            )
        content[JSON] = {
            "schema": {
                "oneOf": [branches[slug] for slug in sorted(branches)],
                "discriminator": {
                    "propertyName": "model",
                    "mapping": {model: branches[source.document.slug] for model, source in owners.items()},
                },
            }
        }
    for kind, one in content.items():
        if examples := _examples([(source, body["content"].get(kind, {})) for source, body in bodies], owned):
            one["examples"] = examples
    # The property that selects the model is required, whether a document says so or not.
    required = bool(branches) or any(body.get("required") for _, body in bodies)
    return {"required": required, "content": dict(sorted(content.items()))}


def _request_name(source: OperationSource, noun: str, kind: str = JSON) -> str:
    """`Request`, or a longer name where a document has several requests."""
    bodies = [one for one in operation_sources(source.document) if one.operation.get("requestBody")]
    kinds = source.operation["requestBody"]["content"]
    form = "" if kind == JSON or len(kinds) == 1 else naming.pascal(kind.rsplit("/", 1)[-1])
    return (noun if len(bodies) > 1 else "") + form + "Request"


def _branch(
    source: OperationSource, models: list[str], noun: str, registry: SchemaRegistry
) -> dict[str, Any]:
    """The request schema of one document, pinned to the models that are its own."""
    request = source.request() or {}
    schema = dict(request)
    texts = [source.operation.get("summary"), source.operation.get("description")]
    if not schema.get("description"):
        schema["description"] = "\n\n".join(
            text.strip() for text in texts if isinstance(text, str) and text.strip()
        )
    model = refs.resolve(source.document.data, (schema.get("properties") or {}).get("model") or {})
    pinned = {
        key: value for key, value in model.items() if key in ("description", "default", "example", "title")
    }
    pinned = {
        key: value for key, value in pinned.items() if key not in ("default", "example") or value in models
    }
    schema["properties"] = {
        **(schema.get("properties") or {}),
        "model": {"type": "string", **pinned, "enum": models},
    }
    schema["required"] = list(dict.fromkeys([*schema.get("required", []), "model"]))
    return registry.register(source.document, schema, "request", _request_name(source, noun), always=True)


def _meaning(source: OperationSource, schema: dict[str, Any]) -> str:
    """A schema's constraints as text, for comparing two documents."""
    probe = SchemaRegistry()
    return probe.meaning(probe.register(source.document, schema, "reply", "Probe"))


def _responses(
    sources: list[OperationSource], owned: dict[str, list[str]], noun: str, registry: SchemaRegistry
) -> dict[str, Any]:
    statuses = sorted({status for source in sources for status in source.operation["responses"]})
    return {status: _response(status, sources, owned, noun, registry) for status in statuses} or {
        "default": {"description": ""}
    }


def _response(
    status: str,
    sources: list[OperationSource],
    owned: dict[str, list[str]],
    noun: str,
    registry: SchemaRegistry,
) -> dict[str, Any]:
    documented = [
        (source, source.operation["responses"][status])
        for source in sources
        if status in source.operation["responses"]
    ]
    found: dict[str, Any] = {
        "description": Counter(str(r["description"]) for _, r in documented).most_common(1)[0][0]
    }
    headers = {
        name: header
        for _, response in reversed(documented)
        for name, header in (response.get("headers") or {}).items()
    }
    if headers:
        found["headers"] = dict(sorted(headers.items()))
    kinds = sorted({kind for _, response in documented for kind in response.get("content") or {}})
    name = f"{noun}Response" if status.startswith("2") else f"{noun}Error{status}"
    content = {}
    for kind in kinds:
        media = [
            (source, response["content"][kind])
            for source, response in documented
            if kind in (response.get("content") or {})
        ]
        schemas = [registry.register(source.document, one["schema"], "reply", name) for source, one in media]
        content[kind] = {"schema": {"anyOf": schemas} if len(schemas) > 1 else schemas[0]}
        if examples := _examples(media, owned):
            content[kind]["examples"] = examples
    if content:
        found["content"] = content
    links = {
        name: link
        for _, response in reversed(documented)
        for name, link in (response.get("links") or {}).items()
    }
    if links:
        found["links"] = dict(sorted(links.items()))
    return found


def _examples(
    media: list[tuple[OperationSource, dict[str, Any]]], owned: dict[str, list[str]]
) -> dict[str, Any]:
    """Every documented example, with the models it speaks of."""
    found: dict[str, Any] = {}
    for source, one in media:
        models = owned[source.document.slug]
        for name, example in (one.get("examples") or {}).items():
            if "value" not in example:
                continue
            value = example["value"]
            of = value.get("model") if isinstance(value, dict) else None
            if isinstance(of, str) and of in source.models and of not in models:
                continue  # the model's own page has its examples
            key = source.document.slug if name == "default" else f"{source.document.slug}.{naming.slug(name)}"
            while key in found:  # names that differ in signs alone
                key += "-"
            marked = {MODELS.name: [of] if of in models else models} if source.models else {}
            kept = {k: example[k] for k in ("summary", "description") if isinstance(example.get(k), str)}
            found[key] = {**marked, **kept, "value": value}
    return found
