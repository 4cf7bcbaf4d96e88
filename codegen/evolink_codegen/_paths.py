"""Paths of operations, which name their parameters in braces: `/v1/tasks/{task_id}`."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"\{([^{}]+)\}")


def names(path: str) -> list[str]:
    """The names of a path's parameters, in order."""
    return _PARAMETER.findall(path)


def bare(path: str) -> str:
    """The path without the names, which may differ where two documents mean the same: `/v1/tasks/{}`."""
    return _PARAMETER.sub("{}", path)


def is_usable(path: str) -> bool:
    """Whether a path is one of an address, but for names in pairs of braces."""
    depth = 0
    for before, char in zip(" " + path, path, strict=False):
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if before == "{":
                return False
        elif char in "?#\\" or char.isspace() or not char.isprintable():
            return False
        if depth not in (0, 1):
            return False
    return depth == 0
