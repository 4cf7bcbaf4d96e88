"""How large a document becomes where its references are replaced by what they lead to."""

from __future__ import annotations

from typing import Any

from . import json_schema, refs, structure
from .text import InputError

MAX_VALUES = 50_000

_CHARACTERS_PER_VALUE = 100
# What stands under these is about the same value: objects are composed of it, whether they have names or not.
_SAME_VALUE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})


def check_expansion(document: dict[str, Any], source: str) -> None:
    """Refuse a document of a few references that lead to very many schemas.

    Raises:
        InputError: They do, or lead on and on.
    """
    try:
        size = _Expansion(document).growth(document)
    except RecursionError:
        raise InputError(source, "its schemas refer to each other too deeply") from None
    if size > MAX_VALUES:
        raise InputError(source, f"more than {MAX_VALUES} values are added where references are written out")


class _Expansion:
    """Measures one document; the size of what several references lead to is computed once."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._sizes: dict[int, int] = {}

    def growth(self, value: Any, key: str = "", *, named: bool = False) -> int:
        """How many values references add to a value.

        Args:
            value: Any part of the document.
            key: The keyword that it stands under.
            named: Its own keys are names of the document, not keywords.
        """
        if isinstance(value, list):
            return sum(self.growth(item, key) for item in value)
        if not isinstance(value, dict):
            return 0
        if named:
            return sum(map(self.growth, value.values()))
        added = sum(
            self.growth(item, inner, named=inner in structure.NAMES)
            for inner, item in value.items()
            if not structure.is_data(inner, item)
        )
        if isinstance(reference := value.get("$ref"), str):
            added += self._size_of_target(reference, key)
        return added

    def _size_of_target(self, reference: str, key: str) -> int:
        target = refs.look_up(self._document, reference)
        if key not in _SAME_VALUE and _is_named(reference, target):
            return 1
        if id(target) not in self._sizes:
            self._sizes[id(target)] = 1  # what a cycle adds, which ends where it began
            self._sizes[id(target)] = _size(target) + self.growth(target)
        return self._sizes[id(target)]


def _is_named(reference: str, target: Any) -> bool:
    """Whether a reference stays one: objects are classes, which are referred to by name."""
    return (
        reference.startswith(refs.SCHEMAS)
        and isinstance(target, dict)
        and (json_schema.is_object(target) or ("allOf" in target and json_schema.alias(target) is None))
    )


def _size(value: Any) -> int:
    """The number of values, long texts counting as several."""
    if isinstance(value, dict):
        return 1 + sum(1 + len(key) // _CHARACTERS_PER_VALUE + _size(item) for key, item in value.items())
    if isinstance(value, list):
        return 1 + sum(map(_size, value))
    return 1 + (len(value) // _CHARACTERS_PER_VALUE if isinstance(value, str) else 0)
