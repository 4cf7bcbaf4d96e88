"""The request and the replies of two versions of an operation, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .._merge.operation_source import OperationSource
from .._openapi import refs
from ..runtime.media_types import JSON
from .change import Level, listed, name, shown, step
from .constraints import canonical
from .operation_change import OperationChange, annotation_changes, body_label, from_schema_changes
from .schemas import Comparison
from .severity import Direction

_GROUPS = (("content", "content-type"), ("headers", "header"), ("links", "link"))


def compare_requests(
    old: OperationSource, new: OperationSource, comparison: Comparison, here: str
) -> Iterator[OperationChange]:
    """What differs in what is sent."""
    before, after = old.operation.get("requestBody") or {}, new.operation.get("requestBody") or {}
    at = OperationChange("breaking", "", "", here, "request")
    if before and not after:
        yield at.but("breaking", "request-body-removed", "takes no body any more")
    elif after and not before:
        if after.get("required"):
            yield at.but("breaking", "required-request-body-added", "a body is required")
        else:
            yield at.but("compatible", "request-body-added", "takes a body")
    if not before or not after:
        return
    if after.get("required") and not before.get("required"):
        yield at.but("breaking", "request-body-required-added", "the body is now required")
    elif before.get("required") and not after.get("required"):
        yield at.but("compatible", "request-body-required-removed", "the body is no longer required")
    yield from annotation_changes(before, after, replace(at, level="docs"), skip=("content", "required"))
    for kind in sorted(before["content"].keys() | after["content"].keys()):
        if kind not in after["content"]:
            yield at.but("breaking", "request-content-type-removed", f"{name(kind)} is no longer accepted")
        elif kind not in before["content"]:
            yield at.but("compatible", "request-content-type-added", f"{name(kind)} is accepted too")
        else:
            media = before["content"][kind], after["content"][kind]
            found = _media(*media, comparison, "request", replace(at, label=body_label("", kind)))
            yield from as_model_changes(found, old, new, at) if kind == JSON else found


def compare_responses(
    old: OperationSource, new: OperationSource, comparison: Comparison, here: str
) -> Iterator[OperationChange]:
    """What differs in what comes back."""
    before, after = old.operation["responses"], new.operation["responses"]
    known = {*before, *after}
    for status in sorted(known):
        direction: Direction = "error" if _is_error(status, known) else "response"
        at = OperationChange(_worst(direction), "", "", here, "response", status)
        if status not in after:
            yield at.but(at.level, f"{direction}-status-removed", "no longer documented")
        elif status not in before:
            yield at.but("compatible", f"{direction}-status-added", "newly documented")
        else:
            yield from _response(before[status], after[status], comparison, direction, at)


def _response(
    old: dict[str, Any],
    new: dict[str, Any],
    comparison: Comparison,
    direction: Direction,
    at: OperationChange,
) -> Iterator[OperationChange]:
    skip = [group for group, _ in _GROUPS]
    yield from annotation_changes(old, new, replace(at, level="docs"), skip=skip)
    for group, noun in _GROUPS:
        before, after = old.get(group) or {}, new.get(group) or {}
        for one in sorted(before.keys() | after.keys()):
            subject = f"{noun.replace('-', ' ')} {name(one)}"
            if one not in after:
                yield at.but(at.level, f"{direction}-{noun}-removed", f"{subject} removed")
            elif one not in before:
                yield at.but("compatible", f"{direction}-{noun}-added", f"{subject} added")
            elif group == "content":
                label = body_label(at.label, one)
                yield from _media(before[one], after[one], comparison, direction, replace(at, label=label))
            elif group == "headers":
                here = replace(at, level="docs", label=f"{at.label} header {name(one)}")
                schemas = (before[one]["schema"],), (after[one]["schema"],)
                yield from from_schema_changes(comparison.schemas(*schemas), direction, here)
                yield from annotation_changes(before[one], after[one], here, skip=("schema", "required"))
            elif canonical(before[one]) != canonical(after[one]):
                yield at.but(at.level, f"{direction}-link-changed", f"{subject} changed")


def _media(
    old: dict[str, Any],
    new: dict[str, Any],
    comparison: Comparison,
    direction: Direction,
    at: OperationChange,
) -> Iterator[OperationChange]:
    schemas = (old["schema"],), (new["schema"],)
    yield from from_schema_changes(comparison.schemas(*schemas), direction, at)
    if canonical(old.get("encoding")) != canonical(new.get("encoding")):
        message = f"encoding {step(old.get('encoding'), new.get('encoding'))}"
        yield at.but(_worst(direction), f"{direction}-encoding-changed", message)
    both = comparison.old.of(schemas[0]), comparison.new.of(schemas[1])
    examples = [
        None
        if canonical(examples) == canonical({"default": {"value": schema.annotations.get("example")}})
        else examples
        for examples, schema in zip((old.get("examples"), new.get("examples")), both, strict=True)
    ]  # the example of a schema was compared with the schema
    docs = replace(at, level="docs")
    if canonical(examples[0]) != canonical(examples[1]):
        yield docs.but("docs", "example-changed", "examples changed")
    yield from annotation_changes(old, new, docs, skip=("schema", "examples", "encoding"))


def _worst(direction: Direction) -> Level:
    """What a loss means: nothing in the reply of an error, the client reads it whatever it is."""
    return "compatible" if direction == "error" else "breaking"


def _is_error(status: str, known: set[str]) -> bool:
    """`default` is an error where success has a status of its own."""
    if status == "default":
        return any(one.startswith("2") for one in known)
    return status[:1] in ("4", "5")


_PROPERTY = "model"
_VALUES = frozenset(
    {"request-enum-added", "request-enum-removed", "request-enum-value-added", "request-enum-value-removed",
     "request-const-changed"}
)  # fmt: skip
_DEFAULTS = frozenset({"request-default-added", "request-default-changed", "request-default-removed"})


def as_model_changes(
    changes: Iterable[OperationChange], old: OperationSource, new: OperationSource, at: OperationChange
) -> Iterator[OperationChange]:
    """The changes of a request, in which changes of the values of `model` are changes of models.

    Ids are read as the contract reads them, from `enum`, `const`, `default` or the example: a page that
    comes to write an id in another way changes nothing.
    """
    changes = list(changes)
    ids_known = bool(old.models) and (bool(new.models) or _has_property(new))
    removed = not ids_known or any(
        change.json_path == _PROPERTY and "property-" in change.code for change in changes
    )
    if removed:
        yield from changes
        return
    here = replace(at, json_path=_PROPERTY)
    restated = False
    for change in changes:
        if change.json_path == _PROPERTY and (change.code in _VALUES or _follows(change, old, new)):
            restated = True
        else:
            yield change
    old_models = [one for one in old.models if one not in new.models]
    new_models = [one for one in new.models if one not in old.models]
    if len(old_models) == len(new_models) == 1:
        message = f"model renamed from {shown(old_models[0])} to {shown(new_models[0])}"
        yield here.but("breaking", "model-renamed", message)
        return
    for one in old_models:
        yield here.but("breaking", "model-removed", f"model {shown(one)} removed")
    for one in new_models:
        yield here.but("compatible", "model-added", f"new model {shown(one)}")
    if restated and not old_models and not new_models:
        message = f"says in another way that it is one of {listed(new.models)}"
        yield here.but("docs", "model-restated", message)


def _follows(change: OperationChange, old: OperationSource, new: OperationSource) -> bool:
    """Whether a change of the default follows from the ids: one is left, or the old default was removed."""
    if change.code not in _DEFAULTS:
        return False
    return len(old.models) == len(new.models) == 1 or _default(old) not in (None, *new.models)


def _default(source: OperationSource) -> object:
    request = source.request() or {}
    model = refs.resolve(source.document.data, (request.get("properties") or {}).get(_PROPERTY) or {})
    return model.get("default")


def _has_property(source: OperationSource) -> bool:
    return _PROPERTY in ((source.request() or {}).get("properties") or {})
