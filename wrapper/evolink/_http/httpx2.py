"""I/O over a caller's httpx2 client. Loaded for such a client alone.

httpx2 has the interface of httpx, so its requests and responses are used as they are. Requests must be made
of its own classes, and its errors become those of httpx, which `transport_errors` classifies.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

import httpx
import httpx2

from .httpx_io import AsyncIO, BlockingIO, FileStream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from .._core.overrides import AsyncClock, Clock


class Httpx2BlockingIO(BlockingIO):
    """The `ClientIO` of `EvoLink` over an httpx2 client."""

    def __init__(self, http: httpx2.Client, clock: Clock | None) -> None:
        super().__init__(cast("httpx.Client", http), clock)

    def build_request(self, **arguments: Any) -> httpx.Request:
        """As `ClientIO.build_request`."""
        return _build_request(self.http, **arguments)

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """As `ClientIO.send`."""
        with _httpx_errors():
            return await super().send(request, is_bare=is_bare)

    async def stream_to(self, response: httpx.Response, write: Callable[[bytes], Awaitable[object]]) -> None:
        """As `ClientIO.stream_to`."""
        with _httpx_errors():
            await super().stream_to(response, write)


class Httpx2AsyncIO(AsyncIO):
    """The `ClientIO` of `AsyncEvoLink` over an httpx2 client."""

    def __init__(self, http: httpx2.AsyncClient, clock: AsyncClock | None) -> None:
        super().__init__(cast("httpx.AsyncClient", http), clock)

    def build_request(self, **arguments: Any) -> httpx.Request:
        """As `ClientIO.build_request`."""
        request = _build_request(self.http, **arguments)
        if not isinstance(request.stream, httpx2.ByteStream):
            request.stream = _Httpx2FileStream(self, request.stream)
        return request

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """As `ClientIO.send`."""
        with _httpx_errors():
            return await super().send(request, is_bare=is_bare)

    async def stream_to(self, response: httpx.Response, write: Callable[[bytes], Awaitable[object]]) -> None:
        """As `ClientIO.stream_to`."""
        with _httpx_errors():
            await super().stream_to(response, write)


class _Httpx2FileStream(FileStream, httpx2.AsyncByteStream):
    """httpx2 accepts streams of its own class only."""


def _build_request(
    http: Any, *, url: httpx.URL, headers: Any, timeout: httpx.Timeout, is_bare: bool, **arguments: Any
) -> httpx.Request:
    make: Any = httpx2.Request if is_bare else http.build_request
    with _httpx_errors():
        request: httpx.Request = make(
            url=str(url), headers=dict(headers), extensions={"timeout": timeout.as_dict()}, **arguments
        )
    return request


@contextlib.contextmanager
def _httpx_errors() -> Iterator[None]:
    """Raise errors of httpx2 as the errors of the same name in httpx."""
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
        raise _translated(error) from error


def _translated(error: Exception) -> Exception:
    if isinstance(error, httpx2.HTTPStatusError):
        response: Any = error.response
        return httpx.HTTPStatusError(str(error), request=response.request, response=response)
    if isinstance(error, httpx2.StreamError):  # its subclasses take no text
        return httpx.StreamError(str(error))
    names = (kind.__name__ for kind in type(error).__mro__)  # it may be of a subclass of the caller's
    kind: type[Exception] = next(getattr(httpx, name) for name in names if name in httpx.__all__)
    return kind(str(error))
