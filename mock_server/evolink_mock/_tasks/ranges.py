"""Parts of a file over HTTP: Range, If-Range, ETag, HEAD (RFC 9110)."""

from __future__ import annotations

import re
from email.utils import formatdate
from typing import TYPE_CHECKING

from .._http.messages import Request, Response

if TYPE_CHECKING:
    from .._media.generator import File

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


def serve(request: Request, file: File, modified: float) -> Response:
    """Answer a request for a file, whole or in part.

    Args:
        request: A GET or HEAD.
        file: What it asks for.
        modified: When the file was made, in Unix seconds.
    """
    total = len(file.data)
    stamp = formatdate(modified, usegmt=True)
    headers = {
        "content-type": file.content_type,
        "content-length": str(total),
        "accept-ranges": "bytes",
        "etag": file.etag,
        "last-modified": stamp,
    }
    if _matches(request.headers.get("if-none-match"), file.etag):
        del headers["content-length"]
        return Response(304, headers)
    status, body = 200, file.data
    part = _part(request.headers.get("range"), total)
    # A part is of use only to those who have the rest of the same file.
    if part is not None and request.headers.get("if-range", file.etag).strip() in {file.etag, stamp}:
        start, stop = part
        if start >= stop:
            answer = Response.text(416, f"The file has {total} bytes.\n")
            answer.headers["content-range"] = f"bytes */{total}"
            return answer
        headers["content-range"] = f"bytes {start}-{stop - 1}/{total}"
        headers["content-length"] = str(stop - start)
        status, body = 206, file.data[start:stop]
    return Response(status, headers, b"" if request.method == "HEAD" else body)


def _part(text: str | None, total: int) -> tuple[int, int] | None:
    """Begin and end of what a Range header asks for; None for the whole.

    A begin that is not below the end says that there is no such part. Several ranges in one header
    are answered with the whole, as are malformed ones.
    """
    match = _RANGE.fullmatch(text) if text else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, total - int(match[2])), total
    start = int(match[1])
    if not match[2]:
        return start, total
    last = int(match[2])
    return (start, min(last + 1, total)) if last >= start else None


def _matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    return header.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}
