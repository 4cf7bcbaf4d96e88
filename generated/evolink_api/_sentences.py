# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""What is wrong with a value, in words: a sentence for each rule of JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_LONGEST = 240
_LONGEST_VALUE = 80
_MOST_VALUES = 40


def sentence(rule: str, error: Any, facts: dict[str, Any]) -> str:
    """A fault in a few words, to stand behind the name of its place.

    Args:
        rule: The keyword that is broken.
        error: The validator's.
        facts: What it says of the keyword.
    """
    known = _SENTENCES.get(rule)
    return as_said(error) if known is None else known(error, facts)


def as_said(error: Any) -> str:
    """A fault in the validator's own words, on one line, shortened."""
    message = " ".join(str(error.message).split())
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"


def show(value: Any) -> str:
    """A value as JSON, shortened."""
    start = value[:_LONGEST_VALUE] if isinstance(value, str) else value  # the rest would not be seen
    text = json.dumps(start, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def listed(values: Any, word: str, *, raw: bool = False) -> str:
    """Several values as words: `1, 2 or 3`; of very many the first: `1, 2, 3 or 97 more`."""
    left = len(values) - _MOST_VALUES
    shown = [str(value) if raw else show(value) for value in (values[:_MOST_VALUES] if left > 1 else values)]
    if left > 1:
        shown.append(f"{left} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def _count(number: Any, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _type(types: list[str]) -> str:
    words = {"null": "null"} | {kind: f"a {kind}" for kind in ("string", "number", "boolean")}
    ordered = sorted(types, key=lambda kind: kind == "null")
    return listed([words.get(kind, f"an {kind}") for kind in ordered], "or", raw=True)


_SENTENCES: dict[str, Callable[[Any, dict[str, Any]], str]] = {
    "additionalProperties": lambda *_: "no such parameter",
    "const": lambda e, f: f"{show(e.instance)} is not {show(f['expected_value'])}",
    "enum": lambda e, f: (
        f"{show(e.instance)} is not {'one of ' if len(f['options']) > 1 else ''}{listed(f['options'], 'or')}"
    ),
    "exclusiveMaximum": lambda e, f: f"{show(e.instance)} is not less than {f['limit']}",
    "exclusiveMinimum": lambda e, f: f"{show(e.instance)} is not more than {f['limit']}",
    "format": lambda e, f: f"{show(e.instance)} is not a valid {f['format']}",
    "items": lambda e, _: f"{show(e.instance)} is one item too many",
    "maxItems": lambda e, f: f"has {_count(len(e.instance), 'item', 'items')}, at most {f['limit']} allowed",
    "minItems": lambda e, f: f"has {_count(len(e.instance), 'item', 'items')}, at least {f['limit']} needed",
    "maxLength": lambda e, f: (
        f"has {_count(len(e.instance), 'character', 'characters')}, at most {f['limit']} allowed"
    ),
    "minLength": lambda e, f: (
        f"has {_count(len(e.instance), 'character', 'characters')}, at least {f['limit']} needed"
    ),
    "maxProperties": lambda e, f: (
        f"has {_count(len(e.instance), 'name', 'names')}, at most {f['limit']} allowed"
    ),
    "minProperties": lambda e, f: (
        f"has {_count(len(e.instance), 'name', 'names')}, at least {f['limit']} needed"
    ),
    "maximum": lambda e, f: f"{show(e.instance)} is more than {f['limit']}",
    "minimum": lambda e, f: f"{show(e.instance)} is less than {f['limit']}",
    "multipleOf": lambda e, f: f"{show(e.instance)} is not a multiple of {f['multiple_of']}",
    "not": lambda e, _: f"{show(e.instance)} is not allowed",
    "pattern": lambda e, f: f"{show(e.instance)} does not match {' '.join(f['pattern'].split())}",
    "type": lambda e, f: f"{show(e.instance)} is not {_type(f['types'])}",
    "uniqueItems": lambda e, _: f"{show(e.instance)} has equal items",
}
