"""Where replies have their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


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
