"""What a response says: pure functions from status, headers and bytes to data and errors."""

from __future__ import annotations

import json
import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from .._core import errors
from .._core.errors import ErrorInfo
from .._core.redaction import redact, redact_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# More than any response of this API; one without end must not fill the memory.
_LONGEST_BODY = 64 * 2**20
_LONGEST_ERROR_BODY = 64 * 2**10
# Of a body that is kept for reading by a person.
_LONGEST_SHOWN = 2_000
_REQUEST_ID_HEADERS = ("x-request-id", "x-oneapi-request-id")
_UNREAD = object()


class APIResponse:
    """A response whose body has been read."""

    __slots__ = ("_json", "content", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status = status
        self.headers = headers
        self.content = content
        self._json: Any = _UNREAD

    def json(self) -> Any:
        """The body as JSON, parsed once.

        Raises:
            ValueError: It is not JSON.
        """
        if self._json is _UNREAD:
            self._json = json.loads(self.content)
        return self._json

    @property
    def request_id(self) -> str | None:
        """The API's id of the request."""
        for name in _REQUEST_ID_HEADERS:
            if value := self.headers.get(name):
                return value
        return None


class BodyReader:
    """Collects a body up to a limit of size and of time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._chunks: list[bytes] = []
        self._room = _LONGEST_BODY
        self._end = math.inf
        self.is_cut = False

    def expect(self, status: int, end: float) -> None:
        """Set the limits for the body of a response.

        Args:
            status: The status of the response.
            end: The time by which the body must be complete.
        """
        if not 200 <= status <= 299:
            self._room = _LONGEST_ERROR_BODY
        self._end = end

    async def write(self, chunk: bytes) -> bool:
        """Take the next bytes.

        Returns:
            Whether that was enough.

        Raises:
            httpx.ReadTimeout: The body takes too long.
        """
        self.add(chunk)
        # httpx counts the time between two chunks only: a body that drips would never end.
        if self._now() > self._end:
            raise httpx.ReadTimeout("the reply took too long")
        return self.is_cut

    def add(self, chunk: bytes) -> None:
        """Take bytes up to the limit of size."""
        self._chunks.append(chunk[: self._room])
        self.is_cut = len(chunk) > self._room
        self._room -= len(chunk)
        if self.is_cut:  # of no use but for an error, which shows its beginning
            self._chunks = [b"".join(self._chunks[:_LONGEST_ERROR_BODY])[:_LONGEST_ERROR_BODY]]

    @property
    def content(self) -> bytes:
        """All bytes so far."""
        return b"".join(self._chunks)


def without_key(content: bytes, secret: str) -> bytes:
    """A body without the API key, should it show it: nearly all are seen to be free of it at once."""
    is_complete = content.endswith((b"}", b"]"))  # else it may break off within the key
    if is_complete and secret.encode() not in content and b"\\" not in content and b"%" not in content:
        return content
    return redact_body(content, secret)


def has_object(response: APIResponse) -> bool:
    """Whether the body is a JSON object."""
    try:
        return isinstance(response.json(), dict)
    except (ValueError, RecursionError):
        return False


def has_task(response: APIResponse, task_id: str | None = None) -> bool:
    """Whether the body shows a task, that of the id if one is given, so that at least its id can be kept."""
    if not has_object(response) or not is_task(response.json()):
        return False
    return task_id is None or response.json()["id"] == task_id


def is_task(value: object) -> bool:
    """Whether a JSON value is an object with an id."""
    return isinstance(value, dict) and isinstance(value.get("id"), str) and bool(value["id"].strip())


def error_info(value: object) -> ErrorInfo:
    """Read the error in a JSON body, in any of the three envelopes that the API uses."""
    if not isinstance(value, dict):
        return ErrorInfo()
    error = value.get("error")
    if isinstance(error, dict):
        return ErrorInfo(
            code=_text(error.get("code")),
            message=_text(error.get("message")) or "",
            type=_text(error.get("type")),
            param=_text(error.get("param")),
            suggestion=_text(error.get("suggestion")) or _text(error.get("fallback_suggestion")),
        )
    if isinstance(error, str):
        return ErrorInfo(code=error, message=_text(value.get("error_description")) or "")
    message = _text(value.get("msg")) or _text(value.get("message")) or ""
    return ErrorInfo(code=_text(value.get("code")), message=message)


def error_status(response: APIResponse) -> int | None:
    """The status that an error response stands for, or None if the response is a success.

    One of the envelopes may come with HTTP 200: `success` is false and `code` is the status.
    """
    status = response.status
    if not 200 <= status <= 299:
        return status
    if not has_object(response) or response.json().get("success") is not False:
        return None
    code = response.json().get("code")
    return code if isinstance(code, int) and 400 <= code <= 599 else status


def is_good(response: APIResponse, is_usable: Callable[[APIResponse], bool] | None) -> bool:
    """Whether a complete response is a success that its caller can use."""
    return error_status(response) is None and (is_usable is None or is_usable(response))


def status_error(status: int, response: APIResponse, *, now: float, secret: str) -> errors.APIError:
    """The error of a response that is not a success.

    Args:
        status: What the response stands for, see `error_status`.
        response: Its body may be of any kind.
        now: Unix time, for a `Retry-After` date.
        secret: What must not be shown, even if the response does.
    """
    try:
        info = error_info(response.json())
    except (ValueError, RecursionError):
        info = ErrorInfo()
    kind: type[errors.APIError]
    # Redirects are not followed: for an API they are errors, as 4xx are.
    kind = errors.class_of_status(status) if 300 <= status <= 599 else errors.APIResponseError
    message = info.message or _described(status, response)
    return kind(
        _short(redact(message, secret)),
        status=status,
        code=_redacted(info.code, secret),
        type=_redacted(info.type, secret),
        param=_redacted(info.param, secret),
        suggestion=_redacted(info.suggestion, secret),
        request_id=_redacted(response.request_id, secret),
        body=shown(response, secret),
        _retry_after=retry_after(response.headers, now),
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a response's `Retry-After` asks for: a number, or an HTTP date.

    A date is compared with the response's own `Date`, so that clocks that differ do no harm.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        due = _timestamp(value)
        if due is None:
            return None
        sent = _timestamp(headers.get("date", ""))
        seconds = due - (now if sent is None else sent)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def shown(response: APIResponse, secret: str) -> str:
    """The response's text, short enough to print."""
    return _short(redact(response.content[: 4 * _LONGEST_SHOWN].decode("utf-8", "replace"), secret))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _redacted(text: str | None, secret: str) -> str | None:
    return text if text is None else redact(text, secret)


def _described(status: int, response: APIResponse) -> str:
    if not response.content.strip():
        return f"status {status} with an empty body"
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    return f"status {status} with a body that holds no error message ({kind or 'no content type'})"


def _text(value: object) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    return str(value) if isinstance(value, (str, int, float)) and value != "" else None


def _timestamp(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
