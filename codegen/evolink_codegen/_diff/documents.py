"""Two versions of one document, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .._merge.operation_source import OperationSource, operation_sources
from .._normalize.normalizer import normalize
from .._openapi import json_schema
from .._openapi.document import Document
from .._openapi.structure import METHODS, normalized_path
from .._openapi.text import InputError
from . import matching
from .change import Change, in_order, name, step
from .constraints import canonical
from .operation_change import OperationChange, annotation_changes, merged
from .operations import compare_operations, likeness, operation_name
from .schemas import Comparison
from .variants import NormalizedSchemas, Unchanged

_PARTS = frozenset({"openapi", "info", "servers", "security", "tags", "paths", "components"})
_SURELY_MOVED = 1.75


def compare(old: Document, new: Document) -> list[Change]:
    """What a new version of a document means for the client that was made from the old one.

    Args:
        old: As published, or in 3.1 form.
        new: Likewise; a document in 3.1 form has lost some annotations.

    Returns:
        The changes, the worst first; empty if both are the same.

    Raises:
        InputError: A version is nested too deeply to be read.
    """
    before, after = normalize(old), normalize(new)
    try:
        return _changes(old, new, before, after)
    except RecursionError:
        raise InputError(new.source, "its schemas are nested too deeply to be compared") from None


def _changes(old: Document, new: Document, before: Document, after: Document) -> list[Change]:
    """The changes between two documents, as published and in 3.1 form."""
    comparison = Comparison(
        NormalizedSchemas(before.data), NormalizedSchemas(after.data), Unchanged(before.data, after.data)
    )
    pairs, removed, added = _matched(
        list(operation_sources(before)), list(operation_sources(after)), comparison
    )
    changes = list(_document_changes(old.data, new.data))
    changes += (
        OperationChange("breaking", "operation-removed", "operation removed", operation_name(one))
        for one in removed
    )
    changes += (
        OperationChange("compatible", "operation-added", "new operation", operation_name(one))
        for one in added
    )
    for one, two in pairs:
        if _address(one) != _address(two):
            message = f"renamed to {operation_name(two)}"
            changes.append(OperationChange("breaking", "operation-renamed", message, operation_name(one)))
        changes += compare_operations(one, two, comparison)
    return in_order(merged(changes, len(pairs)))


def _matched(
    olds: list[OperationSource], news: list[OperationSource], comparison: Comparison
) -> tuple[list[tuple[OperationSource, OperationSource]], list[OperationSource], list[OperationSource]]:
    """Operations that are two versions of one, the removed ones and the added ones."""

    def moved(one: OperationSource, two: OperationSource) -> float:
        ids = one.operation.get("operationId"), two.operation.get("operationId")
        signs = 1.5 if ids[0] and ids[0] == ids[1] else 0.0
        signs += matching.alike_text(one.path, two.path)
        signs += likeness(one, two, comparison)
        signs += 0.25 if one.method == two.method else 0.0
        return signs if signs >= _SURELY_MOVED else 0.0

    pairs = matching.equal(olds, news, lambda one: (one.method, one.path))
    removed, added = matching.left(olds, news, pairs)
    pairs += matching.equal(removed, added, _address)
    removed, added = matching.left(olds, news, pairs)
    pairs += matching.best(removed, added, moved)
    return pairs, *matching.left(olds, news, pairs)


def _address(source: OperationSource) -> tuple[str, str]:
    """Method and path; the names of the path's parameters are a matter of its parameters."""
    return source.method, normalized_path(source.path)


def _document_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[OperationChange]:
    """What differs in the documents apart from their operations."""
    if _version(old) != _version(new):
        message = f"OpenAPI {step(_version(old), _version(new))}"
        yield OperationChange("docs", "openapi-version-changed", message, "openapi")
    infos = old.get("info") or {}, new.get("info") or {}
    for key in sorted(infos[0].keys() | infos[1].keys()):
        if canonical(infos[0].get(key)) != canonical(infos[1].get(key)):
            message = f"{name(key)} {step(infos[0].get(key), infos[1].get(key))}"
            yield OperationChange("docs", "info-changed", message, "info", name(key))
    for key, normalized in (("servers", _servers), ("tags", _tags)):
        if canonical(normalized(old.get(key))) != canonical(normalized(new.get(key))):
            yield OperationChange("docs", f"{key}-changed", f"what is said of {key} changed", key)
    schemes = [(one.get("components") or {}).get("securitySchemes") or {} for one in (old, new)]
    for scheme in sorted(schemes[0].keys() & schemes[1].keys()):
        both = [_annotations(one[scheme]) for one in schemes]
        at = OperationChange("docs", "", "", "security scheme", name(scheme))
        yield from annotation_changes(both[0], both[1], at, skip=())
    for key in sorted((old.keys() | new.keys()) - _PARTS):
        if canonical(old.get(key)) != canonical(new.get(key)):
            yield OperationChange("docs", "extension-changed", f"{name(key)} changed", name(key))
    for path in sorted(old["paths"].keys() & new["paths"].keys()):
        items = old["paths"][path], new["paths"][path]
        if all(isinstance(item, dict) for item in items):
            skip = (*METHODS, "parameters", "servers", "$ref")
            yield from annotation_changes(*items, OperationChange("docs", "", "", name(path)), skip=skip)


def _version(document: dict[str, Any]) -> str:
    """3.0 or 3.1: the third number does not matter."""
    return ".".join(str(document.get("openapi")).split(".")[:2])


def _servers(servers: Any) -> Any:
    """The servers without the address of the first, which is compared with each operation."""
    if not isinstance(servers, list) or not servers or not isinstance(servers[0], dict):
        return None
    return [{key: item for key, item in servers[0].items() if key not in ("url", "variables")}, *servers[1:]]


def _tags(tags: Any) -> Any:
    return Counter(map(canonical, tags)) if isinstance(tags, list) else None


def _annotations(scheme: Any) -> dict[str, Any]:
    if not isinstance(scheme, dict):
        return {}
    kept = {*json_schema.ANNOTATIONS, "bearerFormat"}
    return {key: item for key, item in scheme.items() if key in kept or key.startswith("x-")}
