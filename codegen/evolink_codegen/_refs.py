"""`$ref` within one document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._errors import UnusableInput

SCHEMAS = "#/components/schemas/"


def walk(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of a document with its place, outermost first."""
    pending: list[tuple[str, Any]] = [(place, value)]
    while pending:
        where, current = pending.pop()
        if isinstance(current, dict):
            yield where, current
            pending.extend((f"{where}/{key}", item) for key, item in reversed(current.items()))
        elif isinstance(current, list):
            pending.extend((f"{where}/{index}", item) for index, item in reversed(list(enumerate(current))))


def look_up(document: dict[str, Any], reference: str) -> Any:
    """What a local JSON pointer points to.

    Raises:
        KeyError: nothing is there.
    """
    target: Any = document
    for part in reference.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(target, list) and key.isdigit() and int(key) < len(target):
            target = target[int(key)]
        elif isinstance(target, dict) and key in target:
            target = target[key]
        else:
            raise KeyError(reference)
    return target


def check(document: dict[str, Any], source: str) -> None:
    """Refuse a document whose references lead out of it, to nothing, or in a circle of references.

    Raises:
        UnusableInput: naming the place of the reference.
    """
    for place, mapping in walk(document):
        reference = mapping.get("$ref")
        if not isinstance(reference, str) or _inside_example(place):
            continue
        seen = set()
        while True:
            if not reference.startswith("#/"):
                raise UnusableInput(source, f"the $ref {reference!r} leads out of the document", place)
            if reference in seen:
                raise UnusableInput(source, f"the $ref {reference!r} leads back to itself", place)
            seen.add(reference)
            try:
                target = look_up(document, reference)
            except KeyError:
                raise UnusableInput(source, f"the $ref {reference!r} points to nothing", place) from None
            if not isinstance(target, dict) or not isinstance(target.get("$ref"), str):
                break
            reference = target["$ref"]


def _inside_example(place: str) -> bool:
    """Examples are data: a `$ref` in one is the user's own."""
    parts = place.split("/")
    return any(part in ("example", "value", "default") for part in parts[:-1]) and "properties" not in parts


def resolve(document: dict[str, Any], value: Any) -> Any:
    """The mapping behind a chain of references; siblings of `$ref` are laid over it."""
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        siblings = {key: item for key, item in value.items() if key != "$ref"}
        target = look_up(document, value["$ref"])
        value = {**target, **siblings} if siblings else target
    return value


def schema_name(value: Any) -> str | None:
    """`Name` of `{"$ref": "#/components/schemas/Name"}`."""
    reference = value.get("$ref") if isinstance(value, dict) else None
    if isinstance(reference, str) and reference.startswith(SCHEMAS):
        return reference.removeprefix(SCHEMAS).replace("~1", "/").replace("~0", "~")
    return None
