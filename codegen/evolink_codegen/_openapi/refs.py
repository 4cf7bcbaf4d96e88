"""`$ref` within one document."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from ..runtime._schemas import unescaped
from . import structure
from .text import InputError

SCHEMAS = "#/components/schemas/"

_SAME_PLACE = ("not", "if", "then", "else")
_SAME_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
_COMPOSED = frozenset({"$ref", *_SAME_PLACE, *_SAME_PLACE_LISTS})
_LONGEST_CHAIN = 300
_INDEX = re.compile(r"\d{1,9}", re.ASCII)


def look_up(document: dict[str, Any], reference: str) -> Any:
    """What a local JSON pointer points to.

    Raises:
        KeyError: Nothing is there.
    """
    target: Any = document
    for key in _parts(reference):
        if isinstance(target, list) and _INDEX.fullmatch(key) and int(key) < len(target):
            target = target[int(key)]
        elif isinstance(target, dict) and key in target:
            target = target[key]
        elif isinstance(target, dict) and unquote(key) in target:
            target = target[unquote(key)]
        else:
            raise KeyError(reference)
    return target


def _parts(reference: str) -> list[str]:
    return [unescaped(part) for part in reference.removeprefix("#").split("/")[1:]]


def unquoted(name: str) -> str:
    """A name as it was before it became part of an address."""
    return unquote(name)


def to_schema(name: str) -> str:
    """The `$ref` to a schema of the components."""
    return SCHEMAS + name.replace("~", "~0").replace("/", "~1")


def schema_name(value: Any) -> str | None:
    """`Name` of `{"$ref": "#/components/schemas/Name"}`."""
    reference = value.get("$ref") if isinstance(value, dict) else None
    if isinstance(reference, str) and reference.startswith(SCHEMAS):
        name = reference.removeprefix(SCHEMAS)
        return None if "/" in name else unescaped(name)
    return None


def check(document: dict[str, Any], source: str) -> None:
    """Refuse a document whose references lead out of it, to nothing, or in a cycle without meaning.

    Raises:
        InputError: Naming the place of the reference.
    """
    checked: set[int] = set()
    for place, mapping in structure.walk(document):
        if "$ref" in mapping:
            _target(document, mapping, source, place)
        if not _COMPOSED.isdisjoint(mapping):
            _check_cycle(document, mapping, source, place, [], checked)


def _target(document: dict[str, Any], mapping: dict[str, Any], source: str, place: str) -> dict[str, Any]:
    reference = mapping["$ref"]
    if not isinstance(reference, str):
        raise InputError(source, "a $ref is text", place)
    if not reference.startswith("#/"):
        raise InputError(source, f"the $ref {reference!r} leads out of the document", place)
    try:
        target = look_up(document, reference)
    except KeyError:
        raise InputError(source, f"the $ref {reference!r} points to nothing", place) from None
    if not isinstance(target, dict | bool):
        raise InputError(source, f"the $ref {reference!r} points to no mapping", place)
    return target if isinstance(target, dict) else {}


def _check_cycle(
    document: dict[str, Any],
    mapping: dict[str, Any],
    source: str,
    place: str,
    above: list[int],
    checked: set[int],
) -> None:
    """A schema may contain itself further down, but not in its own place: no value could ever be checked."""
    if id(mapping) in checked:
        return
    if id(mapping) in above or len(above) > _LONGEST_CHAIN:
        raise InputError(source, f"the $ref {mapping.get('$ref', '')!r} leads back to itself", place)
    above.append(id(mapping))
    inner = [mapping[key] for key in _SAME_PLACE if key in mapping]
    for key in _SAME_PLACE_LISTS:
        inner += mapping[key] if isinstance(mapping.get(key), list) else []
    if "$ref" in mapping:
        inner.append(_target(document, mapping, source, place))
    for one in inner:
        if isinstance(one, dict):
            _check_cycle(document, one, source, place, above, checked)
    above.pop()
    checked.add(id(mapping))


def resolve(document: dict[str, Any], value: Any) -> Any:
    """The mapping behind a chain of references; siblings of `$ref` are laid over it."""
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        siblings = {key: item for key, item in value.items() if key != "$ref"}
        target = look_up(document, value["$ref"])
        value = {**target, **siblings} if siblings and isinstance(target, dict) else target
    return value
