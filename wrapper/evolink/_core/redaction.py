"""Removes the API key from what the other side sends, should it echo it: whole, escaped, or cut."""

from __future__ import annotations

import re

REDACTED = "***"
# Shorter keys are words that may appear anywhere; only texts for people are freed of them.
_SHORTEST = 16
# Still shorter ones, which no API gives out, are part of many words: only the word alone is the key.
_SHORTEST_IN_WORDS = 8
# So many characters of a key, or half of them, are too many to show; so many where a text breaks off.
_TOO_MANY = 13
_TOO_MANY_AT_END = 5
# An escaped character that is cut.
_CUT_ESCAPE = re.compile(r"(?:\\+u?[0-9a-fA-F]{0,3}|%[0-9a-fA-F]?)?\Z")


def load() -> None:
    """Import what the functions here need."""
    import evolink_api.key_search  # noqa: F401, PLC0415 - with the first submission or reply only


def redact(text: str, secret: str) -> str:
    """A text for people without the key, or a long part of it.

    Args:
        text: Any text.
        secret: The API key; "" for none.
    """
    if not secret:
        return text
    if len(secret) < _SHORTEST_IN_WORDS:
        return re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", REDACTED, text)
    if len(secret) < _SHORTEST:
        return text.replace(secret, REDACTED)
    return _without(text, secret, max(_TOO_MANY, len(secret) // 2))


def redact_body(content: bytes, secret: str) -> bytes:
    """A response's body without the key; JSON stays JSON. Parts of a key may be words, which are data.

    Args:
        content: The body.
        secret: The API key.
    """
    if len(secret) < _SHORTEST:
        return content
    is_complete = content.rstrip().endswith((b"}", b"]"))  # else it may break off within the key
    text = content.decode("latin-1")  # each byte is one character and back, whatever the body is
    text = _without(text, secret, len(secret))
    if not is_complete:
        # Escaped, a character is six long, or more.
        start = max(0, len(text) - 8 * len(secret))
        text = text[:start] + _without(text[start:], secret, _TOO_MANY_AT_END, at_end=True)
    return text.encode("latin-1")


def _without(text: str, secret: str, known: int, *, at_end: bool = False) -> str:
    """The text without parts of the key that show so many characters from its beginning, or more."""
    from evolink_api.key_search import find_key  # noqa: PLC0415 - loaded with the first reply only

    kept = []
    position = 0
    while (match := find_key(text, secret, known, position)) is not None:
        if at_end and _CUT_ESCAPE.match(text, match.end) is None:
            kept.append(text[position : match.head_end])
            position = match.head_end
            continue
        kept += text[position : match.start], REDACTED
        position = len(text) if at_end else match.end
    return "".join([*kept, text[position:]])
