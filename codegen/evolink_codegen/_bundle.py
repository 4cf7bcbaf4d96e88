"""The contract: all documents as one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from . import _claims, _links, _merge, _naming, _pool, _schema
from ._claims import Claim
from ._document import Document
from ._merge import Merged
from ._pool import Pool


def bundle(documents: list[Document]) -> dict[str, Any]:
    """Merge documents in 3.1 form, overlays applied; their order changes nothing.

    Raises:
        UnusableInput: two documents contradict each other.
    """
    documents = sorted(documents, key=lambda document: document.slug)
    groups: dict[tuple[str, str], list[Claim]] = {}
    for document in documents:
        for claim in _claims.of(document):
            groups.setdefault((claim.path, claim.method), []).append(claim)
    ids = _operation_ids(list(groups))
    pool = Pool()
    merged = [_merge.merge(groups[key], ids[key], pool) for key in sorted(groups)]
    names = pool.names()
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
        "paths": _paths(merged, host, names),
        "components": {"schemas": pool.schemas(names), "securitySchemes": _schemes(documents)},
    }
    _links.infer(contract)
    return contract


def _operation_ids(keys: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    short = {key: _naming.operation_id(key[1], key[0]) for key in keys}
    counted = Counter(_naming.snake(name) for name in short.values())
    return {
        key: name if counted[_naming.snake(name)] == 1 else _naming.full_operation_id(key[1], key[0])
        for key, name in short.items()
    }


def _paths(merged: list[Merged], host: str | None, names: dict[_pool.Key, str]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for one in merged:
        operation = _pool.named(one.operation, names)
        for media in _media(operation):
            _tidy(media)
        if one.host not in (None, host):
            operation["servers"] = [{"url": one.host}]
        paths.setdefault(one.path, {})[one.method] = operation
    return paths


def _media(operation: dict[str, Any]) -> list[dict[str, Any]]:
    holders = [operation.get("requestBody") or {}, *operation["responses"].values()]
    return [media for holder in holders for media in (holder.get("content") or {}).values()]


def _tidy(media: dict[str, Any]) -> None:
    """What was told apart only by names that are now equal becomes one."""
    schema = media["schema"]
    if "discriminator" in schema:
        mapping = schema["discriminator"]["mapping"]
        schema["discriminator"]["mapping"] = {model: branch["$ref"] for model, branch in mapping.items()}
    if isinstance(schema.get("anyOf"), list):
        distinct = [one for index, one in enumerate(schema["anyOf"]) if one not in schema["anyOf"][:index]]
        media["schema"] = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _security(merged: list[Merged]) -> dict[str, Any]:
    """The security most operations ask for, said once; the others keep their own."""
    counted = Counter(repr(one.operation.get("security")) for one in merged)
    usual = min(counted, key=lambda text: (-counted[text], text)) if counted else "None"
    found: dict[str, Any] = {}
    for one in merged:
        if repr(one.operation.get("security")) == usual and "security" in one.operation:
            found = {"security": one.operation.pop("security")}
    return found


def _schemes(documents: list[Document]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for document in documents:
        for name, scheme in document.data["components"]["securitySchemes"].items():
            found.setdefault(name, scheme)
    return {
        name: {k: v for k, v in found[name].items() if k not in _schema.ANNOTATIONS} for name in sorted(found)
    }
