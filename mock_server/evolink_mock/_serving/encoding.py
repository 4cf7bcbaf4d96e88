"""Writing responses as bytes, without I/O."""

from __future__ import annotations

import re
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from .._http.messages import NO_CONTENT, Response
from .interface import HTTPRequest

if TYPE_CHECKING:
    from .parsing import ProtocolError

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_FRAMING = {"content-length", "transfer-encoding"}
_CLOSE = re.compile(r"(?:^|,)\s*close\s*(?:,|$)", re.IGNORECASE)
_UNREADABLE = HTTPRequest("-", "-", "", {}, keep_alive=False)


def encode(
    response: Response, request: HTTPRequest, date: str, *, is_last: bool = False
) -> tuple[bytes, bytes, bool]:
    """Write the response to a request.

    Args:
        response: What the application answers.
        request: What it answers.
        date: The header field `Date` as a line.
        is_last: Whether the connection is closed after it in any case.

    Returns:
        The head, the body or as much of it as is sent, and whether the connection is closed after it.

    Raises:
        ValueError: A header field is not one line of Latin-1 text.
    """
    status, headers, body = response.status, response.headers, response.body
    is_last = is_last or not request.keep_alive
    if status in NO_CONTENT or status < 200:
        # RFC 9110, 6.4.1 and 8.6; what is left of these fields would break the framing of the next response.
        headers = {name: value for name, value in headers.items() if name not in _FRAMING}
        if status == 205:
            headers["content-length"] = "0"
        body = b""
    elif response.stream is not None:
        is_last = True  # the end of the connection is the end of the body
    elif "content-length" not in headers and "transfer-encoding" not in headers:
        if body or request.method != "HEAD":  # an API may leave it out there
            headers = {**headers, "content-length": str(len(body))}
    elif request.method != "HEAD" and headers.get("content-length") != str(len(body)):
        is_last = True  # a fault wants it so; where the next response begins, nobody could tell
    if request.method == "HEAD":
        body = b""  # the fields are those of a GET (RFC 9110, 9.3.2)
    connection = headers.get("connection")
    if connection is not None and _CLOSE.search(connection):
        is_last = True
    cut = response.cut
    if cut is not None and cut < (len(body) or 1):
        body, is_last = body[:cut], True
    fields = ""
    for name, value in headers.items():
        fields += f"{name}: {value}\r\n"
    for value in response.cookies:
        fields += f"set-cookie: {value}\r\n"
    count = len(headers) + len(response.cookies)
    if fields.count("\n") != count or fields.count("\r") != count:
        raise ValueError("a header field of the response has a line break in it")
    if connection is None:
        if is_last:
            fields += "connection: close\r\n"
        elif request.is_http_10:
            fields += "connection: keep-alive\r\n"
    if "date" not in headers:
        fields += date
    return f"{_STATUS_LINES[status]}{fields}\r\n".encode("latin-1"), body, is_last


def encode_refusal(error: ProtocolError, date: str) -> bytes:
    """Write the last response of a connection, to a request that cannot be read."""
    head, body, _ = encode(_problem(error.status, str(error)), _UNREADABLE, date)
    return head + body


def server_error() -> Response:
    """The response in place of one that failed."""
    return _problem(500, "The mock has failed: its log says how. This is a mistake in it.")


def date_line(now: float) -> str:
    """The header field `Date` as a line."""
    return f"date: {formatdate(now, usegmt=True)}\r\n"


def _problem(status: int, message: str) -> Response:
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    return Response.json(status, {"error": {"code": code, "message": message}})


def _status_line(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""  # the space before it belongs to the line all the same (RFC 9112, 4)
    return f"HTTP/1.1 {status} {phrase}\r\n"


_STATUS_LINES = {status: _status_line(status) for status in range(100, 1000)}
