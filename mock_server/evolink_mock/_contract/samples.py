"""Generates values that a schema describes, for what no document shows an example of."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Any

from .schemas import MAX_DEPTH, compile_schema, resolve

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
_COMBINATORS = frozenset({"allOf", "anyOf", "oneOf"})
_UNDOCUMENTED: Mapping[str, Any] = {"type": "string"}  # a property that is required but not described
_ATTEMPTS = 20  # at a text that matches a pattern and has an allowed length


def sample(document: Mapping[str, Any], schema: Any, rng: Random | None = None) -> Any:
    """Generate a value that a schema describes.

    It has all documented properties or, if that is invalid, only the required ones. A schema that
    contradicts itself gets a value too.

    Args:
        document: The contract that references point into.
        schema: The schema.
        rng: Varies the value; without it, the value is the documented example or the simplest one.
    """
    complete = _Sampler(document, rng, complete=True).value(schema)
    validator = compile_schema(document, resolve(document, schema))
    if validator.is_valid(complete):
        return complete
    minimal = _Sampler(document, rng, complete=False).value(schema)
    return minimal if validator.is_valid(minimal) else complete


class _Sampler:
    def __init__(self, document: Mapping[str, Any], rng: Random | None, *, complete: bool) -> None:
        self._document = document
        self._rng = rng
        self._complete = complete

    def value(self, schema: Any, depth: int = 0) -> Any:
        resolved = resolve(self._document, schema)
        if "const" in resolved:
            return resolved["const"]
        if self._rng is None:
            for keyword in ("example", "default"):
                if keyword in resolved:
                    return resolved[keyword]
            if resolved.get("examples"):
                return resolved["examples"][0]
        if resolved.get("enum"):
            return self._choose(resolved["enum"])
        if not resolved.keys() & _COMBINATORS:
            return self._of_type(resolved, depth)
        parts = list(self._parts(resolved, depth))
        merged = {keyword: rule for part in reversed(parts) for keyword, rule in part.items()}
        groups = [part.get("properties") or {} for part in reversed(parts)]
        required = [name for part in parts for name in part.get("required") or ()]
        if any(groups) or required:  # each part may require what another describes
            properties = {name: prop for group in groups for name, prop in group.items()}
            return self._of_type({"type": "object", "properties": properties, "required": required}, depth)
        return self.value(merged, depth + 1) if depth <= MAX_DEPTH else None

    def _parts(self, schema: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
        """Yield a schema without its combinators, then their members: one of each union."""
        yield {keyword: rule for keyword, rule in schema.items() if keyword not in _COMBINATORS}
        members = [*(schema.get("allOf") or ())]
        members += [self._choose(schema[union]) for union in ("oneOf", "anyOf") if schema.get(union)]
        for member in members if depth <= MAX_DEPTH else ():
            yield from self._parts(resolve(self._document, member), depth + 1)

    def _choose(self, choices: Sequence[Any]) -> Any:
        return self._rng.choice(choices) if self._rng else choices[0]

    def _of_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((name for name in kind if name != "null"), "null")
        if kind == "array":
            # One item shows what items are like, unless the schema contains itself.
            shown = min(1, schema.get("maxItems", 1)) if self._complete and depth < MAX_DEPTH else 0
            count = max(schema.get("minItems", 0), shown)
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
        if kind == "boolean":
            return self._rng.random() < 0.5 if self._rng else True
        if kind in {"integer", "number"}:
            return self._number(schema, is_integer=kind == "integer")
        if kind == "string":
            return self._string(schema)
        if kind == "null" or depth > MAX_DEPTH:
            return None
        required = schema.get("required") or ()
        properties = {**dict.fromkeys(required, _UNDOCUMENTED), **(schema.get("properties") or {})}
        return {
            name: self.value(prop, depth + 1)
            for name, prop in properties.items()
            if name in required or (self._complete and depth < MAX_DEPTH)
        }

    def _number(self, schema: Mapping[str, Any], *, is_integer: bool) -> float:
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 1001) - 1)
        step = schema.get("multipleOf", 1 if is_integer else 0)
        value = self._rng.uniform(low, high) if self._rng else low
        if step:
            value = -(-low // step) * step if self._rng is None else max(low, value // step * step)
        return int(value) if is_integer else round(value, 3)

    def _string(self, schema: Mapping[str, Any]) -> str:
        formatted = _FORMATS.get(str(schema.get("format")))
        if formatted is not None:
            return formatted
        low, high = int(schema.get("minLength", 0)), schema.get("maxLength")
        text = " ".join(self._rng.choices(_WORDS, k=3)) if self._rng else "text"
        text += "x" * (low - len(text))
        text = text[:high]
        pattern = schema.get("pattern")
        if pattern is None:
            return text
        return _matching(pattern, self._rng or Random(0), low, high) or text  # noqa: S311 - not a secret


def _matching(pattern: str, rng: Random, low: int, high: int | None) -> str | None:
    """Generate a text that matches a pattern; None if that fails or rstr is not installed."""
    try:
        from rstr import Rstr  # noqa: PLC0415 - few documents have a pattern without an example

        generator = Rstr(rng)
        texts = [generator.xeger(pattern) for _ in range(_ATTEMPTS)]
        fitting = (text for text in texts if re.search(pattern, text) and low <= len(text))
        return min((text for text in fitting if high is None or len(text) <= high), key=len, default=None)
    except (ImportError, re.error, KeyError, ValueError, RecursionError):
        return None
