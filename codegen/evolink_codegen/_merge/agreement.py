"""Whether documents that describe one operation can all be right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..runtime.media_types import JSON
from .operation_source import Disagreement, OperationSource, find_owner
from .schema_registry import SchemaRegistry

_NO_MODEL = "knows no model where other documents of the same operation tell requests apart by it"


def find_disagreement(source: OperationSource, others: Iterable[OperationSource]) -> Disagreement | None:
    """What speaks against one more description of an operation that others describe already."""
    others = list(others)
    for other in others:
        if disagreement := compare_hosts(other, source):
            return disagreement
        for kind in other.contents.keys() & source.contents.keys():
            if disagreement := compare_bodies(other, source, kind):
                return disagreement
    for model in source.models:
        _, disagreement = find_owner(model, [*(other for other in others if model in other.models), source])
        if disagreement:
            return disagreement
    return None


def compare_hosts(first: OperationSource, second: OperationSource) -> Disagreement | None:
    """Whether two documents send an operation to different hosts."""
    if None in (first.host, second.host) or first.host == second.host:
        return None
    listed = " and ".join(sorted(map(str, (first.host, second.host))))
    return Disagreement(first, second, f": the hosts {listed} differ")


def compare_bodies(first: OperationSource, second: OperationSource, kind: str) -> Disagreement | None:
    """Whether two documents have different requests of one media type that no model tells apart."""
    if first is second:
        return None
    schemas = [source.contents[kind]["schema"] for source in (first, second)]
    if kind == JSON and (first.models or second.models):
        if first.models and second.models:
            return None
        known, plain = (first, second) if first.models else (second, first)
        return Disagreement(known, plain, ", which tells no requests apart by their model", _NO_MODEL)
    if _meaning(first, schemas[0]) == _meaning(second, schemas[1]):
        return None
    return Disagreement(first, second, f": another {kind} request, and no model tells them apart")


def _meaning(source: OperationSource, schema: dict[str, Any]) -> str:
    """A schema's constraints as text, for comparing two documents."""
    probe = SchemaRegistry()
    return probe.meaning(probe.register(source.document, schema, "reply", "Probe"))
