"""What a result file looks like, derived from the request."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

Kind = Literal["video", "image", "audio", "text"]
"""The kinds of results."""

FORMATS: dict[Kind, tuple[str, ...]] = {
    "video": ("mp4",),
    "image": ("png", "webp", "jpeg"),
    "audio": ("wav", "mp3", "m4a"),
    "text": ("txt",),
}
"""The file formats of each kind; the first is the default."""
DEFAULT_SECONDS = 5.0
"""How long a video plays where nothing says so."""
_DEFAULT_SHORT_SIDE = 720
_DEFAULT_RATIO = (16, 9)
_MAX_SIDE = 8192
_SAMPLE_SIDE = 64
_MAX_SECONDS = 600.0

_SIZE = re.compile(r"(\d{2,5})\s*[xX*]\s*(\d{2,5})")
_RATIO = re.compile(r"(\d{1,3}):(\d{1,3})")
_LINES = re.compile(r"(\d{3,4})[pP]")
_THOUSANDS = re.compile(r"([1248])[kK]")
_SHORT_SIDES = {"1": 1024, "2": 1440, "4": 2160, "8": 4320}
_SIZE_NAME = re.compile(r"ratio|size|resolution|quality|dimension", re.IGNORECASE)
_DURATION_NAME = re.compile(r"(video_)?(duration|seconds|length)", re.IGNORECASE)
_FORMAT_NAME = re.compile(r"(\w+_)?(format|container|codec|file_type|extension)", re.IGNORECASE)
_FACTOR_NAME = re.compile(r"(upscale|scale)(_?factor)?|upscaling", re.IGNORECASE)
_SYNONYMS = {"jpg": "jpeg", "mpeg": "mp3", "aac": "m4a", "wave": "wav"}


@dataclass(frozen=True, slots=True)
class MediaSpec:
    """What a result file looks like; equal specs have the same file.

    Attributes:
        kind: The kind of result.
        width: Pixels, even.
        height: Pixels, even.
        seconds: How long it plays.
        format: The file format.
    """

    kind: Kind
    width: int
    height: int
    seconds: float
    format: str


def is_duration_name(name: str) -> bool:
    """Whether a parameter of this name says how long a result plays."""
    return _DURATION_NAME.fullmatch(name) is not None


def is_format_name(name: str) -> bool:
    """Whether a parameter of this name says the file format of a result."""
    return _FORMAT_NAME.fullmatch(name) is not None


def named_format(kind: Kind, values: Iterable[Any]) -> str | None:
    """The first file format of a kind that one of some values names: `jpeg`, `audio/mpeg`, `a.mp3`."""
    for value in values:
        name = value.replace("/", ".").rpartition(".")[2].lower() if isinstance(value, str) else ""
        name = _SYNONYMS.get(name, name)
        if name in FORMATS[kind]:
            return name
    return None


def sample_spec(media_type: str) -> MediaSpec | None:
    """The spec of a small file of a type such as `audio/mpeg` or `image/*`; None for any other type."""
    for kind, formats in FORMATS.items():
        if kind != "text" and media_type.startswith(f"{kind}/"):
            name = formats[0] if media_type.endswith("/*") else named_format(kind, [media_type])
            return None if name is None else MediaSpec(kind, _SAMPLE_SIDE, _SAMPLE_SIDE, 1.0, name)
    return None


def choose_seconds(parameters: Mapping[str, Any], fallback: float) -> float:
    """How long a result plays.

    Args:
        parameters: Those that may say so, defaults included.
        fallback: The duration if none of them does; 0 if there is no such duration.
    """
    for value in parameters.values():
        number = _number(value)
        if number is not None and number > 0:
            return min(number, _MAX_SECONDS)
    return min(fallback, _MAX_SECONDS) if fallback > 0 else DEFAULT_SECONDS


def read_spec(
    kind: Kind,
    parameters: Mapping[str, Any],
    choices: AbstractSet[str],
    seconds: float,
    file_format: str = "",
) -> MediaSpec:
    """The spec that a request asks for.

    Args:
        kind: The kind of result.
        parameters: The body, defaults included.
        choices: The parameters that take one of a list of values.
        seconds: How long it plays.
        file_format: The file format; the default of the kind if it is empty.
    """
    size: tuple[int, int] | None = None
    ratio, short = (1, 1), 1024
    if kind != "image":
        ratio, short = _DEFAULT_RATIO, _DEFAULT_SHORT_SIDE
    for name, value in parameters.items():
        if not isinstance(value, str) or not (name in choices or _SIZE_NAME.search(name)):
            continue
        if match := _SIZE.fullmatch(value):
            size = int(match[1]), int(match[2])
        elif match := _RATIO.fullmatch(value):
            ratio = max(1, int(match[1])), max(1, int(match[2]))
        elif match := _LINES.fullmatch(value):
            short = int(match[1])
        elif match := _THOUSANDS.fullmatch(value):
            short = _SHORT_SIDES[match[1]]
    width, height = size or _fit(ratio, short)
    return MediaSpec(kind, _even(width), _even(height), seconds, file_format or FORMATS[kind][0])


def upscale_factor(parameters: Mapping[str, Any]) -> float | None:
    """By how much a request asks to enlarge its input; None if it does not."""
    for name, value in _leaves(parameters):
        if _FACTOR_NAME.fullmatch(name):
            number = _number(value)
            if number is not None and 0 < number <= 16:
                return number
    return None


def enlarge(spec: MediaSpec, factor: float) -> MediaSpec:
    """Enlarge a picture within what players can show."""
    factor = min(factor, _MAX_SIDE / max(spec.width, spec.height))
    return replace(spec, width=_even(spec.width * factor), height=_even(spec.height * factor))


def _fit(ratio: tuple[int, int], short: int) -> tuple[float, float]:
    width, height = ratio
    scale = short / min(width, height)
    return width * scale, height * scale


def _even(side: float) -> int:
    return max(16, min(_MAX_SIDE, round(side / 2) * 2))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _leaves(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _leaves(item)
        else:
            yield name, item
