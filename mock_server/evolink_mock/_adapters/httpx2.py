"""Serves clients of httpx2."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx
import httpx2
from respx.models import PassThrough

from .respx import aanswer, answer, is_answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from contextlib import ExitStack


def patch(stack: ExitStack) -> None:
    """Serve all transports that use the network, whoever made them and when."""
    for target, name, serve in (
        (httpx2.HTTPTransport, "handle_request", _serving),
        (httpx2.AsyncHTTPTransport, "handle_async_request", _aserving),
    ):
        stack.enter_context(mock.patch.object(target, name, serve(getattr(target, name))))


def _serving(send: Callable[..., httpx2.Response]) -> Callable[..., httpx2.Response]:
    def handle_request(self: Any, request: httpx2.Request) -> httpx2.Response:
        if is_answered(request.method, httpx.URL(str(request.url))):
            request.read()
            with _httpx2_errors():
                try:
                    return _response(answer(_request(request)))
                except PassThrough:
                    pass
        return send(self, request)

    return handle_request


def _aserving(send: Callable[..., Awaitable[httpx2.Response]]) -> Callable[..., Awaitable[httpx2.Response]]:
    async def handle_async_request(self: Any, request: httpx2.Request) -> httpx2.Response:
        if is_answered(request.method, httpx.URL(str(request.url))):
            await request.aread()
            with _httpx2_errors():
                try:
                    return _response(await aanswer(_request(request)))
                except PassThrough:
                    pass
        return await send(self, request)

    return handle_async_request


def _request(request: httpx2.Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        str(request.url),
        headers=request.headers.raw,
        content=request.content,
        extensions=request.extensions,
    )


def _response(response: httpx.Response) -> httpx2.Response:
    return httpx2.Response(
        response.status_code, headers=response.headers.raw, stream=_Stream(response.stream)
    )


class _Stream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body whose errors are those of httpx2."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _httpx2_errors():
            yield from self._stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx2_errors():
            async for chunk in self._stream:
                yield chunk


@contextmanager
def _httpx2_errors() -> Iterator[None]:
    """Raise errors of httpx as the errors of the same name in httpx2."""
    try:
        yield
    except httpx.TransportError as error:
        raise getattr(httpx2, type(error).__name__, httpx2.TransportError)(str(error)) from None
