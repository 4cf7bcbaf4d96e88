"""Values that a schema describes, made up where no document shows one."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Any

from .model import compiled
from .schema import MAX_DEPTH, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WORDS = ("lantern", "river", "quiet", "amber", "paper", "orbit", "meadow", "signal")
_FORMATS = {
    "uri": "https://example.com/sample",
    "url": "https://example.com/sample",
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "email": "someone@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_COMPOSED = frozenset({"allOf", "anyOf", "oneOf"})
_UNTOLD: Mapping[str, Any] = {"type": "string"}  # a property of which nothing but its name is said
_TRIES = 20  # at a text that matches a pattern and is neither too short nor too long


def sample(document: Mapping[str, Any], schema: Any, rng: Random | None = None) -> Any:
    """Make a value that a schema describes.

    It has all that is documented or, if that is too much, no more than it must. A schema that contradicts
    itself gets a value all the same.

    Args:
        document: The contract that references point into.
        schema: The schema.
        rng: Vary the value by it; without, it is the documented example or the plainest value.
    """
    whole = _Sampler(document, rng, whole=True).value(schema)
    validator = compiled(document, resolve(document, schema))
    if validator.is_valid(whole):
        return whole
    bare = _Sampler(document, rng, whole=False).value(schema)
    return bare if validator.is_valid(bare) else whole


class _Sampler:
    def __init__(self, document: Mapping[str, Any], rng: Random | None, *, whole: bool) -> None:
        self._document = document
        self._rng = rng
        self._whole = whole

    def value(self, schema: Any, depth: int = 0) -> Any:
        found = resolve(self._document, schema)
        if "const" in found:
            return found["const"]
        if self._rng is None:
            for keyword in ("example", "default"):
                if keyword in found:
                    return found[keyword]
            if found.get("examples"):
                return found["examples"][0]
        if found.get("enum"):
            return self._one_of(found["enum"])
        if not found.keys() & _COMPOSED:
            return self._of_type(found, depth)
        parts = list(self._parts(found, depth))
        joined = {keyword: rule for part in reversed(parts) for keyword, rule in part.items()}
        named = [part.get("properties") or {} for part in reversed(parts)]
        required = [name for part in parts for name in part.get("required") or ()]
        if any(named) or required:  # each part may require what another describes
            properties = {name: prop for group in named for name, prop in group.items()}
            return self._of_type({"type": "object", "properties": properties, "required": required}, depth)
        return self.value(joined, depth + 1) if depth <= MAX_DEPTH else None

    def _parts(self, schema: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
        """A schema without what it is composed of, and all of that: of a union one member."""
        yield {keyword: rule for keyword, rule in schema.items() if keyword not in _COMPOSED}
        members = [*(schema.get("allOf") or ())]
        members += [self._one_of(schema[union]) for union in ("oneOf", "anyOf") if schema.get(union)]
        for member in members if depth <= MAX_DEPTH else ():
            yield from self._parts(resolve(self._document, member), depth + 1)

    def _one_of(self, choices: Sequence[Any]) -> Any:
        return self._rng.choice(choices) if self._rng else choices[0]

    def _of_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if kind == "array":
            # One item shows what they are like, where a schema does not contain itself.
            shown = min(1, schema.get("maxItems", 1)) if self._whole and depth < MAX_DEPTH else 0
            count = max(schema.get("minItems", 0), shown)
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
        if kind == "boolean":
            return self._rng.random() < 0.5 if self._rng else True
        if kind in {"integer", "number"}:
            return self._number(schema, whole=kind == "integer")
        if kind == "string":
            return self._string(schema)
        if kind == "null" or depth > MAX_DEPTH:
            return None
        required = schema.get("required") or ()
        known = {**dict.fromkeys(required, _UNTOLD), **(schema.get("properties") or {})}
        return {
            name: self.value(prop, depth + 1)
            for name, prop in known.items()
            if name in required or (self._whole and depth < MAX_DEPTH)
        }

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> float:
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 1001) - 1)
        step = schema.get("multipleOf", 1 if whole else 0)
        value = self._rng.uniform(low, high) if self._rng else low
        if step:
            value = -(-low // step) * step if self._rng is None else max(low, value // step * step)
        return int(value) if whole else round(value, 3)

    def _string(self, schema: Mapping[str, Any]) -> str:
        known = _FORMATS.get(str(schema.get("format")))
        if known is not None:
            return known
        low, high = int(schema.get("minLength", 0)), schema.get("maxLength")
        text = " ".join(self._rng.choices(_WORDS, k=3)) if self._rng else "text"
        text += "x" * (low - len(text))
        text = text[:high]
        pattern = schema.get("pattern")
        if pattern is None:
            return text
        return _matching(pattern, self._rng or Random(0), low, high) or text  # noqa: S311 - no secret


def _matching(pattern: str, rng: Random, low: int, high: int | None) -> str | None:
    """A text that matches a pattern; None if none is found, or if the library that makes them is missing."""
    try:
        from rstr import Rstr  # noqa: PLC0415 - few documents have a pattern and no example

        maker = Rstr(rng)
        texts = [maker.xeger(pattern) for _ in range(_TRIES)]
        fitting = (one for one in texts if re.search(pattern, one) and low <= len(one))
        return min((one for one in fitting if high is None or len(one) <= high), key=len, default=None)
    except (ImportError, re.error, KeyError, ValueError, RecursionError):
        return None
