"""The request and the replies of two versions of an operation, compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from evolink_codegen._claims import Claim

from ..runtime.media_types import JSON
from . import _models, _notes
from ._change import Level
from ._constraints import canonical
from ._notes import Note
from ._schemas import Comparison
from ._verdicts import Direction
from ._words import name, step

_GROUPS = (("content", "content-type"), ("headers", "header"), ("links", "link"))


def request(old: Claim, new: Claim, comparison: Comparison, here: str) -> Iterator[Note]:
    """What differs in what is sent."""
    before, after = old.operation.get("requestBody") or {}, new.operation.get("requestBody") or {}
    at = Note("breaking", "", "", here, "request")
    if before and not after:
        yield replace(at, code="request-body-removed", message="takes no body any more")
    elif after and not before:
        if after.get("required"):
            yield replace(at, code="required-request-body-added", message="a body is required")
        else:
            yield replace(at, level="compatible", code="request-body-added", message="takes a body")
    if not before or not after:
        return
    if after.get("required") and not before.get("required"):
        yield replace(at, code="request-body-required-added", message="the body is now required")
    elif before.get("required") and not after.get("required"):
        message = "the body is no longer required"
        yield replace(at, level="compatible", code="request-body-required-removed", message=message)
    yield from _notes.of_words(before, after, replace(at, level="docs"), skip=("content", "required"))
    for kind in sorted(before["content"].keys() | after["content"].keys()):
        if kind not in after["content"]:
            message = f"{name(kind)} is no longer accepted"
            yield replace(at, code="request-content-type-removed", message=message)
        elif kind not in before["content"]:
            message = f"{name(kind)} is accepted too"
            yield replace(at, level="compatible", code="request-content-type-added", message=message)
        else:
            media = before["content"][kind], after["content"][kind]
            found = _media(*media, comparison, "request", replace(at, label=_notes.labelled("", kind)))
            yield from _models.judged(found, old, new, at) if kind == JSON else found


def responses(old: Claim, new: Claim, comparison: Comparison, here: str) -> Iterator[Note]:
    """What differs in what comes back."""
    before, after = old.operation["responses"], new.operation["responses"]
    known = {*before, *after}
    for status in sorted(known):
        direction: Direction = "error" if _is_error(status, known) else "response"
        at = Note(_worst(direction), "", "", here, "response", status)
        if status not in after:
            yield replace(at, code=f"{direction}-status-removed", message="no longer documented")
        elif status not in before:
            message = "newly documented"
            yield replace(at, level="compatible", code=f"{direction}-status-added", message=message)
        else:
            yield from _response(before[status], after[status], comparison, direction, at)


def _response(
    old: dict[str, Any], new: dict[str, Any], comparison: Comparison, direction: Direction, at: Note
) -> Iterator[Note]:
    skip = [group for group, _ in _GROUPS]
    yield from _notes.of_words(old, new, replace(at, level="docs"), skip=skip)
    for group, noun in _GROUPS:
        before, after = old.get(group) or {}, new.get(group) or {}
        for one in sorted(before.keys() | after.keys()):
            said = f"{noun.replace('-', ' ')} {name(one)}"
            if one not in after:
                yield replace(at, code=f"{direction}-{noun}-removed", message=f"{said} removed")
            elif one not in before:
                code = f"{direction}-{noun}-added"
                yield replace(at, level="compatible", code=code, message=f"{said} added")
            elif group == "content":
                label = _notes.labelled(at.label, one)
                yield from _media(before[one], after[one], comparison, direction, replace(at, label=label))
            elif group == "headers":
                here = replace(at, level="docs", label=f"{at.label} header {name(one)}")
                schemas = (before[one]["schema"],), (after[one]["schema"],)
                yield from _notes.of_findings(comparison.schemas(*schemas), direction, here)
                yield from _notes.of_words(before[one], after[one], here, skip=("schema", "required"))
            elif canonical(before[one]) != canonical(after[one]):
                yield replace(at, code=f"{direction}-link-changed", message=f"{said} changed")


def _media(
    old: dict[str, Any], new: dict[str, Any], comparison: Comparison, direction: Direction, at: Note
) -> Iterator[Note]:
    schemas = (old["schema"],), (new["schema"],)
    yield from _notes.of_findings(comparison.schemas(*schemas), direction, at)
    if canonical(old.get("encoding")) != canonical(new.get("encoding")):
        message = f"encoding {step(old.get('encoding'), new.get('encoding'))}"
        yield replace(at, level=_worst(direction), code=f"{direction}-encoding-changed", message=message)
    shapes = comparison.old.of(schemas[0]), comparison.new.of(schemas[1])
    examples = [
        None if canonical(said) == canonical({"default": {"value": shape.about.get("example")}}) else said
        for said, shape in zip((old.get("examples"), new.get("examples")), shapes, strict=True)
    ]  # the example of a schema was compared with the schema
    docs = replace(at, level="docs")
    if canonical(examples[0]) != canonical(examples[1]):
        yield replace(docs, code="example-changed", message="examples changed")
    yield from _notes.of_words(old, new, docs, skip=("schema", "examples", "encoding"))


def _worst(direction: Direction) -> Level:
    """What a loss means: nothing in the reply of an error, the client reads it whatever it is."""
    return "compatible" if direction == "error" else "breaking"


def _is_error(status: str, known: set[str]) -> bool:
    """`default` is an error where success has a status of its own."""
    if status == "default":
        return any(one.startswith("2") for one in known)
    return status[:1] in ("4", "5")
