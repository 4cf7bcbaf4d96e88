"""The free text of documents, made harmless before it goes anywhere."""

from __future__ import annotations

import re
from typing import Any

# Control characters but tab and newline; marks that turn the direction of text; what no UTF-8 file can hold.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TEXTS = frozenset({"description", "summary", "title", "termsOfService", "externalDocs"})


def plain(text: str) -> str:
    """The text without characters that hide, reorder or break it."""
    return _HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, shortened to `limit` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clean(value: Any, *, named: bool = False) -> Any:
    """A document with every prose text made plain.

    Args:
        value: any part of a document.
        named: the keys of `value` are names of the document (properties, schemas), not keywords.
    """
    if isinstance(value, dict):
        return {
            key: plain(item)
            if isinstance(item, str) and key in _TEXTS and not named
            else clean(item, named=not named and key in ("properties", "schemas", "examples", "mapping"))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value
