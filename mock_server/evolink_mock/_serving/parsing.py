"""Reading requests out of a stream of bytes, without I/O."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

import httptools

from .interface import HTTPRequest

if TYPE_CHECKING:
    from .limits import Limits

# RFC 3986, 3.2.2 and 3.2.3, without user information; empty where a URI has no authority.
_HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-fv:.]+\])?(?::[0-9]*)?")
_ABSOLUTE = re.compile(r"https?://([^/?#]+)(.*)", re.IGNORECASE)
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ ")
# A second field of these names would change how the request is read.
_SINGLE = {"host", "content-length", "transfer-encoding"}
_FIELD_OVERHEAD = 32
_MAX_NAMES = 1000

_names: dict[bytes, str] = {}


class ProtocolError(Exception):
    """A request that breaks the rules of HTTP, or a limit of the server.

    Attributes:
        status: The status that tells the client so.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RequestParser:
    """Collects complete requests from the bytes of one connection.

    Args:
        limits: What is refused for its size.

    Attributes:
        requests: Those that are complete, in their order.
        error: What is wrong with the request after these; no more input is read.
        is_finished: Whether the last request said that it is the last.
        expects_continue: Whether a client waits for `100 Continue` before it sends its body.
        messages: How many requests have begun.
        in_head: Whether a head has begun and is not complete.
        in_body: Whether a head is complete and its body is not.
        body_size: What has come of that body, framing included.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._max_head = limits.head
        self._parser = httptools.HttpRequestParser(self)
        self.requests: deque[HTTPRequest] = deque()
        self.error: ProtocolError | None = None
        self.is_finished = False
        self.expects_continue = False
        self.messages = 0
        self.in_head = False
        self.in_body = False
        self._target = b""
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self.body_size = 0
        self._steps = 0  # any change but a further header field
        self._idle_size = 0  # input since the last step
        self._valid_host = ""
        self._request: HTTPRequest | None = None
        self._upgrade: dict[str, str] | None = None  # header fields of a request whose body comes yet
        self._content: bytes | bytearray = b""

    @property
    def is_open(self) -> bool:
        """Whether further input is read."""
        return self.error is None and not self.is_finished

    def feed(self, data: bytes) -> None:
        """Read the next piece of input.

        Whoever feeds small pieces has few requests at a time, and sizes checked exactly.
        """
        steps = self._steps
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            if self.is_open:
                self.error = _explain(error, data)
            return
        # An unfinished field, chunk extension or trailer is not reported until it is complete.
        self._idle_size = self._idle_size + len(data) if steps == self._steps else 0
        if self._idle_size > self._limits.head:
            self._fail(431, f"A head may have {self._limits.head} bytes")
        if self.in_body:
            self.body_size += len(data)
            if self.body_size > self._limits.body and "transfer-encoding" in self._headers:
                self._fail(413, f"A body may have {self._limits.body} bytes")

    def _parse(self, data: bytes) -> None:
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                # No other protocol is spoken here: the request is answered as it is (RFC 9110, 7.8).
                data = data[upgrade.args[0] :]
                self._parser = httptools.HttpRequestParser(self)
                if self._upgrade is not None:
                    # httptools takes the body for the other protocol; a head of framing alone brings it back.
                    self._parser.feed_data(_framing(self._upgrade))
                if data and self.is_open:
                    continue
            return

    def _fail(self, status: int, message: str) -> None:
        if self.error is None:
            self.error = ProtocolError(status, message)

    def _refuse(self, status: int, message: str) -> None:
        """Fail and make httptools stop."""
        self._fail(status, message)
        raise RuntimeError(message)

    def clear(self) -> None:
        """Forget what has not been answered."""
        self.requests.clear()
        self._content = b""
        self._request = None

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._steps += 1
        if self._upgrade is not None:
            return
        self.messages += 1
        self.in_head = True
        self._target = b""
        self._headers = {}
        self._head_size = 0

    def on_url(self, part: bytes) -> None:
        """Take a part of the target."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, or a trailer, which has no meaning here."""
        if not self.in_head:
            return
        key = _names.get(name) or _intern(name)
        headers = self._headers
        text = value.decode("latin-1").strip(" \t")
        if key in headers:
            if key in _SINGLE:
                self._refuse(400, f"There is more than one header field {key!r}")
            text = f"{headers[key]}, {text}"
        headers[key] = text
        self._head_size += len(name) + len(value) + _FIELD_OVERHEAD
        if self._head_size > self._max_head:
            self._refuse(431, f"A head may have {self._max_head} bytes")

    def on_headers_complete(self) -> None:
        """Take a head as a whole."""
        self._steps += 1
        self.in_head = False
        headers, parser = self._headers, self._parser
        if self._upgrade is not None:
            self._upgrade = None
            return
        version = parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            self._refuse(505, f"HTTP/{version} is not spoken, HTTP/1.1 is")
        is_http_10 = version == "1.0"
        method = parser.get_method().decode("ascii")
        target, host = self._route(method, headers.get("host"), is_http_10=is_http_10)
        if "transfer-encoding" in headers or "content-length" in headers or "expect" in headers:
            self._check_framing(headers, is_http_10=is_http_10)
        self._request = HTTPRequest(
            method, target, host, headers, b"", is_http_10, parser.should_keep_alive()
        )
        if parser.should_upgrade() and ("content-length" in headers or "transfer-encoding" in headers):
            self._upgrade = headers
        self.in_body = True
        self.body_size = 0
        self._content = b""

    def on_body(self, part: bytes) -> None:
        """Take a part of the body."""
        self._steps += 1
        self.expects_continue = False
        if not self._content:
            self._content = part
        else:
            if isinstance(self._content, bytes):
                self._content = bytearray(self._content)
            self._content += part

    def on_message_complete(self) -> None:
        """Take a request as a whole."""
        self._steps += 1
        if self._upgrade is not None:
            return
        self.in_body = self.expects_continue = False
        request, self._request = self._request, None
        if request is None or not self.is_open:
            return
        request.body = bytes(self._content)
        self._content = b""
        self.is_finished = not request.keep_alive
        self.requests.append(request)

    def _route(self, method: str, host: str | None, *, is_http_10: bool) -> tuple[str, str]:
        """The path with its query, and the host (RFC 9112, 3.2 and 3.3)."""
        if host is None:
            if not is_http_10:
                self._refuse(400, "There is no header field 'host'")
            host = ""
        elif host != self._valid_host:
            if not _HOST.fullmatch(host):
                self._refuse(400, "The header field 'host' is not a host")
            self._valid_host = host
        if len(self._target) > self._limits.head:
            self._refuse(414, f"A head may have {self._limits.head} bytes")
        target = self._target.decode("latin-1")
        if target[0] == "/" or (target == "*" and method == "OPTIONS"):
            return target, host
        absolute = _ABSOLUTE.fullmatch(target)
        if method == "CONNECT":
            self._refuse(501, "This server is not a proxy")
        if absolute is None or not _HOST.fullmatch(absolute[1]):
            self._refuse(400, "The target of the request is neither a path nor an http address")
            raise AssertionError
        path = absolute[2]
        return (path if path.startswith("/") else f"/{path}"), absolute[1]

    def _check_framing(self, headers: dict[str, str], *, is_http_10: bool) -> None:
        """Refuse what could be read in two ways (RFC 9112, 6), and bodies that are too large."""
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None:
            if length is not None or is_http_10:
                self._refuse(400, "Transfer-Encoding goes with neither Content-Length nor HTTP/1.0")
            if coding.lower() != "chunked":
                self._refuse(501, "Of all transfer codings, 'chunked' alone is understood")
        if length is not None and int(length) > self._limits.body:
            self._refuse(413, f"A body may have {self._limits.body} bytes")
        expected = headers.get("expect")
        if expected is not None and not is_http_10:
            if expected.lower() != "100-continue":
                self._refuse(417, "Of all expectations, '100-continue' alone is understood")
            self.expects_continue = True


def _intern(name: bytes) -> str:
    key = name.decode("latin-1").lower()
    if len(_names) < _MAX_NAMES:  # any client may send any names
        _names[name] = key
    return key


def _framing(headers: dict[str, str]) -> bytes:
    name = "content-length" if "content-length" in headers else "transfer-encoding"
    return f"POST / HTTP/1.1\r\n{name}: {headers[name]}\r\n\r\n".encode("latin-1")


def _explain(error: httptools.HttpParserError, data: bytes) -> ProtocolError:
    if isinstance(error, httptools.HttpParserInvalidMethodError) and _METHOD.match(data):
        return ProtocolError(501, "The method is not known")
    return ProtocolError(400, f"This is not HTTP/1.1: {error}")
