"""The language of a page, as its address or file name gives it: `/ko/videos/sora.md`, `sora.ko.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_FOLDER = re.compile(r"(?:^|/)([a-z]{2}(?:-[A-Za-z]{2,4})?)/")
_SUFFIX = re.compile(r"\.([a-z]{2})(?=\.[^.]+$)")


def language_of(texts: Iterable[str]) -> str | None:
    """The language that the first of several paths names."""
    return next((language for text in texts if (language := without_language(text)[0])), None)


def without_language(path: str) -> tuple[str | None, str]:
    """The language that a path names, and the path without it, which translations have in common."""
    if match := _FOLDER.search(path):
        return match[1], path[: match.start(1)] + path[match.end(1) + 1 :]
    name = PurePosixPath(path).name
    if match := _SUFFIX.search(name):
        start = len(path) - len(name) + match.start()
        return match[1], path[:start] + path[start + len(match[0]) :]
    return None, path
