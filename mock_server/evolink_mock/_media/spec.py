"""The form of a result, read from what was asked for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

Kind = Literal["video", "image", "audio", "text"]
"""What can be made."""

FORMS: dict[Kind, tuple[str, ...]] = {
    "video": ("mp4",),
    "image": ("png", "webp", "jpeg"),
    "audio": ("wav", "mp3", "m4a"),
    "text": ("txt",),
}
"""What each kind can be written as; the first if nothing says otherwise."""
SECONDS = 5.0
"""How long a video is if nothing says how long."""
SHORT_SIDE = 720
"""Pixels of the short side if nothing says how many."""
RATIO = (16, 9)
"""Width to height if nothing says so."""
_MAX_SIDE = 8192
_MAX_SECONDS = 600.0

_SIZE = re.compile(r"(\d{2,5})\s*[xX*]\s*(\d{2,5})")
_PROPORTION = re.compile(r"(\d{1,3}):(\d{1,3})")
_LINES = re.compile(r"(\d{3,4})[pP]")
_THOUSANDS = re.compile(r"([1248])[kK]")
_SIDES = {"1": 1024, "2": 1440, "4": 2160, "8": 4320}
_SAYS_SIZE = re.compile(r"ratio|size|resolution|quality|dimension", re.IGNORECASE)
_SAYS_TIME = re.compile(r"(video_)?(duration|seconds|length)", re.IGNORECASE)
_SAYS_FORM = re.compile(r"(\w+_)?(format|container|codec|file_type|extension)", re.IGNORECASE)
_ALIKE = {"jpg": "jpeg", "mpeg": "mp3", "aac": "m4a", "wave": "wav"}
_SAYS_FACTOR = re.compile(r"(upscale|scale)(_?factor)?|upscaling", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a result file looks like; two of the same shape are the same file.

    Attributes:
        kind: What it is.
        width: Pixels, even.
        height: Pixels, even.
        seconds: How long it plays.
        form: What it is written as.
    """

    kind: Kind
    width: int
    height: int
    seconds: float
    form: str


def says_time(name: str) -> bool:
    """Whether a parameter of this name says how long a result plays."""
    return _SAYS_TIME.fullmatch(name) is not None


def says_form(name: str) -> bool:
    """Whether a parameter of this name says what a result is written as."""
    return _SAYS_FORM.fullmatch(name) is not None


def form(kind: Kind, asked: Iterable[Any]) -> str:
    """What a result is written as.

    Args:
        kind: What is made.
        asked: The values that may say so, those first that count most: `jpeg`, `audio/mpeg`, `a.mp3`.
    """
    for value in asked:
        word = value.replace("/", ".").rpartition(".")[2].lower() if isinstance(value, str) else ""
        word = _ALIKE.get(word, word)
        if word in FORMS[kind]:
            return word
    return FORMS[kind][0]


def seconds(asked: Mapping[str, Any], fallback: float) -> float:
    """How long a result plays.

    Args:
        asked: The parameters that say so, with defaults filled in.
        fallback: What holds if they do not; 0 if nothing does.
    """
    for value in asked.values():
        number = _number(value)
        if number is not None and number > 0:
            return min(number, _MAX_SECONDS)
    return min(fallback, _MAX_SECONDS) if fallback > 0 else SECONDS


def read(
    kind: Kind, asked: Mapping[str, Any], words: AbstractSet[str], plays: float, form: str = ""
) -> Shape:
    """The shape that a request asks for.

    Args:
        kind: What is made.
        asked: The body with defaults filled in.
        words: The parameters whose values are words of a list.
        plays: How long it plays, in seconds.
        form: What it is written as; the usual form of its kind by default.
    """
    size: tuple[int, int] | None = None
    ratio, short = RATIO if kind != "image" else (1, 1), SHORT_SIDE if kind != "image" else 1024
    for name, value in asked.items():
        if not isinstance(value, str) or not (name in words or _SAYS_SIZE.search(name)):
            continue
        if match := _SIZE.fullmatch(value):
            size = int(match[1]), int(match[2])
        elif match := _PROPORTION.fullmatch(value):
            ratio = max(1, int(match[1])), max(1, int(match[2]))
        elif match := _LINES.fullmatch(value):
            short = int(match[1])
        elif match := _THOUSANDS.fullmatch(value):
            short = _SIDES[match[1]]
    width, height = size or _fit(ratio, short)
    return Shape(kind, _even(width), _even(height), plays, form or FORMS[kind][0])


def factor(asked: Mapping[str, Any]) -> float | None:
    """By how much the request asks to enlarge its input; None if it does not."""
    for name, value in _leaves(asked):
        if _SAYS_FACTOR.fullmatch(name):
            number = _number(value)
            if number is not None and 0 < number <= 16:
                return number
    return None


def enlarged(shape: Shape, by: float) -> Shape:
    """The same, larger; the sides stay within what players can show."""
    by = min(by, _MAX_SIDE / max(shape.width, shape.height))
    return replace(shape, width=_even(shape.width * by), height=_even(shape.height * by))


def _fit(ratio: tuple[int, int], short: int) -> tuple[float, float]:
    across, down = ratio
    scale = short / min(across, down)
    return across * scale, down * scale


def _even(side: float) -> int:
    return max(16, min(_MAX_SIDE, round(side / 2) * 2))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _leaves(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _leaves(item)
        else:
            yield name, item
