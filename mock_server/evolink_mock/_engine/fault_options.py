"""What declares an option of a fault: its meaning, its values, and where it may stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_HEADERS = 100
_MAX_HEADERS_SIZE = 16 * 1024  # characters
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Check(NamedTuple):
    """What the values of an option are.

    Attributes:
        is_valid: Checks a value.
        expected: What a valid value is, in words.
        schema: The same as JSON Schema.
    """

    is_valid: Callable[[Any], bool]
    expected: str
    schema: Mapping[str, Any]


class FaultOption(NamedTuple):
    """The declaration of an option.

    Attributes:
        description: What it does, in Markdown.
        is_valid: Checks a value.
        expected: What a valid value is.
        schema: The same as JSON Schema.
        default: The value if it is not given.
        is_effect: Whether it makes something go wrong; a fault needs one such option.
        is_per_request: Whether a `Prefer` header may have it.
    """

    description: str
    is_valid: Callable[[Any], bool]
    expected: str
    schema: Mapping[str, Any]
    default: Any
    is_effect: bool
    is_per_request: bool


def option(
    description: str,
    check: Check,
    *,
    default: Any = None,
    is_effect: bool = False,
    is_per_request: bool = True,
) -> Mapping[str, FaultOption]:
    """The metadata of the field that declares an option."""
    return {"option": FaultOption(description, *check, default, is_effect, is_per_request)}


def number(low: float, high: float, expected: str) -> Check:
    """A number within bounds."""

    def is_valid(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return Check(is_valid, expected, {"type": "number", "minimum": low, "maximum": high})


def integer(low: int, high: int, expected: str) -> Check:
    """A whole number within bounds."""

    def is_valid(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return Check(is_valid, expected, {"type": "integer", "minimum": low, "maximum": high})


def one_of(*words: str) -> Check:
    """One of some words."""
    return Check(
        lambda value: isinstance(value, str) and value in words,
        " or ".join(map(repr, words)),
        {"enum": list(words)},
    )


def boolean() -> Check:
    """True or false."""
    return Check(lambda value: isinstance(value, bool), "true or false", {"type": "boolean"})


def header_mapping() -> Check:
    """Names and values of headers."""
    return Check(
        _is_header_mapping,
        "an object of names and values, each a line of ASCII",
        {
            "type": "object",
            "maxProperties": _MAX_HEADERS,
            "propertyNames": {"pattern": f"^{_TOKEN.pattern}$"},
            "additionalProperties": {"type": ["string", "number"]},
        },
    )


def _is_header_mapping(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) > _MAX_HEADERS:
        return False
    if any(isinstance(text, bool) or not isinstance(text, str | int | float) for text in value.values()):
        return False
    texts = {str(name): str(text) for name, text in value.items()}
    return sum(len(name) + len(text) for name, text in texts.items()) <= _MAX_HEADERS_SIZE and all(
        _TOKEN.fullmatch(name) and text.isascii() and text.isprintable() for name, text in texts.items()
    )
