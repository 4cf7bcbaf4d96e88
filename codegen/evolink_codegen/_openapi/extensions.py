"""What overlays write under `x-evolink-*` names, held against the registry; and the registry as a table."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema_rs

from ..runtime.extensions import EXTENSIONS, PREFIX
from . import structure
from .text import one_line


def extension_fault(update: Any, path: Iterable[str | int] | None, *, of_contract: bool) -> str | None:
    """The first extension in an overlay's update that cannot stand there, with the reason; None if all can.

    Args:
        update: The update.
        path: The keys that lead to its target; None if it has no target.
        of_contract: Whether the overlay is one of the merged contract.
    """
    part = "" if path is None else structure.part_at(path)
    for place, name, value in _extensions(update, part):
        extension = EXTENSIONS.get(name)
        if extension is None:
            rules = [one.rule for one in EXTENSIONS.values()]
            near = [PREFIX + one for one in difflib.get_close_matches(name.removeprefix(PREFIX), rules)]
            hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(EXTENSIONS)}"
            return f"there is no extension {name!r}; {hint}"
        if place not in ("", *extension.on):
            return f"{name} stands on {_articles(extension.on)}, not on {_articles([place])}"
        if extension.is_generated and not of_contract:
            return f"{name} is written by `generate`; only an overlay of the merged contract can change it"
        for error in _validator(name).iter_errors(value):
            where = ".".join([name, *map(str, error.instance_path)])
            return f"{where}: {error.message}"
    return None


def extension_table() -> str:
    """The registry in Markdown, for the guide."""
    rows = ["| extension | on | written by | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{one.name}` | {_articles(one.on)} | {'`generate`' if one.is_generated else 'overlays'} "
        f"| {one_line(one.meaning, 1000)} |"
        for one in EXTENSIONS.values()
    ]
    return "\n".join(rows) + "\n"


def _extensions(value: Any, part: str) -> Iterator[tuple[str, str, Any]]:
    """Every extension of ours in a part of a document: the part it stands on, its name, its value."""
    if isinstance(value, list):
        for item in value:
            yield from _extensions(item, structure.child(part, "") if structure.is_group(part) else part)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key.startswith(PREFIX) and not structure.is_group(part):
                yield part, key, item
            elif structure.is_group(part) or not structure.is_data(key, item):
                yield from _extensions(item, structure.child(part, key))


@functools.cache
def _validator(extension_name: str) -> Any:
    return jsonschema_rs.Draft202012Validator(dict(EXTENSIONS[extension_name].value))


def _articles(nouns: Iterable[str]) -> str:
    return " or ".join(f"{'an' if noun[0] in 'aeio' else 'a'} {noun}" for noun in nouns)
