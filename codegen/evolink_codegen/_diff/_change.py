"""One change of a document, and the version step that follows from several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["breaking", "compatible", "docs"]
Step = Literal["major", "minor", "patch"]

_STEPS: dict[Level, Step] = {"breaking": "major", "compatible": "minor", "docs": "patch"}
LEVELS: tuple[Level, ...] = tuple(_STEPS)


@dataclass(frozen=True)
class Change:
    """One change between two versions of a document.

    Attributes:
        level: `breaking` if code written against the old version may fail, `docs` if only words changed.
        code: what kind of change it is; never changes its meaning.
        path: where, e.g. `POST /v1/videos/generations request duration`.
        message: what, on one line, with old and new values.
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
