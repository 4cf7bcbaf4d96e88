"""Values and names of documents as they stand in messages: on one line, short, harmless."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from evolink_codegen import _text

_LONGEST = 60
_COMMON = 24


def shown(value: Any) -> str:
    """A JSON value, shortened."""
    if isinstance(value, str):
        return json.dumps(_text.one_line(value, _LONGEST), ensure_ascii=False)
    return _text.one_line(json.dumps(value, ensure_ascii=False), _LONGEST)


def name(text: str) -> str:
    """A property's name in a path; quoted where it would not read as one word."""
    line = _text.one_line(text, _LONGEST)
    return line if re.fullmatch(r"[^\s.\[\]\"*,]+", line) else json.dumps(line, ensure_ascii=False)


def listed(values: Iterable[Any]) -> str:
    """Several JSON values, in their order."""
    return _text.one_line(", ".join(shown(value) for value in values), 2 * _LONGEST)


def step(old: Any, new: Any) -> str:
    """What became of a value: added, dropped or changed; of long texts the part that differs."""
    if old is None:
        return f"added: {shown(new)}"
    if new is None:
        return f"dropped: {shown(old)}"
    if isinstance(old, str) and isinstance(new, str):
        old, new = _differing(old, new)
    return f"changed from {shown(old)} to {shown(new)}"


def _differing(old: str, new: str) -> tuple[str, str]:
    """Two texts without the long beginning that they share."""
    if max(len(old), len(new)) <= _LONGEST:
        return old, new
    pairs = enumerate(zip(old, new, strict=False))
    same = next((i for i, (one, two) in pairs if one != two), min(len(old), len(new)))
    cut = max(0, same - _COMMON // 2)
    return (f"…{old[cut:]}", f"…{new[cut:]}") if same > _COMMON else (old, new)
