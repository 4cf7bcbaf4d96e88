"""Changes while they are collected, before what shows in several replies or operations is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..runtime.extensions import EXTENSIONS
from ..runtime.media_types import JSON
from ._change import Change, Level
from ._constraints import canonical
from ._verdicts import Direction, Finding, trail, verdict
from ._words import name, shown, step


@dataclass(frozen=True)
class Note:
    """A change with its place in parts.

    Attributes:
        level: as of `Change`.
        code: as of `Change`.
        message: as of `Change`.
        operation: `POST /v1/videos/generations`, or the part of the document if it is not about an operation.
        part: `request`, `response`, `query parameter limit`, …
        label: what tells apart the parts of one name: the status, the media type.
        trail: the place within the body.
    """

    level: Level
    code: str
    message: str
    operation: str
    part: str = ""
    label: str = ""
    trail: str = ""


def of_findings(findings: Iterable[Finding], direction: Direction, at: Note) -> Iterator[Note]:
    """What the comparison of two schemas found, judged by the way they go, at the place of another note."""
    for finding in findings:
        level, code = verdict(finding, direction)
        yield replace(at, level=level, code=code, message=finding.message, trail=trail(finding.trail))


def of_words(
    old: Mapping[str, Any], new: Mapping[str, Any], at: Note, *, skip: Iterable[str]
) -> Iterator[Note]:
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


def labelled(status: str, kind: str) -> str:
    """The label of a body: JSON goes without saying."""
    return " ".join(part for part in (status, "" if kind == JSON else name(kind)) if part)


def folded(notes: Iterable[Note], operations: int) -> Iterator[Change]:
    """The changes that notes tell of.

    Args:
        notes: all notes of a document.
        operations: how many operations both versions have; what holds for all of them is said once.
    """
    by_label: dict[Note, list[str]] = {}
    for note in notes:
        labels = by_label.setdefault(replace(note, label=""), [])
        if note.label not in labels:
            labels.append(note.label)
    by_operation: dict[Note, list[str]] = {}
    for note, labels in by_label.items():
        joined = ", ".join(label or JSON for label in labels) if len(labels) > 1 else labels[0]
        of_all = note.part in ("host", "security")
        key = replace(note, label=joined, operation="" if of_all else note.operation)
        by_operation.setdefault(key, []).append(note.operation)
    for note, places in by_operation.items():
        where = "all operations" if len(places) == operations > 1 else ", ".join(places)
        path = " ".join(part for part in (where, note.part, note.label, note.trail) if part)
        yield Change(note.level, note.code, path, note.message)
