"""What a reply says: pure functions from status, headers and bytes to data and errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from .._core import errors as _errors
from . import retry as _retry

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of a body that is kept for reading by a person.
_SHOWN = 2_000
_REQUEST_IDS = ("x-request-id", "x-oneapi-request-id")


class ErrorInfo(NamedTuple):
    """A fault in the API's own words, whichever envelope they came in; also the `error` of a failed task."""

    code: str | None = None
    message: str = ""
    type: str | None = None
    param: str | None = None
    suggestion: str | None = None


class Reply:
    """A reply whose body has been read; what generated code needs of an `httpx.Response`."""

    __slots__ = ("_json", "content", "headers", "status_code")

    def __init__(self, status_code: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = content
        self._json: Any = _UNREAD

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is shown as replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, parsed once.

        Raises:
            ValueError: It is none.
        """
        if self._json is _UNREAD:
            self._json = json.loads(self.content)
        return self._json

    @property
    def request_id(self) -> str | None:
        """The API's id of the request."""
        for name in _REQUEST_IDS:
            if value := self.headers.get(name):
                return value
        return None


_UNREAD = object()


def is_object(reply: Reply) -> bool:
    """Whether the body is a JSON object."""
    try:
        return isinstance(reply.json(), dict)
    except (ValueError, RecursionError):
        return False


def error_info(value: object) -> ErrorInfo:
    """Read the error in a JSON body, in any of the three envelopes that are met."""
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


def refusal_status(reply: Reply) -> int | None:
    """The status that a reply really stands for, or None if it is a success.

    One of the envelopes may come with HTTP 200: `success` is false and `code` is the status.
    """
    status = reply.status_code
    if not 200 <= status <= 299:
        return status
    if not is_object(reply) or reply.json().get("success") is not False:
        return None
    code = reply.json().get("code")
    return code if isinstance(code, int) and 400 <= code <= 599 else status


def status_error(status: int, reply: Reply, *, now: float, secret: str) -> _errors.APIError:
    """The error of a reply that is no success.

    Args:
        status: What the reply stands for, see `refusal_status`.
        reply: The reply; its body may be of any kind.
        now: Unix time, for a `Retry-After` date.
        secret: What must not be shown, even if the reply does.
    """
    try:
        info = error_info(reply.json())
    except (ValueError, RecursionError):
        info = ErrorInfo()
    kind: type[_errors.APIError]
    # Redirects are not followed: they are the API's word that there is nothing here, as 4xx are.
    kind = _errors.class_of_status(status) if 300 <= status <= 599 else _errors.APIResponseError
    message = info.message or _described(status, reply)
    return kind(
        _short(hide(message, secret)),
        status=status,
        code=_hidden(info.code, secret),
        type=_hidden(info.type, secret),
        param=_hidden(info.param, secret),
        suggestion=_hidden(info.suggestion, secret),
        request_id=_hidden(reply.request_id, secret),
        body=shown(reply, secret),
        _retry_after=_retry.retry_after(reply.headers, now),
    )


def shown(reply: Reply, secret: str) -> str:
    """The reply's text, short enough to print."""
    return _short(hide(reply.content[: 4 * _SHOWN].decode("utf-8", "replace"), secret))


def hide(text: str, secret: str) -> str:
    """The text without the API key, should the other side echo it."""
    return text.replace(secret, "***") if secret else text


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _hidden(text: str | None, secret: str) -> str | None:
    return text if text is None else hide(text, secret)


def _described(status: int, reply: Reply) -> str:
    if not reply.content.strip():
        return f"status {status} with an empty body"
    kind = reply.headers.get("content-type", "").partition(";")[0].strip()
    return f"status {status} with a body that holds no error message ({kind or 'of no stated type'})"


def _text(value: object) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    return str(value) if isinstance(value, (str, int, float)) and value != "" else None
