"""What each kind of change means, in a request and in a reply.

A request may widen, a reply may narrow. Beyond that the client decides: it keeps replies open (unknown enum
values, null and missing properties do not surprise it), so there limits, enums and `required` may change
either way. Replies of errors may change in every way: the client takes from them what it knows, whatever
the contract says.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..runtime.extensions import EXTENSIONS
from .change import Level, name
from .constraints import LOWER, UPPER

Direction = Literal["request", "response", "error"]

_BREAKING: Level = "breaking"
_COMPATIBLE: Level = "compatible"
_DOCS: Level = "docs"

_SEVERITIES: dict[str, tuple[Level, Level]] = {
    # what changed: (in a request, in a reply)
    "property-added": (_COMPATIBLE, _COMPATIBLE),
    "required-property-added": (_BREAKING, _COMPATIBLE),
    "property-removed": (_BREAKING, _BREAKING),
    "property-renamed": (_BREAKING, _BREAKING),
    "required-added": (_BREAKING, _COMPATIBLE),
    "required-removed": (_COMPATIBLE, _COMPATIBLE),
    "type-changed": (_BREAKING, _BREAKING),
    "type-widened": (_COMPATIBLE, _BREAKING),
    "type-narrowed": (_BREAKING, _COMPATIBLE),
    "alternative-added": (_COMPATIBLE, _BREAKING),
    "alternative-removed": (_BREAKING, _COMPATIBLE),
    "null-added": (_COMPATIBLE, _COMPATIBLE),
    "null-removed": (_BREAKING, _COMPATIBLE),
    "enum-added": (_BREAKING, _COMPATIBLE),
    "enum-removed": (_COMPATIBLE, _COMPATIBLE),
    "enum-value-added": (_COMPATIBLE, _COMPATIBLE),
    "enum-value-removed": (_BREAKING, _COMPATIBLE),
    "const-changed": (_BREAKING, _COMPATIBLE),
    # Where no default is documented any more, nothing tells what leaving the field out means.
    "default-added": (_COMPATIBLE, _DOCS),
    "default-changed": (_BREAKING, _DOCS),
    "default-removed": (_BREAKING, _DOCS),
    "additional-properties-allowed": (_COMPATIBLE, _COMPATIBLE),
    "additional-properties-forbidden": (_BREAKING, _COMPATIBLE),
    "map-removed": (_BREAKING, _BREAKING),
    # Formats that have a class of their own in Python: the type of a reply's attribute changes with them.
    "typed-format-added": (_BREAKING, _BREAKING),
    "typed-format-changed": (_BREAKING, _BREAKING),
    "typed-format-removed": (_COMPATIBLE, _BREAKING),
    "format-loosened": (_COMPATIBLE, _COMPATIBLE),
    "multiple-of-loosened": (_COMPATIBLE, _COMPATIBLE),
    "read-only-added": (_BREAKING, _DOCS),
    "read-only-removed": (_COMPATIBLE, _DOCS),
    "write-only-added": (_DOCS, _BREAKING),
    "write-only-removed": (_DOCS, _COMPATIBLE),
    "behaviour-changed": (_COMPATIBLE, _COMPATIBLE),
}
_RULES = [f"{extension.rule}-rule" for extension in EXTENSIONS.values() if extension.check is not None]
for _rule in ("pattern", "format", "multiple-of", "unique-items", "rule", *_RULES):
    _SEVERITIES[f"{_rule}-added"] = (_BREAKING, _COMPATIBLE)
    _SEVERITIES[f"{_rule}-changed"] = (_BREAKING, _COMPATIBLE)
    _SEVERITIES[f"{_rule}-removed"] = (_COMPATIBLE, _COMPATIBLE)


def kebab(keyword: str) -> str:
    """`maxLength` to `max-length`."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in keyword)


for _keywords, _tighter, _looser in ((UPPER, "lowered", "raised"), (LOWER, "raised", "lowered")):
    for _keyword in map(kebab, _keywords):
        _SEVERITIES[f"{_keyword}-added"] = _SEVERITIES[f"{_keyword}-{_tighter}"] = (_BREAKING, _COMPATIBLE)
        _SEVERITIES[f"{_keyword}-removed"] = _SEVERITIES[f"{_keyword}-{_looser}"] = (_COMPATIBLE, _COMPATIBLE)

# Changes of annotations: the same code wherever they stand.
_ANNOTATIONS = frozenset(
    {"deprecated-added", "deprecated-removed", "description-changed", "example-changed", "extension-changed",
     "title-changed"}
)  # fmt: skip


@dataclass(frozen=True)
class SchemaChange:
    """A change somewhere below a schema, before its direction is known.

    Attributes:
        kind: A key of the severities.
        message: What changed, on one line.
        json_path: Names of the properties that lead there; `[]` for items, `*` for the values of a map.
        origin: The schemas that differ, equal for one change met in several places.
    """

    kind: str
    message: str
    json_path: tuple[str, ...] = ()
    origin: Any = field(default=None, compare=False)

    def under(self, segment: str) -> SchemaChange:
        """The same one level further up."""
        return replace(self, json_path=(segment, *self.json_path))

    @property
    def is_annotation(self) -> bool:
        """Whether the same values are allowed as before."""
        return self.kind in _ANNOTATIONS


def severity(change: SchemaChange, direction: Direction) -> tuple[Level, str]:
    """Level and code of a change."""
    if change.is_annotation:
        return _DOCS, change.kind
    level = _SEVERITIES[change.kind][direction != "request"]
    if direction == "error" and level == _BREAKING:
        level = _COMPATIBLE
    return level, f"{direction}-{change.kind}"


def dotted(segments: tuple[str, ...]) -> str:
    """`model_params.upscale_factor`, `image_urls[]`, `labels.*`."""
    text = ""
    for segment in segments:
        if segment == "[]":
            text += segment
        else:
            text += ("." if text else "") + (segment if segment == "*" else name(segment))
    return text
