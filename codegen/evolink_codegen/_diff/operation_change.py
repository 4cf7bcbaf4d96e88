"""Changes of operations, collected before those of several replies or operations are merged."""

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
        level: As of `Change`.
        code: As of `Change`.
        message: As of `Change`.
        operation: `POST /v1/videos/generations`, or the part of the document if it is not about an operation.
        part: `request`, `response`, `query parameter limit`, …
        label: What tells apart the parts of one name: the status, the media type.
        json_path: The place within the body.
    """

    level: Level
    code: str
    message: str
    operation: str
    part: str = ""
    label: str = ""
    json_path: str = ""

    def but(self, level: Level, code: str, message: str) -> OperationChange:
        """Another change in the same place."""
        return replace(self, level=level, code=code, message=message)


def from_schema_changes(
    changes: Iterable[SchemaChange], direction: Direction, at: OperationChange
) -> Iterator[OperationChange]:
    """Changes of a schema with the severity that they have in a direction, at the place of `at`."""
    for change in changes:
        level, code = severity(change, direction)
        yield replace(at, level=level, code=code, message=change.message, json_path=dotted(change.json_path))


def annotation_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], at: OperationChange, *, skip: Iterable[str]
) -> Iterator[OperationChange]:
    """Changes of descriptions, extensions and other annotations, at the place of `at`."""
    for key in sorted((old.keys() | new.keys()) - {*skip}):
        before, after = old.get(key), new.get(key)
        if key == "tags":  # their order does not matter
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
        yield at.but(level, code, message)


def body_label(status: str, kind: str) -> str:
    """The label of a body; JSON has none."""
    return " ".join(part for part in (status, "" if kind == JSON else name(kind)) if part)


def merged(changes: Iterable[OperationChange], operations: int) -> Iterator[Change]:
    """Changes of operations as changes of the document.

    Args:
        changes: All changes of a document.
        operations: How many operations both versions have; a change of all of them is reported once.
    """
    by_label: dict[OperationChange, list[str]] = {}
    for change in changes:
        labels = by_label.setdefault(replace(change, label=""), [])
        if change.label not in labels:
            labels.append(change.label)
    by_operation: dict[OperationChange, list[str]] = {}
    for change, labels in by_label.items():
        joined = ", ".join(label or JSON for label in labels) if len(labels) > 1 else labels[0]
        of_all = change.part in ("host", "security")
        key = replace(change, label=joined, operation="" if of_all else change.operation)
        by_operation.setdefault(key, []).append(change.operation)
    for change, places in by_operation.items():
        where = "all operations" if len(places) == operations > 1 else ", ".join(places)
        path = " ".join(part for part in (where, change.part, change.label, change.json_path) if part)
        yield Change(change.level, change.code, path, change.message)
