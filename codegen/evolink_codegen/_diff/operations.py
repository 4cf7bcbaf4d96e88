"""Two versions of one operation, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._merge.operation_source import OperationSource
from .._openapi import json_schema
from .._openapi.structure import path_names
from .._openapi.text import one_line
from . import matching
from .bodies import compare_requests, compare_responses
from .change import name, shown, step
from .constraints import canonical
from .operation_change import OperationChange, annotation_changes, from_schema_changes
from .schemas import Comparison
from .variants import Schemas

_PARTS = ("operationId", "servers", "security", "parameters", "requestBody", "responses")


def compare_operations(
    old: OperationSource, new: OperationSource, comparison: Comparison
) -> Iterator[OperationChange]:
    """All that differs, named after the old operation."""
    here = operation_name(old)
    before, after = old.operation.get("operationId"), new.operation.get("operationId")
    if before != after:
        yield OperationChange("docs", "operation-id-changed", f"operationId {step(before, after)}", here)
    yield from annotation_changes(
        old.operation, new.operation, OperationChange("docs", "", "", here), skip=_PARTS
    )
    if old.host != new.host:
        yield OperationChange("breaking", "host-changed", f"host {step(old.host, new.host)}", here, "host")
    yield from compare_security(old, new, here)
    yield from compare_parameters(old, new, comparison, here)
    yield from compare_requests(old, new, comparison, here)
    yield from compare_responses(old, new, comparison, here)


def operation_name(source: OperationSource) -> str:
    """`POST /v1/videos/generations`."""
    return f"{source.method.upper()} {one_line(source.path)}"


def likeness(old: OperationSource, new: OperationSource, comparison: Comparison) -> float:
    """How much the bodies of two operations have in common, 0 to 1; 0 if they share no kind of body."""
    one, two = _schemas(old), _schemas(new)
    shares = [comparison.alike(one[key], two[key]) for key in one if key in two]
    return sum(shares) / len(shares) if shares else 0.0


def _schemas(source: OperationSource) -> dict[tuple[str, str], Schemas]:
    """The request and the replies of success, by media type."""
    found: dict[tuple[str, str], Schemas] = {}
    replies = source.operation["responses"].items()
    parts = [("request", source.operation.get("requestBody") or {})]
    parts += [("response", reply) for status, reply in replies if status.startswith("2")]
    for part, body in parts:
        for kind, media in (body.get("content") or {}).items():
            found[part, kind] = (media["schema"],)
    return found


Parameter = Mapping[str, Any]
Key = tuple[str, str]  # where it stands, its name

_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_OWN = ("name", "in", "required", "schema", "example", "examples", "style", "explode")


def compare_parameters(
    old: OperationSource, new: OperationSource, comparison: Comparison, here: str
) -> Iterator[OperationChange]:
    """All that differs, each parameter under its old name."""
    olds, news = _by_key(old), _by_key(new)

    def at(key: Key) -> OperationChange:
        return OperationChange("docs", "", "", here, f"{name(key[0])} parameter {name(key[1])}")

    def score(one: Key, two: Key) -> float:
        if one[0] != two[0]:
            return 4.0 if one[1] == two[1] else 0.0
        if one[0] == "path":  # the place in the path says which is which
            return 5.0 if _index(old, one[1]) == _index(new, two[1]) else 0.0
        return comparison.renamed(one[1], (olds[one]["schema"],), two[1], (news[two]["schema"],))

    removed = [key for key in olds if key not in news]
    added = [key for key in news if key not in olds]
    pairs = dict(matching.best(removed, added, score))
    for key in removed:
        if key in pairs:
            other = pairs[key]
            code = "parameter-renamed" if key[0] == other[0] else "parameter-moved"
            message = (
                f"renamed from {shown(key[1])} to {shown(other[1])}"
                if key[0] == other[0]
                else f"moved from {key[0]} to {other[0]}"
            )
            yield at(key).but("breaking", code, message)
        else:
            yield at(key).but("breaking", "parameter-removed", "parameter removed")
    for key in added:
        if key in pairs.values():
            continue
        if news[key].get("required"):
            yield at(key).but("breaking", "required-parameter-added", "new required parameter")
        else:
            yield at(key).but("compatible", "parameter-added", "new optional parameter")
    for key, other in {**pairs, **{key: key for key in olds if key in news}}.items():
        yield from _compare_parameter(olds[key], news[other], comparison, at(key))


def _compare_parameter(
    old: Parameter, new: Parameter, comparison: Comparison, at: OperationChange
) -> Iterator[OperationChange]:
    if bool(old.get("required")) != bool(new.get("required")) and new.get("in") != "path":
        if new.get("required"):
            yield at.but("breaking", "parameter-required-added", "now required")
        else:
            yield at.but("compatible", "parameter-required-removed", "no longer required")
    styles = _style(old), _style(new)
    if old.get("in") == new.get("in") and styles[0] != styles[1]:
        yield at.but("breaking", "parameter-style-changed", f"written as {step(*styles)}")
    examples = [[one.get("example"), one.get("examples")] for one in (old, new)]
    if canonical(examples[0]) != canonical(examples[1]):
        yield at.but("docs", "example-changed", "example changed")
    yield from annotation_changes(old, new, at, skip=_OWN)
    changes = comparison.schemas((old["schema"],), (new["schema"],))
    yield from from_schema_changes(changes, "request", at)


def _by_key(source: OperationSource) -> dict[Key, Parameter]:
    """Headers are the same in any case of letters."""
    found = {}
    for parameter in source.operation["parameters"]:
        place, own = str(parameter.get("in")), str(parameter.get("name"))
        found[place, own.lower() if place == "header" else own] = parameter
    return found


def _index(source: OperationSource, parameter: str) -> int:
    """Which of the path's parameters it is; a negative number of its own if it is none."""
    names = path_names(source.path)
    return names.index(parameter) if parameter in names else -1 - len(names)


def _style(parameter: Parameter) -> str:
    style = str(parameter.get("style", _STYLES.get(str(parameter.get("in")))))
    explode = parameter.get("explode", style == "form")
    return f"{style}, exploded" if explode and _is_list(parameter) else style


def _is_list(parameter: Parameter) -> bool:
    """`explode` means nothing to plain values."""
    schema, plain = parameter["schema"], ("string", "integer", "number", "boolean")
    return not isinstance(schema, dict) or schema.get("type") not in plain


_OPEN = canonical([])


def compare_security(old: OperationSource, new: OperationSource, here: str) -> Iterator[OperationChange]:
    """Whether the credentials of old callers still do."""
    before, after = _ways(old), _ways(new)
    if before.keys() == after.keys():
        return
    message = f"authentication changed from {' or '.join(before.values())} to {' or '.join(after.values())}"
    if _OPEN in after or before.keys() <= after.keys():
        yield OperationChange("compatible", "security-relaxed", message, here, "security")
    else:
        yield OperationChange("breaking", "security-changed", message, here, "security")


def _ways(source: OperationSource) -> dict[str, str]:
    """Each set of credentials that an operation accepts, described."""
    schemes = source.document.data["components"]["securitySchemes"]
    found = {}
    for way in source.operation.get("security") or [{}]:
        needed = []
        for scheme, scopes in way.items() if isinstance(way, dict) else ():
            definition = schemes.get(scheme)
            known = _constraints(definition) if isinstance(definition, dict) else {"name": scheme}
            text = " ".join(name(str(known[key])) for key in ("type", "scheme", "in", "name") if key in known)
            asked = sorted(map(str, scopes)) if isinstance(scopes, list) else []
            text += f", {shown(asked)}" if asked else ""
            needed.append((canonical([known, asked]), f"{name(scheme)} ({text})"))
        needed.sort()
        found[canonical([key for key, _ in needed])] = " and ".join(text for _, text in needed) or "nothing"
    return found


def _constraints(definition: dict[str, Any]) -> dict[str, Any]:
    """A scheme without annotations, to which its name in the document belongs."""
    skipped = {*json_schema.ANNOTATIONS, "bearerFormat"}
    return {key: item for key, item in definition.items() if key not in skipped and not key.startswith("x-")}
