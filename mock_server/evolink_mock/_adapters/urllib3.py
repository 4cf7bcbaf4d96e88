"""Serves urllib3, and so requests: their retries, redirects and exceptions stay their own."""

from __future__ import annotations

import http.client
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx
from respx.models import PassThrough
from urllib3 import HTTPConnectionPool, HTTPHeaderDict, HTTPResponse, HTTPSConnectionPool, exceptions
from urllib3.util import SKIP_HEADER

from .respx import answer, is_answered

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from urllib3 import BaseHTTPResponse


def patch(stack: ExitStack) -> None:
    """Serve all connection pools, whoever made them and when."""
    for pool, name, replace in (
        (HTTPConnectionPool, "_make_request", _serving),  # within the loop of retries
        (HTTPSConnectionPool, "_prepare_proxy", _unless_served),
    ):
        stack.enter_context(mock.patch.object(pool, name, replace(getattr(pool, name))))


def _serving(send: Callable[..., BaseHTTPResponse]) -> Callable[..., BaseHTTPResponse]:
    def make_request(
        self: HTTPConnectionPool,
        conn: Any,
        method: str,
        url: str,
        body: Any = None,
        headers: Any = None,
        **options: Any,
    ) -> BaseHTTPResponse:
        timeout = self._get_timeout(options.get("timeout")).read_timeout
        if is_answered(method, _url(self, url)):
            content = body = _content(body)
            request = httpx.Request(
                method,
                _url(self, url),
                headers=[
                    (
                        name,
                        value.encode("latin-1") if isinstance(value, str) else value,
                    )  # as http.client does
                    for name, value in (headers or {}).items()
                    if value != SKIP_HEADER
                ],
                content=content,
                extensions={"timeout": {"read": timeout if isinstance(timeout, (int, float)) else None}},
            )
            try:
                return _response(self, answer(request), method, url, options)
            except PassThrough:
                pass
            except httpx.TransportError as error:
                raise _error(error, self, conn, url) from None
        return send(self, conn, method, url, body=body, headers=headers, **options)

    return make_request


def _unless_served(connect: Callable[..., None]) -> Callable[..., None]:
    def prepare_proxy(self: HTTPConnectionPool, conn: Any) -> None:
        if not is_answered("CONNECT", _url(self, "/")):
            connect(self, conn)

    return prepare_proxy


def _url(pool: HTTPConnectionPool, target: str) -> httpx.URL:
    if "://" in target.partition("?")[0]:  # as it is sent to a proxy
        return httpx.URL(target)
    return httpx.URL(scheme=pool.scheme, host=pool.host, port=pool.port, raw_path=target.encode("ascii"))


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    parts = [body] if isinstance(body, str) else [body.read()] if hasattr(body, "read") else body
    return b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in parts)


def _response(
    pool: HTTPConnectionPool, answered: httpx.Response, method: str, url: str, options: dict[str, Any]
) -> HTTPResponse:
    chunks: list[bytes] = []
    is_complete = True
    try:
        chunks.extend(answered.stream)  # type: ignore[arg-type]  # which is a sync one
    except httpx.RemoteProtocolError:
        is_complete = False
    content = b"" if method == "HEAD" else b"".join(chunks)
    body = BytesIO(content) if is_complete else _TruncatedBody(content)
    status = answered.status_code
    original = _OriginalResponse(body)
    for name, value in answered.headers.multi_items():
        original.msg.add_header(name, value)
    return HTTPResponse(
        body=body,
        headers=HTTPHeaderDict(answered.headers.multi_items()),
        status=status,
        version=11,
        reason=HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        preload_content=options.get("preload_content", True),
        decode_content=options.get("decode_content", True),
        enforce_content_length=options.get("enforce_content_length", True),
        retries=options.get("retries"),
        original_response=original,  # type: ignore[arg-type]  # as far as it is used
        pool=pool,
        connection=options.get("response_conn"),
        request_method=method,
        request_url=url,
    )


class _TruncatedBody(BytesIO):
    """A body whose connection is closed at its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as the standard library's response does."""
        data = super().read(size)
        if size is None or size < 0 or (size and not data):
            raise http.client.IncompleteRead(data)
        return data


class _OriginalResponse:
    """What urllib3 and requests ask the standard library's response for: cookies, and whether it is read."""

    def __init__(self, body: BytesIO) -> None:
        self._body = body
        self.msg = http.client.HTTPMessage()

    def isclosed(self) -> bool:
        return self._body.closed or self._body.tell() == self._body.getbuffer().nbytes

    def close(self) -> None:
        self._body.close()


def _error(error: httpx.TransportError, pool: HTTPConnectionPool, conn: Any, url: str) -> Exception:
    """What urllib3 would have raised in the same place."""
    if isinstance(error, httpx.ReadTimeout):
        return exceptions.ReadTimeoutError(pool, url, "Read timed out.")
    if isinstance(error, httpx.ConnectTimeout):
        return exceptions.ConnectTimeoutError(conn, str(error))
    if isinstance(error, httpx.ConnectError):
        return exceptions.NewConnectionError(conn, str(error))
    return http.client.RemoteDisconnected("Remote end closed connection without response")
