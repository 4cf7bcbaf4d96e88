"""Encodes and decodes JSON: strict, in bounded time, and encoded alike wherever it is encoded."""

from __future__ import annotations

import json
import math
import re
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

MAX_DEPTH = 100
"""How deep arrays and objects may be nested in JSON that is received."""

# Half of a surrogate pair can only come from an escape: UTF-8 has none.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# Each value, and each name of an object, has one of these beside it: in JSON, or in a URL-encoded form.
_MARKS = b",:[{&="
_BYTES_PER_MARK = 100
_BYTES_PER_CHARACTER = 4  # one wide character makes all of its text as wide


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


# Escapes everything beyond ASCII, so that no text of a request can break the encoding of a response.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_decode, _decode_part = _decoder.decode, _decoder.raw_decode


def dumps(value: Any) -> bytes:
    """Encode a JSON value compactly."""
    return _encode(value).encode("ascii")


def loads(body: bytes) -> Any:
    """Decode JSON as strictly as RFC 8259.

    Raises:
        ValueError: It is malformed, nested deeper than `MAX_DEPTH`, or has a number that is too large.
    """
    try:
        text = body.decode()
        value, end = _decode_part(text) if text[:1] == "{" else (None, -1)
        if end != len(text):  # white space around it, no object, or a mistake
            value = _decode(text)
        if "\\" in text and _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # fails on unpaired surrogates
    except UnicodeError:
        raise ValueError("Malformed JSON: the body is not valid Unicode text") from None
    except RecursionError:
        raise ValueError("Malformed JSON: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"Malformed JSON: {error}") from None
    if len(body) > 2 * MAX_DEPTH and body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_deep(value):
        raise ValueError("Malformed JSON: it is nested too deeply")
    return value


def weight(body: bytes) -> int:
    """At most how many bytes of memory a body and its value take, JSON or URL-encoded.

    Many small values take 25 times the bytes in which they are written.
    """
    size = len(body)
    return (1 + _BYTES_PER_CHARACTER) * size + _BYTES_PER_MARK * (
        size - len(body.translate(None, _MARKS)) + 1
    )


class ObjectEncoder:
    """Encodes objects that differ in a few texts and integers; all else is encoded once.

    Args:
        members: The members of all objects, in their order.
        varying: The names of those that differ.
    """

    def __init__(self, members: Mapping[str, Any], varying: Container[str]) -> None:
        self._parts = [b""]
        self._varying: list[tuple[int, str]] = []
        separator = b"{"
        for name, value in members.items():
            self._parts[-1] += b"%b%b:" % (separator, dumps(name))
            separator = b","
            if name in varying:
                self._varying.append((len(self._parts), name))
                self._parts += [b"", b""]
            else:
                self._parts[-1] += dumps(value)
        self._parts[-1] += b"}" if members else b"{}"

    def encode(self, value: Mapping[str, Any]) -> bytes:
        """Encode an object whose other members are those given before."""
        parts = self._parts.copy()
        for index, name in self._varying:
            item = value[name]
            parts[index] = b"%d" % item if type(item) is int else encode_basestring_ascii(item).encode()
        return b"".join(parts)


def _is_deep(value: Any) -> bool:
    """Whether a JSON value is nested deeper than `MAX_DEPTH`."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for one in level
            if isinstance(one, dict | list)
            for item in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in level)
