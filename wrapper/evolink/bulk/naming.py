"""What the files of a job are called: safe on every system, and different for different jobs. No I/O."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .._downloads.target import is_device, safe_name

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = "results.jsonl"
_COMPONENT = re.compile(r"[^\x00-\x1f<>:\"/\\|?*.\s](?:[^\x00-\x1f<>:\"/\\|?*]*[^\x00-\x1f<>:\"/\\|?*.\s])?")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_LONGEST_COMPONENT = 120
_HASH_LENGTH = 8


def output_fault(output: str) -> str | None:
    """Why files cannot be named like this; None if they can.

    Args:
        output: A path below the folder of the run, with `/` between its parts.
    """
    if not output or output.startswith("/") or output.endswith("/"):
        return "must be the relative path of a file"
    for part in output.split("/"):
        if part in {".", ".."}:
            return "must not lead out of the folder"
        if part.startswith("."):
            return "must have no part that begins with a dot"
        if len(part.encode()) > _LONGEST_COMPONENT:
            return f"must have no part that is longer than {_LONGEST_COMPONENT} bytes"
        if _COMPONENT.fullmatch(part) is None or is_device(part):
            return f"{part!r} is not a name that files can have on every system"
    return f"{RESULTS} is the name of the results" if output.lower() == RESULTS else None


def output_of(job_id: str) -> str:
    """How the files of a job are called that names no output."""
    return safe_name(job_id)


def suffix_of(output: str) -> str:
    """The suffix that an output states; "" if the type of the result decides."""
    suffix = PurePosixPath(output).suffix
    return suffix if _SUFFIX.fullmatch(suffix) else ""


class Names:
    """The names that are taken, to notice two jobs that would write one file.

    Upper and lower case are the same, as on some systems.
    """

    def __init__(self) -> None:
        # With the number of the job that has it.
        self._open: dict[str, int] = {}
        self._exact: dict[str, int] = {}
        self._stems: dict[str, int] = {}

    def take(self, output: str, number: int) -> int | None:
        """Take a name for a job; returns the number of the job that has it already, if one has."""
        name = output.casefold()
        suffix = suffix_of(name)
        stem = name.removesuffix(suffix)
        if suffix:
            other = self._exact.get(name, self._open.get(stem))
            self._exact.setdefault(name, number)
            self._stems.setdefault(stem, number)
        else:
            other = self._open.get(name, self._stems.get(name))
            self._open.setdefault(name, number)
        return other


def stems(output: str, count: int, is_taken: Callable[[str], bool]) -> list[str]:
    """The paths of the results of a job without their suffixes, relative to the folder of the run.

    Args:
        output: The output of the job.
        count: The number of its results.
        is_taken: Whether another job has an output of this name, with a suffix or without.
    """
    stem = output.removesuffix(suffix_of(output))
    if count == 1:
        return [stem]
    numbered = [f"{stem}-{number}" for number in range(1, count + 1)]
    digest = hashlib.sha256(output.encode()).hexdigest()[:_HASH_LENGTH]
    return [f"{name}-{digest}" if is_taken(name) else name for name in numbered]
