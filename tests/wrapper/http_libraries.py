"""The HTTP client that the SDK's tests run over: of httpx, or of httpx2 with `EVOLINK_TEST_HTTP=httpx2`."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import httpx2

DEFAULT = os.environ.get("EVOLINK_TEST_HTTP", "httpx")


def sync_http(library: str = DEFAULT, **options: Any) -> Any:
    """A client of the library; a transport of httpx is adapted."""
    if library == "httpx":
        return httpx.Client(**options)
    return httpx2.Client(**_adapted(options))


def async_http(library: str = DEFAULT, **options: Any) -> Any:
    """The same for coroutines."""
    if library == "httpx":
        return httpx.AsyncClient(**options)
    return httpx2.AsyncClient(**_adapted(options))


def _adapted(options: dict[str, Any]) -> dict[str, Any]:
    if "transport" in options:
        return {**options, "transport": Httpx2Transport(options["transport"])}
    return options


class Httpx2Transport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Sends requests of httpx2 with a transport of httpx, so that tests state their replies in one way."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> Any:
        with _httpx2_errors():
            response = self._transport.handle_request(_request(request))
        return _response(response)

    async def handle_async_request(self, request: httpx2.Request) -> Any:
        with _httpx2_errors():
            response = await self._transport.handle_async_request(_request(request))
        return _response(response)


def _request(request: httpx2.Request) -> httpx.Request:
    content: dict[str, Any]
    try:
        content = {"content": request.content}
    except httpx2.RequestNotRead:
        content = {"stream": _RequestStream(request.stream)}
    return httpx.Request(
        request.method,
        str(request.url),
        headers=request.headers.raw,
        extensions=request.extensions,
        **content,
    )


def _response(response: httpx.Response) -> Any:
    if not isinstance(response, httpx.Response):  # as some tests return
        return response
    made = httpx2.Response(
        response.status_code, headers=response.headers.raw, stream=_ResponseStream(response.stream)
    )
    if hasattr(response, "_content"):
        made.read()
    return made


class _RequestStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk


class _ResponseStream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _httpx2_errors():
            yield from self._stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx2_errors():
            async for chunk in self._stream:
                yield chunk

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextlib.contextmanager
def _httpx2_errors() -> Iterator[None]:
    """Raise errors of httpx as those of the same name in httpx2, as its own transports would."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        kind = getattr(httpx2, type(error).__name__)
        raise kind(*([] if isinstance(error, httpx.StreamError) else [str(error)])) from error
