"""Where values are: paths into replies, references within schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def values_at(value: object, path: str) -> Iterator[Any]:
    """The values at a path of names joined by dots; lists are searched, and null counts as missing."""
    if isinstance(value, list):
        for each in value:
            yield from values_at(each, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        name, _, rest = path.partition(".")
        yield from values_at(value.get(name), rest)


def resolved(schema: Any, root: Any) -> Mapping[str, Any]:
    """A schema with what its reference within the root leads to."""
    found: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
    for _ in range(20):  # longer chains are a cycle
        reference = found.get("$ref")
        if not isinstance(reference, str):
            break
        siblings = {key: value for key, value in found.items() if key != "$ref"}
        found = {**root.get("$defs", {}).get(reference.rpartition("/")[2], {}), **siblings}
    return found
