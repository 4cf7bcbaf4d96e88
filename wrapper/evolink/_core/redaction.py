"""Removes the API key from what the other side sends, should it echo it: whole, escaped, or cut."""

from __future__ import annotations

import functools
import re

REDACTED = "***"
# Shorter keys are words that may appear anywhere; only texts for people are freed of them.
_SHORTEST = 16
# So many characters of a key, or half of them, are too many to show; so many where a text breaks off.
_TOO_MANY = 13
_TOO_MANY_AT_END = 5
# An escaped character that is cut.
_CUT_ESCAPE = re.compile(r"(?:\\+u?[0-9a-fA-F]{0,3}|%[0-9a-fA-F]?)?\Z")


def redact(text: str, secret: str) -> str:
    """A text for people without the key, or a long part of it.

    Args:
        text: Any text.
        secret: The API key; "" for none.
    """
    if not secret:
        return text
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
    head = _head(secret[:known])
    kept = []
    position = 0
    while (match := head.search(text, position)) is not None:
        end = match.end()
        for character in secret[known:]:
            following = _spelled(character).match(text, end)
            if following is None:
                break
            end = following.end()
        if at_end and _CUT_ESCAPE.match(text, end) is None:
            kept.append(text[position : match.end()])
            position = match.end()
            continue
        kept += text[position : match.start()], REDACTED
        position = len(text) if at_end else end
    return "".join([*kept, text[position:]])


@functools.lru_cache(maxsize=64)
def _head(characters: str) -> re.Pattern[str]:
    return re.compile("".join(_spelled(character).pattern for character in characters))


@functools.cache
def _spelled(character: str) -> re.Pattern[str]:
    """A character as it is, escaped in JSON, perhaps in JSON within JSON, or percent-encoded."""
    code = "".join(
        f"[{digit.lower()}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{ord(character):02x}"
    )
    plain = re.escape(character) if character.isalnum() else rf"\\*{re.escape(character)}"
    return re.compile(rf"(?:{plain}|\\+u00{code}|%(?:25)*{code})")
