"""The operations of each document, and the model ids that tell its requests apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .._openapi import json_schema, naming, refs
from .._openapi.document import Document
from .._openapi.structure import path_names
from .._openapi.text import InputError
from ..runtime.extensions import LIFECYCLE
from ..runtime.media_types import JSON

MAX_MODELS = 1_000


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

    @property
    def lifecycle(self) -> dict[str, Any] | None:
        """Whether to use it still: as an overlay says, else deprecated since the page was withdrawn."""
        stated = (self.request() or {}).get(LIFECYCLE.name) or self.operation.get(LIFECYCLE.name)
        if stated is None and self.document.withdrawn is not None:
            return {"status": "deprecated", "since": self.document.withdrawn}
        return stated

    @cached_property
    def constraints(self) -> dict[str, dict[str, Any]]:
        """The properties of the request without what constrains nothing, `required` among them."""
        request = self.request() or {}
        by_property: dict[str, dict[str, Any]] = {"required": {"names": sorted(request.get("required", []))}}
        for branch in _branches(self.document, request):
            for name, schema in (branch.get("properties") or {}).items():
                by_property[name] = json_schema.transform(
                    refs.resolve(self.document.data, schema), _constraints
                )
        by_property.pop("model", None)
        return by_property

    @property
    def contents(self) -> dict[str, dict[str, Any]]:
        """The request by media type."""
        return (self.operation.get("requestBody") or {}).get("content") or {}

    def request(self) -> dict[str, Any] | None:
        """The schema of the JSON request, references of the root resolved."""
        if JSON not in self.contents:
            return None
        schema: dict[str, Any] = refs.resolve(self.document.data, self.contents[JSON]["schema"])
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
    ids: list[str] = []
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
            ids = list(dict.fromkeys([*ids, *_ids(candidate)]))
    if len(ids) > MAX_MODELS:
        raise InputError(document.source, f"more than {MAX_MODELS} models", source.place)
    if named and not ids:
        examples = source.operation["requestBody"]["content"][JSON].get("examples", {}).values()
        bodies = [one["value"] for one in examples if isinstance(one["value"], dict)]
        ids += dict.fromkeys(body["model"] for body in bodies if isinstance(body.get("model"), str))
    return ids


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

    Raises:
        InputError: Two documents say different things of one model.
    """
    candidates: dict[str, list[OperationSource]] = {}
    for source in sources:
        for model in source.models:
            candidates.setdefault(model, []).append(source)
    owners = {}
    for model, rivals in sorted(candidates.items()):
        owners[model], disagreement = find_owner(model, rivals)
        if disagreement:
            raise disagreement.error()
    return owners


@dataclass(frozen=True)
class Disagreement:
    """Two descriptions of one operation that no request could satisfy both.

    Attributes:
        first: The one to keep, unless the caller knows better.
        second: The one to refuse.
        about: The end of the sentence `contradicts DOCUMENT`.
        reason: What to say in place of this sentence if the second is refused.
    """

    first: OperationSource
    second: OperationSource
    about: str
    reason: str | None = None

    def error(self, refused: OperationSource | None = None) -> InputError:
        """The refusal of one of the two; of the second if None."""
        pair = (self.first, self.second) if refused is self.first else (self.second, self.first)
        reason = None if refused is self.first else self.reason
        text = reason or f"contradicts {pair[1].document.source}{self.about}"
        return InputError(pair[0].document.source, text, pair[0].place)


def find_owner(model: str, sources: Iterable[OperationSource]) -> tuple[OperationSource, Disagreement | None]:
    """The document that describes a model best, and whether another contradicts it.

    The page of a single model wins over an overview; equal pages merge; of two overviews the narrower wins.
    """
    winner, *others = sorted(sources, key=lambda source: (len(source.models), source.slug))
    for other in others:
        if (subject := _difference(winner, other)) is not None:
            about = f" on the model {model!r}: the property {subject!r} differs"
            return winner, Disagreement(winner, other, about)
    return winner, None


def _difference(winner: OperationSource, other: OperationSource) -> str | None:
    """The property on which no request could satisfy both descriptions of a model."""
    ours, theirs = winner.constraints, other.constraints
    if len(winner.models) == len(other.models) and ours != theirs:
        names = sorted({*ours, *theirs})
        return next((name for name in names if ours.get(name) != theirs.get(name)), "required")
    for name in sorted(ours.keys() & theirs.keys() - {"model"}):
        if _is_contradiction(ours[name], theirs[name]):
            return name
    return None


def _is_contradiction(one: dict[str, Any], two: dict[str, Any]) -> bool:
    types = set(json_schema.types(one)), set(json_schema.types(two))
    if all(types) and not types[0] & types[1] and {*types[0], *types[1]} != {"integer", "number"}:
        return True
    ours, theirs = one.get("enum") or [], two.get("enum") or []
    return bool(ours and theirs) and not any(value in theirs for value in ours)


def _constraints(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in json_schema.ANNOTATIONS}


def document_slug(document: Document, page: str) -> str:
    """The name to keep a document under: its model if it has one operation of one model, else the page."""
    sources = list(operation_sources(document))
    models = {model for source in sources for model in source.models}
    return naming.slug(models.pop() if len(models) == 1 and len(sources) == 1 else page)
