"""Several documents' claims on one method and path, as one operation of the contract."""

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
    claims: list[OperationSource], operation_id: str, schemes: dict[str, dict[str, str]], pool: SchemaRegistry
) -> MergedOperation:
    """One operation from all documents that describe it.

    Args:
        claims: what each says.
        operation_id: its name in the contract.
        schemes: by document, its names of ways to identify oneself with those in the contract.
        pool: takes the schemas.

    Raises:
        InputError: they contradict each other.
    """
    claims = sorted(claims, key=lambda claim: claim.document.slug)
    first = claims[0]
    hosts = {claim.host for claim in claims} - {None}
    if len(hosts) > 1:
        raise InputError(
            claims[-1].document.source,
            f"contradicts {first.document.source}: the hosts {' and '.join(sorted(map(str, hosts)))} differ",
            first.place,
        )
    settled = resolve_models(claims)
    owned = {claim.document.slug: [m for m in claim.models if settled[m] is claim] for claim in claims}
    speaking = [claim for claim in claims if owned[claim.document.slug] or not claim.models]
    noun = naming.noun(first.path)
    found: dict[str, Any] = {"operationId": operation_id}
    aliases = {str(c.operation["operationId"]) for c in claims if c.operation.get("operationId")} - {
        operation_id
    }
    if aliases:
        found[OPERATION_IDS.name] = sorted(aliases)
    found["tags"] = [naming.resource(first.path)]
    found |= _words(speaking, settled)
    if any(claim.operation.get("deprecated") for claim in speaking):
        found["deprecated"] = all(claim.operation.get("deprecated") for claim in speaking)
    if parameters := _parameters(speaking, pool):
        found["parameters"] = parameters
    if (body := _body(speaking, owned, settled, noun, pool)) is not None:
        found["requestBody"] = body
    found["responses"] = _responses(speaking, owned, noun, pool)
    security = [
        [
            {schemes.get(claim.document.slug, {}).get(name, name): scopes for name, scopes in one.items()}
            for one in claim.operation["security"]
        ]
        for claim in speaking
        if "security" in claim.operation
    ]
    found["security"] = security[0] if security else []
    return MergedOperation(first.method, first.path, next(iter(hosts), None), found)


def _words(claims: list[OperationSource], settled: dict[str, OperationSource]) -> dict[str, str]:
    """Summary and description: the document's own where there is one, else what the models are."""
    if len(claims) == 1:
        operation = claims[0].operation
        return {key: operation[key] for key in ("summary", "description") if key in operation}
    models = ", ".join(settled)
    return {
        "summary": f"{claims[0].place}, told apart by `model`",
        "description": f"One of: {models}." if models else "",
    }


def _parameters(claims: list[OperationSource], pool: SchemaRegistry) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for claim in claims:
        for parameter in claim.operation["parameters"]:
            key = (str(parameter.get("in")), str(parameter.get("name")))
            name = naming.noun(claim.path) + naming.pascal(key[1])
            schema = pool.take(claim.document, parameter["schema"], "request", name)
            counted[key] += 1
            if key not in found:
                found[key] = {**parameter, "schema": schema}
            elif _bare(found[key]["schema"]) != _bare(schema):
                found[key]["schema"] = {"anyOf": [found[key]["schema"], schema]}
    for key, parameter in found.items():
        if key[0] == "path":
            parameter["required"] = True
        elif counted[key] < len(claims):
            parameter.pop("required", None)
    return [found[key] for key in sorted(found, key=lambda key: (key[0] != "path", key))]


def _bare(schema: dict[str, Any]) -> str:
    return json.dumps(
        {key: value for key, value in schema.items() if key not in ("description", "example")}, sort_keys=True
    )


def _body(
    claims: list[OperationSource],
    owned: dict[str, list[str]],
    settled: dict[str, OperationSource],
    noun: str,
    pool: SchemaRegistry,
) -> dict[str, Any] | None:
    bodies = [
        (claim, claim.operation["requestBody"]) for claim in claims if claim.operation.get("requestBody")
    ]
    if not bodies:
        return None
    content: dict[str, Any] = {}
    plain: dict[str, tuple[OperationSource, dict[str, Any]]] = {}
    branches: dict[str, dict[str, Any]] = {}
    for claim, body in bodies:
        for kind, media in body["content"].items():
            if kind == JSON and claim.models:
                branches[claim.document.slug] = _branch(claim, owned[claim.document.slug], noun, pool)
                continue
            schema = pool.take(claim.document, media["schema"], "request", _request_name(claim, noun, kind))
            if kind in plain and _meaning(plain[kind][0], plain[kind][1]) != _meaning(claim, media["schema"]):
                raise InputError(
                    claim.document.source,
                    f"contradicts {plain[kind][0].document.source}: another {kind} request, and no"
                    " model tells them apart",
                    claim.place,
                )
            if kind not in plain:
                plain[kind] = (claim, media["schema"])
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
                    "mapping": {model: branches[claim.document.slug] for model, claim in settled.items()},
                },
            }
        }
    for kind, one in content.items():
        if examples := _examples([(claim, body["content"].get(kind, {})) for claim, body in bodies], owned):
            one["examples"] = examples
    # What tells models apart cannot be left out, whether a document says so or not.
    required = bool(branches) or any(body.get("required") for _, body in bodies)
    return {"required": required, "content": dict(sorted(content.items()))}


def _request_name(claim: OperationSource, noun: str, kind: str = JSON) -> str:
    """`Request`, or a longer name where a document has several requests."""
    bodies = [one for one in operation_sources(claim.document) if one.operation.get("requestBody")]
    kinds = claim.operation["requestBody"]["content"]
    form = "" if kind == JSON or len(kinds) == 1 else naming.pascal(kind.rsplit("/", 1)[-1])
    return (noun if len(bodies) > 1 else "") + form + "Request"


def _branch(claim: OperationSource, models: list[str], noun: str, pool: SchemaRegistry) -> dict[str, Any]:
    """The request schema of one document, pinned to the models that are its own."""
    request = claim.request() or {}
    schema = dict(request)
    words = [claim.operation.get("summary"), claim.operation.get("description")]
    if not schema.get("description"):
        schema["description"] = "\n\n".join(
            word.strip() for word in words if isinstance(word, str) and word.strip()
        )
    model = refs.resolve(claim.document.data, (schema.get("properties") or {}).get("model") or {})
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
    return pool.take(claim.document, schema, "request", _request_name(claim, noun), always=True)


def _meaning(claim: OperationSource, schema: dict[str, Any]) -> str:
    """A schema's constraints as text, for comparing two documents."""
    probe = SchemaRegistry()
    return probe.meaning(probe.take(claim.document, schema, "reply", "Probe"))


def _responses(
    claims: list[OperationSource], owned: dict[str, list[str]], noun: str, pool: SchemaRegistry
) -> dict[str, Any]:
    statuses = sorted({status for claim in claims for status in claim.operation["responses"]})
    return {status: _response(status, claims, owned, noun, pool) for status in statuses} or {
        "default": {"description": ""}
    }


def _response(
    status: str, claims: list[OperationSource], owned: dict[str, list[str]], noun: str, pool: SchemaRegistry
) -> dict[str, Any]:
    said = [
        (claim, claim.operation["responses"][status])
        for claim in claims
        if status in claim.operation["responses"]
    ]
    found: dict[str, Any] = {
        "description": Counter(str(r["description"]) for _, r in said).most_common(1)[0][0]
    }
    headers = {
        name: header
        for _, response in reversed(said)
        for name, header in (response.get("headers") or {}).items()
    }
    if headers:
        found["headers"] = dict(sorted(headers.items()))
    kinds = sorted({kind for _, response in said for kind in response.get("content") or {}})
    name = f"{noun}Response" if status.startswith("2") else f"{noun}Error{status}"
    content = {}
    for kind in kinds:
        media = [
            (claim, response["content"][kind])
            for claim, response in said
            if kind in (response.get("content") or {})
        ]
        schemas = [pool.take(claim.document, one["schema"], "reply", name) for claim, one in media]
        content[kind] = {"schema": {"anyOf": schemas} if len(schemas) > 1 else schemas[0]}
        if examples := _examples(media, owned):
            content[kind]["examples"] = examples
    if content:
        found["content"] = content
    links = {
        name: link for _, response in reversed(said) for name, link in (response.get("links") or {}).items()
    }
    if links:
        found["links"] = dict(sorted(links.items()))
    return found


def _examples(
    media: list[tuple[OperationSource, dict[str, Any]]], owned: dict[str, list[str]]
) -> dict[str, Any]:
    """Every documented example, with the models it speaks of."""
    found: dict[str, Any] = {}
    for claim, one in media:
        models = owned[claim.document.slug]
        for name, example in (one.get("examples") or {}).items():
            if "value" not in example:
                continue
            value = example["value"]
            of = value.get("model") if isinstance(value, dict) else None
            if isinstance(of, str) and of in claim.models and of not in models:
                continue  # the model's own page has its examples
            key = claim.document.slug if name == "default" else f"{claim.document.slug}.{naming.slug(name)}"
            while key in found:  # names that differ in signs alone
                key += "-"
            marked = {MODELS.name: [of] if of in models else models} if claim.models else {}
            kept = {k: example[k] for k in ("summary", "description") if isinstance(example.get(k), str)}
            found[key] = {**marked, **kept, "value": value}
    return found
