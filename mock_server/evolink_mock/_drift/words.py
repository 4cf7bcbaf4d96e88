"""Texts for a report: what was seen, without the content of requests."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from .._http.json_values import strings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evolink_api.validation import Violation

_MAX_WORDS = 200
_MAX_TOKEN = 40
_MAX_SHOWN = 80  # characters of a value in the message of a violation
_SHORTEST = 4  # shorter texts may be part of any word
_BY_VALUE = {"enum", "const"}
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'`<>]+")
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|`[^`]*`|“[^”]*”|«[^»]*»")


def show(value: Any) -> str:
    """A short value as JSON; of texts that may be content, lists and objects only that they are there."""
    if isinstance(value, str) and _is_content(value):
        return '"…"'
    if isinstance(value, list | dict):
        return "[…]" if isinstance(value, list) else "{…}"
    return json.dumps(value, ensure_ascii=False, default=str)[:_MAX_SHOWN]


def describe(violation: Violation) -> str:
    """What is wrong with a value, without a value that may be content."""
    value = violation.value
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
    is_hidden = isinstance(value, str) and violation.rule not in _BY_VALUE
    return _LINK.sub("(link)", violation.message.replace(text, '"…"' if is_hidden else show(value), 1))


def quote(words: str, content: Iterable[str]) -> str:
    """What the API says in an error, without links and the content of the request.

    Args:
        words: The message.
        content: The texts of the request.
    """
    for text in sorted({text for text in content if len(text) >= _SHORTEST and _is_content(text)}, key=len):
        words = words.replace(text, "…").replace(text[:_MAX_TOKEN], "…")
    words = _LINK.sub("(link)", " ".join(words.split()))
    # Quoted text with spaces in it is most likely the prompt.
    words = _QUOTED.sub(lambda match: "…" if " " in match[0] else match[0], words)
    return words if len(words) <= _MAX_WORDS else f"{words[: _MAX_WORDS - 1]}…"


def texts_of(value: Any) -> list[str]:
    """The texts in a request's body."""
    return list(strings(value))


def _is_content(text: str) -> bool:
    """Whether a text may be a prompt or a link, not a word that programs use."""
    return len(text) > _MAX_TOKEN or "://" in text or any(map(str.isspace, text))
