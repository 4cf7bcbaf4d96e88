"""Downloads decided: names, what to ask a result host for, and what its replies mean. No I/O."""

from __future__ import annotations

import enum
import os
import re
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Target = str | os.PathLike[str] | IO[bytes]
    OnProgress = Callable[[int, int | None], object]

MAX_REDIRECTS = 5
# What a host says of a link that was good once.
EXPIRED = frozenset({403, 404, 410})
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d+)-(\d+)|\*)/(\d+|\*)", re.IGNORECASE)
_LONGEST_STEM = 120


class Place(NamedTuple):
    """Where a result goes."""

    folder: Path
    stem: str
    suffix: str
    # Whether a missing suffix may be taken from the type of what comes.
    is_open: bool

    @property
    def part(self) -> Path:
        """The unfinished file."""
        return self.folder / f"{self.stem}{self.suffix}.part"

    @property
    def state(self) -> Path:
        """What another process needs to go on with the unfinished file."""
        return self.folder / f"{self.stem}{self.suffix}.part.json"

    def final(self, guessed: str | None) -> Path:
        """The finished file."""
        suffix = (guessed or "") if self.is_open and not self.suffix else self.suffix
        return self.folder / f"{self.stem}{suffix}"


def places(target: str | os.PathLike[str], task_id: str, links: Sequence[str]) -> list[Place]:
    """One place for each result.

    A folder (it exists, or ends in a separator) takes files named after the task; a path takes one file, and
    numbered ones if there are several.
    """
    text = os.fspath(target)
    path = Path(text)
    is_folder = text.endswith(("/", os.sep)) or path.is_dir()
    numbers = [f"-{number}" for number in range(1, len(links) + 1)] if len(links) > 1 else [""]
    if is_folder:
        stem = safe_name(task_id)
        return [
            Place(path, stem + number, suffix_of(link), is_open=True)
            for number, link in zip(numbers, links, strict=True)
        ]
    return [Place(path.parent, path.stem + number, path.suffix, is_open=False) for number in numbers]


def safe_name(text: str) -> str:
    """A file name that leads nowhere and says nothing special to any system."""
    name = _UNSAFE.sub("_", text).strip("._-")[:_LONGEST_STEM].rstrip("._-")
    return name or "result"


def suffix_of(link: str) -> str:
    """The suffix of a link's path, if it looks like one."""
    try:
        suffix = PurePosixPath(unquote(urlsplit(link).path)).suffix
    except ValueError:
        return ""
    return suffix.lower() if _SUFFIX.fullmatch(suffix) else ""


class Known(NamedTuple):
    """What is known of the whole of a result: enough to go on with a part of it."""

    validator: str | None = None
    total: int | None = None
    content_type: str = ""


class Step(enum.Enum):
    """What to do with a reply."""

    WRITE = "write it from `start` on"
    REDIRECT = "ask at `location`"
    EXPIRED = "get a new link"
    AGAIN = "try again later"
    RESTART = "forget what there is and try again"
    REFUSED = "give up"
    UNKNOWN_SIZE = "write it if the caller takes the risk"


class Verdict(NamedTuple):
    """A reply's head, read."""

    step: Step
    reason: str = ""
    start: int = 0
    # Where this reply ends, which need not be where the result does.
    end: int | None = None
    known: Known = Known()
    location: str = ""


def request_headers(offset: int, known: Known, user_agent: str) -> dict[str, str]:
    """What to send to a result host; a Range always, so that the reply tells the total."""
    headers = {
        "User-Agent": user_agent,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Range": f"bytes={offset}-",
    }
    if offset and known.validator is not None:
        headers["If-Range"] = known.validator
    return headers


def can_resume(size: int, known: Known) -> bool:
    """Whether a part of this size may be gone on with."""
    return known.validator is not None and known.total is not None and 0 < size <= known.total


def judge(status: int, headers: Mapping[str, str], offset: int, known: Known, *, is_page: bool) -> Verdict:
    """Decide what a reply means.

    Args:
        status: Of the reply.
        headers: Of the reply.
        offset: Where the request asked to begin.
        known: What the part at hand was taken from.
        is_page: Whether the result may be a web page; else one is a proxy's excuse.
    """
    if status in {301, 302, 303, 307, 308} and headers.get("location"):
        return Verdict(Step.REDIRECT, location=headers["location"])
    if status in EXPIRED:
        return Verdict(Step.EXPIRED, f"the host answered {status}")
    if status in {408, 429} or status >= 500:
        return Verdict(Step.AGAIN, f"the host answered {status}")
    if status == 416:
        if offset:
            return Verdict(Step.RESTART, "the host has less than was read before")
        return Verdict(Step.REFUSED, "the host says that the result is empty")
    if status not in {200, 206}:
        return Verdict(Step.REFUSED, f"the host answered {status}")
    if headers.get("content-type", "").lower().startswith("text/html") and not is_page:
        return Verdict(Step.REFUSED, "the host answered with a web page")
    return _whole(headers) if status == 200 else _partial(headers, offset, known)


def _whole(headers: Mapping[str, str]) -> Verdict:
    length = headers.get("content-length", "")
    # The length of what is packed says nothing of what comes out.
    is_packed = headers.get("content-encoding", "identity").lower() != "identity"
    if is_packed or not length.isdecimal():
        return Verdict(
            Step.UNKNOWN_SIZE, "the host does not tell the size of the result", known=_known(headers, None)
        )
    total = int(length)
    return Verdict(Step.WRITE, end=total, known=_known(headers, total))


def _partial(headers: Mapping[str, str], offset: int, known: Known) -> Verdict:
    match = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if match is None or match[1] is None:
        return Verdict(Step.RESTART, "the host answered with an unreadable Content-Range")
    start, end = int(match[1]), int(match[2]) + 1
    if start != offset:
        return Verdict(Step.RESTART, f"the host answered from byte {start} on, not from {offset}")
    if match[3] == "*":
        return Verdict(
            Step.UNKNOWN_SIZE,
            "the host does not tell the size of the result",
            start,
            end,
            _known(headers, None),
        )
    seen = _known(headers, int(match[3]))
    # Some hosts leave If-Range unread: what has changed since must not be sewn to what there is.
    has_changed = seen.validator not in {None, known.validator} or seen.total != known.total
    if offset and has_changed:
        return Verdict(Step.RESTART, "the result has changed on the host")
    return Verdict(Step.WRITE, "", start, end, seen if not offset else known)


def _known(headers: Mapping[str, str], total: int | None) -> Known:
    # If-Range takes a strong ETag, else the date.
    etag = headers.get("etag", "")
    validator = etag if etag.startswith('"') else headers.get("last-modified") or None
    return Known(validator, total, headers.get("content-type", ""))
