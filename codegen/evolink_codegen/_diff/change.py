"""One change of a document, and the version step that follows from several."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .._openapi.text import one_line

Level = Literal["breaking", "compatible", "docs"]
Step = Literal["major", "minor", "patch"]

_STEPS: dict[Level, Step] = {"breaking": "major", "compatible": "minor", "docs": "patch"}
LEVELS: tuple[Level, ...] = tuple(_STEPS)


@dataclass(frozen=True)
class Change:
    """One change between two versions of a document.

    Attributes:
        level: `breaking` if code written against the old version may fail, `docs` if only words changed.
        code: What kind of change it is; never changes its meaning.
        path: Where, e.g. `POST /v1/videos/generations request duration`.
        message: What, on one line, with old and new values.
    """

    level: Level
    code: str
    path: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """The change as JSON values."""
        return asdict(self)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Each change once, the worst first."""
    return sorted(set(changes), key=lambda one: (LEVELS.index(one.level), one.path, one.code, one.message))


def version_step(changes: Iterable[Change]) -> Step | None:
    """The step of the client's version that changes ask for: the worst decides, none asks for none."""
    found = {change.level for change in changes}
    return next((step for level, step in _STEPS.items() if level in found), None)


_LONGEST = 60
_COMMON = 24


def shown(value: Any) -> str:
    """A JSON value, shortened."""
    if isinstance(value, str):
        return json.dumps(one_line(value, _LONGEST), ensure_ascii=False)
    return one_line(json.dumps(value, ensure_ascii=False), _LONGEST)


def name(text: str) -> str:
    """A property's name in a path; quoted where it would not read as one word."""
    line = one_line(text, _LONGEST)
    return line if re.fullmatch(r"[^\s.\[\]\"*,]+", line) else json.dumps(line, ensure_ascii=False)


def listed(values: Iterable[Any]) -> str:
    """Several JSON values, in their order."""
    return one_line(", ".join(shown(value) for value in values), 2 * _LONGEST)


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
