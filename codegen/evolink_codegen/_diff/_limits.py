"""Two sets of limits on plain values, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from ._constraints import LOWER, NESTED_RULES, UPPER, Bound, canonical, tightness
from ._shapes import Form
from ._verdicts import Finding, kebab
from ._words import listed, shown, step

# Formats for which the generated client has a class of its own.
_TYPED_FORMATS = ("binary", "date", "date-time", "uuid")
_WIDER_FORMATS = [("int32", "int64"), ("float", "double"), ("uri", "uri-reference")]
_OWN_CODES = frozenset({"pattern", "format", "uniqueItems"})


def compare(old: Form, new: Form) -> Iterator[Finding]:
    """Values, bounds and rules of two forms of the same kind."""
    yield from _values(old.values, new.values)
    for keyword in (*UPPER, *LOWER):
        yield from _bound(keyword, old.bounds.get(keyword), new.bounds.get(keyword))
    for keyword in sorted(old.rules.keys() | new.rules.keys()):
        before, after = old.rules.get(keyword), new.rules.get(keyword)
        if canonical(before) != canonical(after):
            kind = _rule(keyword, before, after)
            what = kind.rpartition("-")[2] if keyword in NESTED_RULES else step(before, after)
            yield Finding(kind, f"{keyword} {what}")


def _values(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[Finding]:
    if old is None and new is None:
        return
    if old is None:
        yield Finding("enum-added", f"now only one of {listed((new or {}).values())}")
    elif new is None:
        yield Finding("enum-removed", f"no longer only one of {listed(old.values())}")
    elif len(old) == len(new) == 1 and old.keys() != new.keys():
        yield Finding("const-changed", f"the only value {step(*old.values(), *new.values())}")
    else:
        for key in sorted(new.keys() - old.keys()):
            yield Finding("enum-value-added", f"new value {shown(new[key])}")
        for key in sorted(old.keys() - new.keys()):
            yield Finding("enum-value-removed", f"value {shown(old[key])} removed")


def _bound(keyword: str, old: Bound | None, new: Bound | None) -> Iterator[Finding]:
    if old == new:
        return
    if old is None:
        yield Finding(f"{kebab(keyword)}-added", f"{keyword} added: {new}")
    elif new is None:
        yield Finding(f"{kebab(keyword)}-removed", f"{keyword} dropped: {old}")
    else:
        upper = keyword in UPPER
        raised = tightness(new, upper=upper) > tightness(old, upper=upper)
        verb = "raised" if raised else "lowered"
        yield Finding(f"{kebab(keyword)}-{verb}", f"{keyword} {verb} from {old} to {new}")


def _rule(keyword: str, old: Any, new: Any) -> str:
    verb = "added" if old is None else "removed" if new is None else "changed"
    if keyword == "multipleOf":
        return "multiple-of-loosened" if _divides(new, old) else f"multiple-of-{verb}"
    if keyword == "format" and (old, new) in _WIDER_FORMATS:
        return "format-loosened"
    if keyword == "format" and any(one in (old, new) for one in _TYPED_FORMATS):
        return f"typed-format-{verb}"
    return f"{kebab(keyword) if keyword in _OWN_CODES else 'rule'}-{verb}"


def _divides(step: Any, value: Any) -> bool:
    """Whether every multiple of `value` is one of `step`."""
    if not isinstance(step, int | float) or not isinstance(value, int | float):
        return False  # none, or several at once
    return (Fraction(str(value)) / Fraction(str(step))).denominator == 1
