"""Functions over JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def overlay(below: Any, above: Any) -> Any:
    """Lay one JSON value over another: objects merge, anything else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        merged = dict(below)
        for name, value in above.items():
            merged[name] = overlay(below[name], value) if name in below else value
        return merged
    return above


def get(value: Any, path: Sequence[str]) -> Any:
    """The value at a path of names in nested objects; None if it leads nowhere."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def put(value: Mapping[str, Any], path: Sequence[str], item: Any) -> dict[str, Any]:
    """Copy nested objects with one member replaced or added."""
    name, *rest = path
    below = value.get(name)
    return {**value, name: put(below if isinstance(below, dict) else {}, rest, item) if rest else item}


def find_path(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The path to a name in nested objects; empty if there is none."""
    if name in value:
        return (name,)
    for key, item in value.items():
        if isinstance(item, dict) and (below := find_path(item, name)):
            return (key, *below)
    return ()


def search(value: Any, name: str) -> Any:
    """The first value under a name, at any depth of a JSON value; None if there is none."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        for item in value.values():
            found = search(item, name)
            if found is not None:
                return found
    return None


def strings(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
