"""Finding an API key in a text: as it is, escaped, percent-encoded, or only its beginning."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

__all__ = ["KeyMatch", "find_key"]


class KeyMatch(NamedTuple):
    """Where a text shows a key, or the beginning of one.

    Attributes:
        start: Where it begins.
        head_end: Where the characters end that were asked for.
        end: Where the last character of the key ends that follows them.
    """

    start: int
    head_end: int
    end: int


def find_key(text: str, key: str, known: int, position: int = 0) -> KeyMatch | None:
    """The first place that shows a key, or so many characters of its beginning; None if there is none.

    Args:
        text: What is searched.
        key: The key.
        known: How many of its characters have to be there.
        position: Where the search begins.
    """
    match = _head(key[:known]).search(text, position)
    if match is None:
        return None
    end = match.end()
    for character in key[known:]:
        following = _spelled(character).match(text, end)
        if following is None:
            break
        end = following.end()
    return KeyMatch(match.start(), match.end(), end)


@functools.lru_cache(maxsize=1000)
def _head(characters: str) -> re.Pattern[str]:
    first = _spelling(characters[0], r"(?<!\\)\\")
    return re.compile(first + "".join(map(_spelling, characters[1:])))


@functools.cache
def _spelled(character: str) -> re.Pattern[str]:
    return re.compile(_spelling(character))


def _spelling(character: str, backslash: str = r"\\") -> str:
    """A pattern of a character as it is, escaped in JSON, perhaps in JSON within JSON, or percent-encoded.

    Args:
        character: The character.
        backslash: The pattern of the first of its backslashes. A search begins at the first only: from
            each of many it would take time that grows with their square.
    """
    code = "".join(
        f"[{digit.lower()}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{ord(character):02x}"
    )
    plain = re.escape(character) if character.isalnum() else rf"{backslash}*{re.escape(character)}"
    return rf"(?:{plain}|{backslash}+u00{code}|%(?:25)*{code})"
