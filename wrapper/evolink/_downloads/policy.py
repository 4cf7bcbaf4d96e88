"""What to ask a result host for, and what its responses mean. No I/O."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, NamedTuple

from .._core import addresses
from .._core.errors import DownloadError
from .._http.retry import is_transient_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

MAX_REDIRECTS = 5
# What a host says of a link that was good once.
_EXPIRED = frozenset({403, 404, 410})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A size of more digits is none.
_SIZE = re.compile(r"[0-9]{1,18}")
_CONTENT_RANGE = re.compile(
    rf"bytes\s+(?:({_SIZE.pattern})-({_SIZE.pattern})|\*)/({_SIZE.pattern}|\*)", re.IGNORECASE
)
# What a request's header can carry: visible ASCII, with spaces inside.
_VALIDATOR = re.compile(r"[!-~](?:[ -~]{0,998}[!-~])?")


class ResumeInfo(NamedTuple):
    """What is known of a complete result: enough to resume a part of it."""

    validator: str | None = None
    total: int | None = None
    content_type: str = ""


class Action(enum.Enum):
    """What to do with a response."""

    WRITE = "write it from `start` on"
    REDIRECT = "ask at `location`"
    EXPIRED = "get a new link"
    RETRY = "try again later"
    RESTART = "forget what there is and try again"
    REFUSED = "give up"
    UNKNOWN_SIZE = "write it if the caller takes the risk"


class ResponseDecision(NamedTuple):
    """What to do with a response, decided by its head."""

    action: Action
    reason: str = ""
    start: int = 0
    # Where this response ends, which need not be where the result does.
    end: int | None = None
    known: ResumeInfo = ResumeInfo()
    location: str = ""


def request_headers(offset: int, known: ResumeInfo, user_agent: str) -> dict[str, str]:
    """What to send to a result host; a Range always, so that the response tells the total."""
    headers = {
        "User-Agent": user_agent,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Range": f"bytes={offset}-",
    }
    if offset and known.validator is not None:
        headers["If-Range"] = known.validator
    return headers


def can_resume(size: int, known: ResumeInfo) -> bool:
    """Whether a part of this size may be resumed."""
    return is_validator(known.validator) and known.total is not None and 0 < size <= known.total


def is_validator(value: str | None) -> bool:
    """Whether a request can state this ETag or date; HTTP allows responses to have others."""
    return value is not None and _VALIDATOR.fullmatch(value) is not None


def web_address(link: str, base: httpx.URL | None = None) -> httpx.URL:
    """The address of a result.

    Args:
        link: From the task, or from the `Location` of a redirect.
        base: What the link of a redirect is relative to.

    Raises:
        DownloadError: It is not an address that can be requested.
    """
    url = addresses.web_address(link, base)
    if url is None:
        raise DownloadError("the link is not a web address")
    return url


def classify_response(
    status: int, headers: Mapping[str, str], offset: int, known: ResumeInfo, *, is_page: bool
) -> ResponseDecision:
    """Decide what a response means.

    Args:
        status: The status of the response.
        headers: The headers of the response.
        offset: Where the requested range starts.
        known: What the part so far belongs to.
        is_page: Whether the result may be a web page; otherwise a page comes from a proxy.
    """
    if status in _REDIRECTS and headers.get("location"):
        return ResponseDecision(Action.REDIRECT, location=headers["location"])
    if status in _EXPIRED:
        return ResponseDecision(Action.EXPIRED, f"the host answered {status}")
    if is_transient_status(status):
        return ResponseDecision(Action.RETRY, f"the host answered {status}")
    if status == 416:
        if offset:
            return ResponseDecision(Action.RESTART, "the host has less than was read before")
        return ResponseDecision(Action.REFUSED, "the host says that the result is empty")
    if status not in {200, 206}:
        return ResponseDecision(Action.REFUSED, f"the host answered {status}")
    if headers.get("content-type", "").lower().startswith("text/html") and not is_page:
        return ResponseDecision(Action.REFUSED, "the host answered with a web page")
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        # Ranges and sizes would be those of the compressed bytes, and a few of these may decode to gigabytes.
        return ResponseDecision(
            Action.REFUSED, "the host compresses the result, against the request; open the link in a browser"
        )
    return _complete(headers) if status == 200 else _partial(headers, offset, known)


def _complete(headers: Mapping[str, str]) -> ResponseDecision:
    length = headers.get("content-length", "")
    if _SIZE.fullmatch(length) is None:
        return ResponseDecision(
            Action.UNKNOWN_SIZE,
            "the host does not tell the size of the result",
            known=_resume_info(headers, None),
        )
    total = int(length)
    return ResponseDecision(Action.WRITE, end=total, known=_resume_info(headers, total))


def _partial(headers: Mapping[str, str], offset: int, known: ResumeInfo) -> ResponseDecision:
    match = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if match is None or match[1] is None:
        return ResponseDecision(Action.RESTART, "the host answered with an unreadable Content-Range")
    start, end = int(match[1]), int(match[2]) + 1
    if start != offset:
        return ResponseDecision(Action.RESTART, f"the host answered from byte {start} on, not from {offset}")
    if match[3] == "*" and offset:
        return ResponseDecision(Action.RESTART, "the host no longer tells the size of the result")
    if match[3] == "*":
        return ResponseDecision(
            Action.UNKNOWN_SIZE,
            "the host does not tell the size of the result",
            start,
            end,
            _resume_info(headers, None),
        )
    seen = _resume_info(headers, int(match[3]))
    # Some hosts ignore If-Range: a result that has changed must not be appended to the part.
    has_changed = seen.validator not in {None, known.validator} or seen.total != known.total
    if offset and has_changed:
        return ResponseDecision(Action.RESTART, "the result has changed on the host")
    return ResponseDecision(Action.WRITE, "", start, end, seen if not offset else known)


def _resume_info(headers: Mapping[str, str], total: int | None) -> ResumeInfo:
    # If-Range takes a strong ETag, else the date.
    etag = headers.get("etag", "")
    candidates = (etag if etag.startswith('"') else "", headers.get("last-modified", ""))
    validator = next((value for value in candidates if is_validator(value)), None)
    return ResumeInfo(validator, total, headers.get("content-type", ""))
