"""The operations of each document, and the model ids that tell its requests apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .._openapi import json_schema, naming, refs
from .._openapi.document import Document
from .._openapi.structure import path_names
from .._openapi.text import InputError
from ..runtime.media_types import JSON


@dataclass(frozen=True)
class OperationSource:
    """One operation as one document describes it.

    Attributes:
        document: The document, in 3.1 form.
        method: In lower case.
        path: With what the server puts before it.
        host: Scheme and host, None if the document names none.
        operation: The operation itself.
        models: The model ids its JSON request is for, in the document's order; empty if it knows no models.
    """

    document: Document
    method: str
    path: str
    host: str | None
    operation: dict[str, Any]
    models: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The slug of its document."""
        return self.document.slug

    @property
    def place(self) -> str:
        """The operation's place in its document, for messages."""
        return f"{self.method.upper()} {self.path}"

    def at(self, path: str) -> OperationSource:
        """The same operation under a path in which only the names of the parameters differ."""
        if path == self.path:
            return self
        renamed = dict(zip(path_names(self.path), path_names(path), strict=True))
        parameters = [
            {**one, "name": renamed[one["name"]]} if one["in"] == "path" else one
            for one in self.operation["parameters"]
        ]
        return replace(self, path=path, operation={**self.operation, "parameters": parameters})

    def request(self) -> dict[str, Any] | None:
        """The schema of the JSON request, references of the root resolved."""
        content = (self.operation.get("requestBody") or {}).get("content") or {}
        if JSON not in content:
            return None
        schema: dict[str, Any] = refs.resolve(self.document.data, content[JSON]["schema"])
        return schema


def operation_sources(document: Document) -> Iterator[OperationSource]:
    """The operations of a document in 3.1 form."""
    for path, item in document.data["paths"].items():
        for method, operation in item.items():
            servers = operation.get("servers")
            host = servers[0]["url"] if servers else None
            source = OperationSource(document, method, path, host, operation, ())
            yield replace(source, models=tuple(_models(source)))


def _models(source: OperationSource) -> list[str]:
    """Model ids by `enum`, `const`, `default` or the example, in this order."""
    document, request = source.document, source.request()
    if request is None:
        return []
    found: list[str] = []
    named = False
    for branch in _branches(document, request):
        if not isinstance(properties := branch.get("properties"), dict) or "model" not in properties:
            continue
        model = refs.resolve(document.data, properties["model"])
        named = named or _is_text(model)
        candidates = [model]
        for key in ("allOf", "anyOf", "oneOf"):
            candidates += [refs.resolve(document.data, item) for item in model.get(key, [])]
        for candidate in candidates:
            found += [one for one in _ids(candidate) if one not in found]
    if named and not found:
        examples = source.operation["requestBody"]["content"][JSON].get("examples", {}).values()
        bodies = [one["value"] for one in examples if isinstance(one["value"], dict)]
        found += dict.fromkeys(body["model"] for body in bodies if isinstance(body.get("model"), str))
    return found


def _is_text(model: dict[str, Any]) -> bool:
    return "string" in (json_schema.types(model) or ["string"])


def _ids(model: dict[str, Any]) -> list[str]:
    if not _is_text(model):
        return []
    for value in (
        model.get("enum"),
        [model.get("const")],
        [model.get("default")],
        [model.get("example")],
        model.get("examples"),
    ):
        ids = (
            [one for one in value if isinstance(one, str) and one.strip()] if isinstance(value, list) else []
        )
        if ids:
            return ids
    return []


def _branches(document: Document, schema: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """The schema and the members of its compositions, where a request may be one of several alternatives."""
    yield schema
    if depth < 4:  # deeper nests than any request needs
        for key in ("allOf", "oneOf", "anyOf"):
            for member in schema.get(key, []):
                yield from _branches(document, refs.resolve(document.data, member), depth + 1)


def resolve_models(sources: list[OperationSource]) -> dict[str, OperationSource]:
    """The document that describes each model id of one operation.

    The page of a single model wins over an overview; equal pages merge; of two overviews the narrower wins.

    Raises:
        InputError: Two documents say different things of one model.
    """
    candidates: dict[str, list[OperationSource]] = {}
    for source in sources:
        for model in source.models:
            candidates.setdefault(model, []).append(source)
    owners = {}
    for model, rivals in sorted(candidates.items()):
        ranked = sorted(rivals, key=lambda source: (len(source.models), source.document.slug))
        winner = ranked[0]
        for other in ranked[1:]:
            _check_agreement(model, winner, other)
        owners[model] = winner
    return owners


def _check_agreement(model: str, winner: OperationSource, other: OperationSource) -> None:
    """Refuse two descriptions of one model that no request could satisfy both."""
    ours, theirs = _properties(winner), _properties(other)
    if len(winner.models) == len(other.models) and ours != theirs:
        place = next(
            (name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)), "required"
        )
        _refuse(model, winner, other, place)
    for name in sorted(ours.keys() & theirs.keys() - {"model"}):
        if _is_contradiction(ours[name], theirs[name]):
            _refuse(model, winner, other, name)


def _refuse(model: str, winner: OperationSource, other: OperationSource, name: str) -> None:
    raise InputError(
        other.document.source,
        f"contradicts {winner.document.source} on the model {model!r}: the property {name!r} differs",
        other.place,
    )


def _is_contradiction(one: dict[str, Any], two: dict[str, Any]) -> bool:
    types = set(json_schema.types(one)), set(json_schema.types(two))
    if all(types) and not types[0] & types[1] and {*types[0], *types[1]} != {"integer", "number"}:
        return True
    ours, theirs = one.get("enum") or [], two.get("enum") or []
    return bool(ours and theirs) and not any(value in theirs for value in ours)


def _properties(source: OperationSource) -> dict[str, dict[str, Any]]:
    """The properties of a request without what constrains nothing, `required` among them."""
    request = source.request() or {}
    found: dict[str, dict[str, Any]] = {"required": {"names": sorted(request.get("required", []))}}
    for branch in _branches(source.document, request):
        for name, schema in (branch.get("properties") or {}).items():
            found[name] = json_schema.transform(refs.resolve(source.document.data, schema), _constraints)
    found.pop("model", None)
    return found


def _constraints(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in json_schema.ANNOTATIONS}


def document_slug(document: Document, page: str) -> str:
    """The name to keep a document under: its model if it has one operation of one model, else the page."""
    sources = list(operation_sources(document))
    models = {model for source in sources for model in source.models}
    return naming.slug(models.pop() if len(models) == 1 and len(sources) == 1 else page)
