"""Changes while they are collected, before what shows in several replies or operations is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..runtime.extensions import EXTENSIONS
from ..runtime.media_types import JSON
from .change import Change, Level, name, shown, step
from .constraints import canonical
from .severity import Direction, SchemaChange, dotted, severity


@dataclass(frozen=True)
class OperationChange:
    """A change with its place in parts.

    Attributes:
        level: as of `Change`.
        code: as of `Change`.
        message: as of `Change`.
        operation: `POST /v1/videos/generations`, or the part of the document if it is not about an operation.
        part: `request`, `response`, `query parameter limit`, …
        label: what tells apart the parts of one name: the status, the media type.
        json_path: the place within the body.
    """

    level: Level
    code: str
    message: str
    operation: str
    part: str = ""
    label: str = ""
    json_path: str = ""


def from_schema_changes(
    findings: Iterable[SchemaChange], direction: Direction, at: OperationChange
) -> Iterator[OperationChange]:
    """What the comparison of two schemas found, judged by the way they go, at the place of another note."""
    for finding in findings:
        level, code = severity(finding, direction)
        yield replace(
            at, level=level, code=code, message=finding.message, json_path=dotted(finding.json_path)
        )


def annotation_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], at: OperationChange, *, skip: Iterable[str]
) -> Iterator[OperationChange]:
    """What differs beside the parts that mean something, at the place of another note."""
    for key in sorted((old.keys() | new.keys()) - {*skip}):
        before, after = old.get(key), new.get(key)
        if key == "tags":  # their order says nothing
            before, after = sorted(map(str, before or [])), sorted(map(str, after or []))
        if canonical(before) == canonical(after) or not (before or after):
            continue
        if key == "deprecated":
            code = f"deprecated-{'added' if after else 'removed'}"
            yield replace(at, code=code, message=f"deprecated: {shown(bool(after))}")
            continue
        level: Level = "compatible" if key in EXTENSIONS else "docs"
        code = f"{key}-changed" if key in ("summary", "description", "tags") else "extension-changed"
        message = f"{name(key)} {step(before or None, after or None)}"
        yield replace(at, level=level, code=code, message=message)


def body_label(status: str, kind: str) -> str:
    """The label of a body: JSON goes without saying."""
    return " ".join(part for part in (status, "" if kind == JSON else name(kind)) if part)


def merged(notes: Iterable[OperationChange], operations: int) -> Iterator[Change]:
    """The changes that notes tell of.

    Args:
        notes: all notes of a document.
        operations: how many operations both versions have; what holds for all of them is said once.
    """
    by_label: dict[OperationChange, list[str]] = {}
    for note in notes:
        labels = by_label.setdefault(replace(note, label=""), [])
        if note.label not in labels:
            labels.append(note.label)
    by_operation: dict[OperationChange, list[str]] = {}
    for note, labels in by_label.items():
        joined = ", ".join(label or JSON for label in labels) if len(labels) > 1 else labels[0]
        of_all = note.part in ("host", "security")
        key = replace(note, label=joined, operation="" if of_all else note.operation)
        by_operation.setdefault(key, []).append(note.operation)
    for note, places in by_operation.items():
        where = "all operations" if len(places) == operations > 1 else ", ".join(places)
        path = " ".join(part for part in (where, note.part, note.label, note.json_path) if part)
        yield Change(note.level, note.code, path, note.message)
