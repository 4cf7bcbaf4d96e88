"""What several documents say of one method and path, merged into one operation of the contract."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .._openapi import naming, refs
from ..runtime.extensions import LIFECYCLE, MODELS, OPERATION_IDS
from ..runtime.media_types import JSON
from .agreement import compare_bodies, compare_hosts
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
    return _OperationMerger(sources, registry).merge(operation_id, schemes)


class _OperationMerger:
    """Merges the documents of one operation."""

    def __init__(self, sources: list[OperationSource], registry: SchemaRegistry) -> None:
        self._all = sorted(sources, key=lambda source: source.slug)
        self._registry = registry
        self._owners = resolve_models(self._all)
        self._models = {
            source.slug: [model for model in source.models if self._owners[model] is source]
            for source in sources
        }
        # The others describe only models that have pages of their own.
        self._sources = [source for source in self._all if self._models[source.slug] or not source.models]
        self._noun = naming.noun(sources[0].path)

    def merge(self, operation_id: str, schemes: dict[str, dict[str, str]]) -> MergedOperation:
        first, host = self._all[0], self._host()
        operation: dict[str, Any] = {"operationId": operation_id}
        ids = {str(one.operation["operationId"]) for one in self._all if one.operation.get("operationId")}
        if aliases := ids - {operation_id}:
            operation[OPERATION_IDS.name] = sorted(aliases)
        operation["tags"] = [naming.resource(first.path)]
        operation |= self._descriptions()
        if any(source.operation.get("deprecated") for source in self._sources):
            operation["deprecated"] = all(source.operation.get("deprecated") for source in self._sources)
        lifecycles = [source.lifecycle for source in self._sources]
        if lifecycles[0] and not first.models and all(one == lifecycles[0] for one in lifecycles):
            operation[LIFECYCLE.name] = lifecycles[0]
        if parameters := self._parameters():
            operation["parameters"] = parameters
        if (body := self._body()) is not None:
            operation["requestBody"] = body
        statuses = sorted({status for source in self._sources for status in source.operation["responses"]})
        responses = {status: self._response(status) for status in statuses}
        operation["responses"] = responses or {"default": {"description": ""}}
        secured = [source for source in self._sources if "security" in source.operation]
        names = schemes.get(secured[0].slug, {}) if secured else {}
        security = secured[0].operation["security"] if secured else []
        operation["security"] = [
            {names.get(name, name): scopes for name, scopes in one.items()} for one in security
        ]
        return MergedOperation(first.method, first.path, host, operation)

    def _host(self) -> str | None:
        named = [source for source in self._all if source.host]
        for source in named[1:]:
            if found := compare_hosts(named[0], source):
                raise found.error()
        return named[0].host if named else None

    def _descriptions(self) -> dict[str, str]:
        """Summary and description: the document's own where there is one, else what the models are."""
        first = self._sources[0]
        if len(self._sources) == 1:
            return {key: first.operation[key] for key in ("summary", "description") if key in first.operation}
        models = ", ".join(self._owners)
        return {
            "summary": f"{first.place}, told apart by `model`",
            "description": f"One of: {models}." if models else "",
        }

    def _parameters(self) -> list[dict[str, Any]]:
        parameters: dict[tuple[str, str], dict[str, Any]] = {}
        counted: Counter[tuple[str, str]] = Counter()
        for source in self._sources:
            for parameter in source.operation["parameters"]:
                key = (str(parameter.get("in")), str(parameter.get("name")))
                name = self._noun + naming.pascal(key[1])
                schema = self._registry.register(source.document, parameter["schema"], "request", name)
                counted[key] += 1
                if key not in parameters:
                    parameters[key] = {**parameter, "schema": schema}
                elif _normalized(parameters[key]["schema"]) != _normalized(schema):
                    parameters[key]["schema"] = {"anyOf": [parameters[key]["schema"], schema]}
        for key, parameter in parameters.items():
            if key[0] == "path":
                parameter["required"] = True
            elif counted[key] < len(self._sources):
                parameter.pop("required", None)
        return [parameters[key] for key in sorted(parameters, key=lambda key: (key[0] != "path", key))]

    def _body(self) -> dict[str, Any] | None:
        bodies = [(source, body) for source in self._sources if (body := source.operation.get("requestBody"))]
        if not bodies:
            return None
        content: dict[str, Any] = {}
        first: dict[str, OperationSource] = {}
        branches: dict[str, dict[str, Any]] = {}
        for source, body in bodies:
            for kind, media in body["content"].items():
                if found := compare_bodies(first.setdefault(kind, source), source, kind):
                    raise found.error()
                if kind == JSON and source.models:
                    branches[source.slug] = self._branch(source)
                    continue
                name = self._request_name(source, kind)
                schema = self._registry.register(source.document, media["schema"], "request", name)
                if first[kind] is source:
                    content[kind] = {**{k: v for k, v in media.items() if k != "examples"}, "schema": schema}
        if branches:
            mapping = {model: branches[source.slug] for model, source in self._owners.items()}
            content[JSON] = {
                "schema": {
                    "oneOf": [branches[slug] for slug in sorted(branches)],
                    "discriminator": {"propertyName": "model", "mapping": mapping},
                }
            }
        for kind, one in content.items():
            media_of_kind = [(source, body["content"].get(kind, {})) for source, body in bodies]
            if examples := self._examples(media_of_kind):
                one["examples"] = examples
        # The property that selects the model is required, whether a document says so or not.
        required = bool(branches) or any(body.get("required") for _, body in bodies)
        return {"required": required, "content": dict(sorted(content.items()))}

    def _request_name(self, source: OperationSource, kind: str = JSON) -> str:
        """`Request`, or a longer name where a document has several requests."""
        bodies = [one for one in operation_sources(source.document) if one.operation.get("requestBody")]
        kinds = source.operation["requestBody"]["content"]
        form = "" if kind == JSON or len(kinds) == 1 else naming.pascal(kind.rsplit("/", 1)[-1])
        return (self._noun if len(bodies) > 1 else "") + form + "Request"

    def _branch(self, source: OperationSource) -> dict[str, Any]:
        """The request schema of one document, pinned to the models that are its own."""
        models = self._models[source.slug]
        schema = dict(source.request() or {})
        if not schema.get("description"):
            texts = [source.operation.get("summary"), source.operation.get("description")]
            schema["description"] = "\n\n".join(
                text.strip() for text in texts if isinstance(text, str) and text.strip()
            )
        model = refs.resolve(source.document.data, (schema.get("properties") or {}).get("model") or {})
        pinned = {
            key: value
            for key, value in model.items()
            if key in ("description", "title") or (key in ("default", "example") and value in models)
        }
        schema["properties"] = {
            **(schema.get("properties") or {}),
            "model": {"type": "string", **pinned, "enum": models},
        }
        schema["required"] = list(dict.fromkeys([*schema.get("required", []), "model"]))
        if lifecycle := source.lifecycle:
            schema[LIFECYCLE.name] = lifecycle
        name = self._request_name(source)
        return self._registry.register(source.document, schema, "request", name, always=True)

    def _response(self, status: str) -> dict[str, Any]:
        documented = [
            (source, source.operation["responses"][status])
            for source in self._sources
            if status in source.operation["responses"]
        ]
        descriptions = Counter(str(response["description"]) for _, response in documented)
        found: dict[str, Any] = {"description": descriptions.most_common(1)[0][0]}
        name = f"{self._noun}Response" if status.startswith("2") else f"{self._noun}Error{status}"
        content = {}
        for kind in sorted({kind for _, response in documented for kind in response.get("content") or {}}):
            media = [
                (source, response["content"][kind])
                for source, response in documented
                if kind in (response.get("content") or {})
            ]
            schemas = [
                self._registry.register(source.document, one["schema"], "reply", name)
                for source, one in media
            ]
            content[kind] = {"schema": {"anyOf": schemas} if len(schemas) > 1 else schemas[0]}
            if examples := self._examples(media):
                content[kind]["examples"] = examples
        # Of parts with the same name those of the first document are kept.
        headers: dict[str, Any] = {}
        links: dict[str, Any] = {}
        for _, response in reversed(documented):
            headers |= response.get("headers") or {}
            links |= response.get("links") or {}
        parts = {
            "headers": dict(sorted(headers.items())),
            "content": content,
            "links": dict(sorted(links.items())),
        }
        return {**found, **{key: part for key, part in parts.items() if part}}

    def _examples(self, media: list[tuple[OperationSource, dict[str, Any]]]) -> dict[str, Any]:
        """Every documented example, with the models it speaks of."""
        examples: dict[str, Any] = {}
        for source, one in media:
            models = self._models[source.slug]
            for name, example in (one.get("examples") or {}).items():
                if "value" not in example:
                    continue
                value = example["value"]
                of = value.get("model") if isinstance(value, dict) else None
                if isinstance(of, str) and of in source.models and of not in models:
                    continue  # the model's own page has its examples
                key = source.slug if name == "default" else f"{source.slug}.{naming.slug(name)}"
                while key in examples:  # names that differ in signs alone
                    key += "-"
                marked = {MODELS.name: [of] if of in models else models} if source.models else {}
                kept = {k: example[k] for k in ("summary", "description") if isinstance(example.get(k), str)}
                examples[key] = {**marked, **kept, "value": value}
        return examples


def _normalized(schema: dict[str, Any]) -> str:
    return json.dumps(
        {key: value for key, value in schema.items() if key not in ("description", "example")}, sort_keys=True
    )
