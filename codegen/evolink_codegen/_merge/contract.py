"""Merges all documents into the contract."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from .._openapi import json_schema, naming
from .._openapi.document import Document
from .._openapi.structure import normalized_path
from .links import infer_links
from .operation_source import OperationSource, operation_sources
from .operations import MergedOperation, merge_operation
from .schema_registry import Key, SchemaRegistry, with_final_names

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]")


def merge_documents(documents: list[Document]) -> dict[str, Any]:
    """Merge documents in 3.1 form, overlays applied; their order changes nothing.

    Raises:
        InputError: Two documents contradict each other.
    """
    documents = sorted(documents, key=lambda document: document.slug)
    groups = _groups(documents)
    schemes, documents_schemes = _schemes(documents)
    ids = _operation_ids(list(groups))
    registry = SchemaRegistry()
    merged = [merge_operation(groups[key], ids[key], documents_schemes, registry) for key in sorted(groups)]
    names = registry.names()
    hosts = Counter(one.host for one in merged for _ in groups[one.path, one.method] if one.host)
    host = min(hosts, key=lambda url: (-hosts[url], url)) if hosts else None
    contract = {
        "openapi": "3.1.0",
        "info": {
            "title": "EvoLink API",
            "description": "Made from the vendor's documents in openapi/vendor and the overlays beside them.",
            "version": max((str(d.data["info"].get("version", "")) for d in documents), default="")
            or "1.0.0",
        },
        **({"servers": [{"url": host}]} if host else {}),
        **_security(merged),
        "tags": [{"name": name} for name in sorted({one.operation["tags"][0] for one in merged})],
        "paths": _operations(merged, host, names),
        "components": {"schemas": registry.schemas(names), "securitySchemes": schemes},
    }
    infer_links(contract)
    return contract


def _groups(documents: list[Document]) -> dict[tuple[str, str], list[OperationSource]]:
    """The operations of all documents by method and path, whatever the parameters in a path are called."""
    sources: dict[tuple[str, str], list[OperationSource]] = {}
    spellings: dict[str, Counter[str]] = {}
    for document in documents:
        for source in operation_sources(document):
            normalized = normalized_path(source.path)
            sources.setdefault((normalized, source.method), []).append(source)
            spellings.setdefault(normalized, Counter())[source.path] += 1
    for key, found in sources.items():
        # What is published replaces what was written here in its absence.
        sources[key] = [one for one in found if not one.document.is_written] or found
    # Of equally usual ones the longest: it says most, `{task_id}` more than `{id}`.
    usual = {
        normalized: min(counted, key=lambda path: (-counted[path], -len(path), path))
        for normalized, counted in spellings.items()
    }
    return {
        (usual[normalized], method): [source.at(usual[normalized]) for source in found]
        for (normalized, method), found in sources.items()
    }


def _operation_ids(keys: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The short name goes to the first path that calls for it, a longer one to every further."""
    taken: set[str] = set()
    ids = {}
    for path, method in sorted(keys):
        name = naming.operation_id(method, path)
        if naming.snake(name) in taken:
            name = naming.full_operation_id(method, path)
        taken.add(naming.snake(name))
        ids[path, method] = name
    return ids


def _operations(merged: list[MergedOperation], host: str | None, names: dict[Key, str]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for one in merged:
        operation = with_final_names(one.operation, names)
        for media in _media(operation):
            _merge_equal_members(media)
        if one.host not in (None, host):
            operation["servers"] = [{"url": one.host}]
        paths.setdefault(one.path, {})[one.method] = operation
    return paths


def _media(operation: dict[str, Any]) -> list[dict[str, Any]]:
    holders = [operation.get("requestBody") or {}, *operation["responses"].values()]
    return [media for holder in holders for media in (holder.get("content") or {}).values()]


def _merge_equal_members(media: dict[str, Any]) -> None:
    """Merge members that differed in provisional names alone."""
    schema = media["schema"]
    if "discriminator" in schema:
        mapping = schema["discriminator"]["mapping"]
        schema["discriminator"]["mapping"] = {model: branch["$ref"] for model, branch in mapping.items()}
    if isinstance(schema.get("anyOf"), list):
        distinct = [one for index, one in enumerate(schema["anyOf"]) if one not in schema["anyOf"][:index]]
        media["schema"] = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _security(merged: list[MergedOperation]) -> dict[str, Any]:
    """The security of most operations, for the whole contract; the others keep their own."""
    counted = Counter(repr(one.operation["security"]) for one in merged)
    usual = min(counted, key=lambda text: (-counted[text], text)) if counted else ""
    security: dict[str, Any] = {}
    for one in merged:
        if repr(one.operation["security"]) == usual:
            security = {"security": one.operation.pop("security")}
    return security if security.get("security") else {}


def _schemes(documents: list[Document]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The ways to identify oneself, and what each document's own names for them have become."""
    schemes: dict[str, Any] = {}
    renamed: dict[str, dict[str, str]] = {}
    for document in documents:
        for name, scheme in sorted(document.data["components"]["securitySchemes"].items()):
            normalized = {key: value for key, value in scheme.items() if key not in json_schema.ANNOTATIONS}
            plain = _NO_NAME.sub("", name) or "scheme"
            if schemes.setdefault(plain, normalized) != normalized:
                plain = f"{plain}.{naming.digest(json.dumps(normalized, sort_keys=True))}"
                schemes[plain] = normalized
            renamed.setdefault(document.slug, {})[name] = plain
    return dict(sorted(schemes.items())), renamed
