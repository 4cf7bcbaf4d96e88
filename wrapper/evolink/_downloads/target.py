"""Which file a result goes to."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    Target = str | os.PathLike[str] | IO[bytes]

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_LONGEST_STEM = 120
# Of one file on most systems, in bytes.
_LONGEST_NAME = 255
# What Windows takes for a device, whatever the suffix.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))]
)
_HASH_LENGTH = 10
_SEPARATORS = tuple({"/", os.sep})


class DownloadTarget(NamedTuple):
    """The file that a result goes to."""

    folder: Path
    stem: str
    suffix: str
    # Whether a missing suffix may be taken from the content type.
    may_guess_suffix: bool

    @property
    def part(self) -> Path:
        """The unfinished file."""
        return self.folder / f"{self._unfinished_name}.part"

    @property
    def state(self) -> Path:
        """What another process needs to resume the unfinished file."""
        return self.folder / f"{self._unfinished_name}.part.json"

    @property
    def _unfinished_name(self) -> str:
        """The name of the file, or a shorter one where the longer names beside it would be too long."""
        name = f"{self.stem}{self.suffix}"
        size = len(f"{name}.part.json".encode("utf-8", "surrogatepass"))
        return name if size <= _LONGEST_NAME else safe_name(name)

    def final(self, guessed: str | None) -> Path:
        """The finished file."""
        suffix = (guessed or "") if self.may_guess_suffix and not self.suffix else self.suffix
        return self.folder / f"{self.stem}{suffix}"


def targets(path: str | os.PathLike[str], task_id: str, links: Sequence[str]) -> list[DownloadTarget]:
    """One target for each result; looks at the disk.

    A folder takes files named after the task; a path takes one file, and numbered ones if there are several.
    """
    text = os.fspath(path)
    given = Path(text)
    # A file's name has a suffix: `videos` and `videos/` mean the same, whether it exists or not.
    is_folder = text.endswith(_SEPARATORS) or not given.suffix or os.path.isdir(text)  # noqa: PTH112 - never raises
    numbers = [f"-{number}" for number in range(1, len(links) + 1)] if len(links) > 1 else [""]
    if is_folder:
        stem = safe_name(task_id)
        return [
            DownloadTarget(given, stem + number, suffix_of(link), may_guess_suffix=True)
            for number, link in zip(numbers, links, strict=True)
        ]
    return [
        DownloadTarget(given.parent, given.stem + number, given.suffix, may_guess_suffix=False)
        for number in numbers
    ]


def safe_name(text: str) -> str:
    """A file name without a path, and without characters that are special on some system.

    Different texts have different names: one that had to be changed ends in a hash.
    """
    name = _UNSAFE.sub("_", text).strip("._-")[:_LONGEST_STEM].rstrip("._-")
    if name and name == text and not is_device(name):
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
    shortened = name[: _LONGEST_STEM - _HASH_LENGTH - 1].rstrip("._-")
    return f"{shortened or 'result'}-{digest}"


def is_device(name: str) -> bool:
    """Whether Windows takes a name for that of a device."""
    return name.partition(".")[0].lower() in _DEVICES


def suffix_of(link: str) -> str:
    """The suffix of a link's path, if it looks like one."""
    try:
        suffix = PurePosixPath(unquote(urlsplit(link).path)).suffix
    except ValueError:
        return ""
    return suffix.lower() if _SUFFIX.fullmatch(suffix) else ""
