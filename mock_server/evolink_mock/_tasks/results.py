"""Serves result files and uploads: which a link leads to, whether it holds, and parts of it (RFC 9110)."""

from __future__ import annotations

import re
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from .._clock.clock import LAST_MOMENT
from .._http.messages import Request, Response
from .._media.generator import MediaGenerator
from .files import DOWNLOAD
from .task import RESULTS_PATH

if TYPE_CHECKING:
    from .._media.generator import MediaFile
    from .._media.spec import MediaSpec
    from .account import MockAccount
    from .files import FileStore
    from .task import MockTask

_DIGITS = re.compile(r"[0-9]{1,18}")
_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)

# Shared by all mocks of a process: equal specs have the same file.
_generator = MediaGenerator()


class Results:
    """The files of completed tasks, and those that were uploaded.

    Args:
        account: Owner of the tasks.
        files: The uploaded files.
    """

    def __init__(self, account: MockAccount, files: FileStore) -> None:
        self._account = account
        self._files = files

    def task(self, path: str) -> MockTask | None:
        """The task that a path under `RESULTS_PATH` leads to; None if it leads nowhere."""
        if not path.startswith(RESULTS_PATH):
            return None
        stem = unquote(path.removeprefix(RESULTS_PATH)).rpartition(".")[0]
        return self._account.tasks.get(stem) or self._account.tasks.get(stem.rpartition(".")[0])

    def is_own_url(self, url: str, origin: str) -> bool:
        """Whether an address leads to a file of the mock."""
        parts = _split(url)
        owner = None if parts is None else self.task(parts.path) or self._files.at(parts.path)
        return (
            parts is not None
            and owner is not None
            and f"{parts.scheme}://{parts.netloc}" in {origin, owner.origin}
        )

    def file_at(self, url: str, origin: str) -> MediaFile | None:
        """The file that an address of the mock leads to now; None if it leads to none."""
        if not self.is_own_url(url, origin):
            return None
        path, _, query = url[url.index(RESULTS_PATH) :].partition("?")
        uploaded, task = self._files.at(path), self.task(path)
        if uploaded is not None:
            return uploaded.content
        is_there = task is not None and self._error(task, Request("GET", path, query)) is None
        return self.generate(self._spec(task)) if task is not None and is_there else None

    def pending(self, request: Request) -> MediaSpec | None:
        """The file that must be generated for a request; None if none must."""
        task = self.task(request.path)
        if task is None or self._error(task, request) is not None:
            return None
        spec = self._spec(task)
        return None if _generator.has(spec) else spec

    def generate(self, spec: MediaSpec) -> MediaFile:
        """The file of a spec; generating it takes some tenths of a second."""
        return _generator.file(spec)

    def handle(self, request: Request) -> Response:
        """Answer a request for a file."""
        uploaded = self._files.at(request.path)
        if uploaded is not None:
            error = _method_error(request)
            if error is not None:
                return error
            response = serve_file(request, uploaded.content, uploaded.created)
            if request.query == DOWNLOAD:
                response.headers["content-disposition"] = (
                    f"attachment; filename*=UTF-8''{quote(uploaded.name)}"
                )
            return response
        task = self.task(request.path)
        if task is None:
            return Response.text(404, "There is no such result.\n")
        error = self._error(task, request)
        if error is not None:
            return error
        file = self.generate(self._spec(task))
        return serve_file(request, file, task.created if task.ended is None else task.ended)

    def _spec(self, task: MockTask) -> MediaSpec:
        return task.template.result_spec(task, self._spec_at)

    def _spec_at(self, url: str) -> MediaSpec | None:
        """The spec of the file that an address leads to; None if it leads elsewhere."""
        parts = _split(url) if RESULTS_PATH in url else None
        task = None if parts is None else self.task(parts.path)
        return None if task is None else self._spec(task)

    def _error(self, task: MockTask, request: Request) -> Response | None:
        """Why a file is not served; None if it is."""
        error = _method_error(request)
        if error is not None:
            return error
        now = self._account.clock.now()
        state = task.state(now, self._account.tasks.progress)
        if state.status != "completed" or not 1 <= _file_number(task, request.path) <= task.outcome.results:
            return Response.text(404, "There is no such result.\n")
        expires = parse_qs(request.query).get("expires", ["0"])[0]
        if task.template.link_seconds is not None and now > _number(expires):
            return Response.text(410, "This link has expired.\n")
        return None


def _method_error(request: Request) -> Response | None:
    """The answer to a method that files do not take; None if they do."""
    if request.method in {"GET", "HEAD"}:
        return None
    response = Response.text(405, "Results can be fetched by GET and HEAD.\n")
    response.headers["allow"] = "GET, HEAD"
    return response


def serve_file(request: Request, file: MediaFile, modified: float) -> Response:
    """Answer a request for a file, complete or in part.

    Args:
        request: A GET or HEAD.
        file: The file.
        modified: When it was made, in Unix seconds.
    """
    total = len(file.data)
    last_modified = formatdate(min(modified, LAST_MOMENT), usegmt=True)
    headers = {
        "content-type": file.content_type,
        "content-length": str(total),
        "accept-ranges": "bytes",
        "etag": file.etag,
        "last-modified": last_modified,
    }
    if _matches(request.headers.get("if-none-match"), file.etag):
        del headers["content-length"]
        return Response(304, headers)
    status, body = 200, file.data
    part = _requested_range(request.headers.get("range"), total)
    # A part is only useful to a client that has the rest of the same file.
    if part is not None and request.headers.get("if-range", file.etag).strip() in {file.etag, last_modified}:
        start, stop = part
        if start >= stop:
            response = Response.text(416, f"The file has {total} bytes.\n")
            response.headers["content-range"] = f"bytes */{total}"
            return response
        headers["content-range"] = f"bytes {start}-{stop - 1}/{total}"
        headers["content-length"] = str(stop - start)
        status, body = 206, file.data[start:stop]
    return Response(status, headers, b"" if request.method == "HEAD" else body)


def _requested_range(header: str | None, total: int) -> tuple[int, int] | None:
    """Start and stop of the range in a Range header; None for the complete file.

    A start that is not below the stop means that there is no such part. A malformed header, or one with
    several ranges, is answered with the complete file.
    """
    match = _RANGE.fullmatch(header) if header else None
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


def _file_number(task: MockTask, path: str) -> int:
    middle = unquote(path).removeprefix(RESULTS_PATH).removeprefix(task.id).rpartition(".")[0]
    return _number(middle[1:]) if middle else 1


def _number(text: str) -> int:
    """The number that a text encodes; -1 if it encodes none, or one of more than 18 digits."""
    return int(text) if _DIGITS.fullmatch(text) else -1


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None if it is not one."""
    try:
        return urlsplit(url)
    except ValueError:
        return None
