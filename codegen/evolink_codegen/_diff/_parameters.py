"""The parameters of two versions of an operation, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evolink_codegen import _paths
from evolink_codegen._claims import Claim

from . import _notes, _pairs
from ._constraints import canonical
from ._notes import Note
from ._schemas import Comparison
from ._words import name, shown, step

Parameter = Mapping[str, Any]
Key = tuple[str, str]  # where it stands, its name

_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_OWN = ("name", "in", "required", "schema", "example", "examples", "style", "explode")


def compare(old: Claim, new: Claim, comparison: Comparison, here: str) -> Iterator[Note]:
    """All that differs, each parameter under its old name."""
    olds, news = _by_key(old), _by_key(new)

    def score(one: Key, two: Key) -> float:
        if one[0] != two[0]:
            return 4.0 if one[1] == two[1] else 0.0
        if one[0] == "path":  # the place in the path says which is which
            return 5.0 if _index(old, one[1]) == _index(new, two[1]) else 0.0
        return comparison.renamed(one[1], (olds[one]["schema"],), two[1], (news[two]["schema"],))

    gone = [key for key in olds if key not in news]
    came = [key for key in news if key not in olds]
    pairs = dict(_pairs.best(gone, came, score))
    for key in gone:
        if key in pairs:
            other = pairs[key]
            code = "parameter-renamed" if key[0] == other[0] else "parameter-moved"
            message = (
                f"renamed from {shown(key[1])} to {shown(other[1])}"
                if key[0] == other[0]
                else f"moved from {key[0]} to {other[0]}"
            )
            yield Note("breaking", code, message, here, _part(key))
        else:
            yield Note("breaking", "parameter-removed", "parameter removed", here, _part(key))
    for key in came:
        if key in pairs.values():
            continue
        if news[key].get("required"):
            yield Note("breaking", "required-parameter-added", "new required parameter", here, _part(key))
        else:
            yield Note("compatible", "parameter-added", "new optional parameter", here, _part(key))
    for key, other in {**pairs, **{key: key for key in olds if key in news}}.items():
        yield from _one(olds[key], news[other], comparison, Note("docs", "", "", here, _part(key)))


def _one(old: Parameter, new: Parameter, comparison: Comparison, at: Note) -> Iterator[Note]:
    here, part = at.operation, at.part
    if bool(old.get("required")) != bool(new.get("required")) and new.get("in") != "path":
        if new.get("required"):
            yield Note("breaking", "parameter-required-added", "now required", here, part)
        else:
            yield Note("compatible", "parameter-required-removed", "no longer required", here, part)
    styles = _style(old), _style(new)
    if old.get("in") == new.get("in") and styles[0] != styles[1]:
        message = f"written as {step(*styles)}"
        yield Note("breaking", "parameter-style-changed", message, here, part)
    examples = [[one.get("example"), one.get("examples")] for one in (old, new)]
    if canonical(examples[0]) != canonical(examples[1]):
        yield Note("docs", "example-changed", "example changed", here, part)
    yield from _notes.of_words(old, new, at, skip=_OWN)
    findings = comparison.schemas((old["schema"],), (new["schema"],))
    yield from _notes.of_findings(findings, "request", at)


def _by_key(claim: Claim) -> dict[Key, Parameter]:
    """Headers are the same in any case of letters."""
    found = {}
    for parameter in claim.operation["parameters"]:
        place, own = str(parameter.get("in")), str(parameter.get("name"))
        found[place, own.lower() if place == "header" else own] = parameter
    return found


def _part(key: Key) -> str:
    return f"{name(key[0])} parameter {name(key[1])}"


def _index(claim: Claim, parameter: str) -> int:
    """Which of the path's parameters it is; a negative number of its own if it is none."""
    names = _paths.names(claim.path)
    return names.index(parameter) if parameter in names else -1 - len(names)


def _style(parameter: Parameter) -> str:
    style = str(parameter.get("style", _STYLES.get(str(parameter.get("in")))))
    explode = parameter.get("explode", style == "form")
    return f"{style}, exploded" if explode and _is_list(parameter) else style


def _is_list(parameter: Parameter) -> bool:
    """`explode` means nothing to plain values."""
    schema = parameter["schema"]
    return not isinstance(schema, dict) or schema.get("type") not in (
        "string",
        "integer",
        "number",
        "boolean",
    )
