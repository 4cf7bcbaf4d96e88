"""Which schemas stand in both versions word for word, references and all: most of them."""

from __future__ import annotations

import json
import re
from typing import Any

from evolink_codegen import _refs

from ._shapes import Schemas

_REFERENCE = re.compile(r'"\$ref": "((?:[^"\\]|\\.)*)"')


class Unchanged:
    """Compares schemas as texts, in the order they are written in.

    Args:
        old: a document in 3.1 form.
        new: another version of it.
    """

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        texts = [
            {
                _refs.to_schema(name): json.dumps(schema)
                for name, schema in one["components"]["schemas"].items()
            }
            for one in (old, new)
        ]
        self._same = {name for name, text in texts[0].items() if texts[1].get(name) == text}
        users: dict[str, list[str]] = {}
        for name in self._same:
            for reference in _references(texts[0][name]):
                users.setdefault(reference, []).append(name)
        moved = [reference for reference in users if reference not in self._same]
        while moved:  # what refers to something that differs, differs
            for name in users.get(moved.pop(), ()):
                if name in self._same:
                    self._same.remove(name)
                    moved.append(name)

    def __call__(self, old: Schemas, new: Schemas) -> bool:
        """Whether two schemas are the same to the last word."""
        text = json.dumps(old)
        return text == json.dumps(new) and _references(text) <= self._same


def _references(text: str) -> set[str]:
    """The references in a schema written as JSON; one too many, in an example, does no harm."""
    return {json.loads(f'"{found}"') for found in _REFERENCE.findall(text)}
