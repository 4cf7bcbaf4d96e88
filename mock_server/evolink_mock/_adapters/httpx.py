"""Serves httpx clients in the process: takes their requests, gives them responses or errors of httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from .._http.messages import Request, Response, join_headers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from .._engine.engine import Engine
    from .webhooks import WebhookSender


class HttpxAdapter:
    """Answers requests of httpx clients by an engine.

    Args:
        engine: Answers the requests.
        sender: Sends the callbacks that become due.
    """

    def __init__(self, engine: Engine, sender: WebhookSender) -> None:
        self._engine = engine
        self._sender = sender
        # An address that stands for that of the API, without a slash at the end.
        self.base_url = ""

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request whose body has been read.

        Raises:
            httpx.TransportError: A fault wants it.
        """
        clock = self._engine.clock
        steps = self._steps(request)
        try:
            while True:
                clock.sleep(next(steps))
        except StopIteration as done:
            if self._engine.account.webhooks.due is not None:
                self._sender.run()
            response: httpx.Response = done.value
            return response
        finally:
            steps.close()

    async def ahandle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request in a coroutine."""
        clock = self._engine.clock.aio
        clock.notify()
        steps = self._steps(request)
        try:
            while True:
                await clock.sleep(next(steps))
        except StopIteration as done:
            if self._engine.account.webhooks.due is not None:
                await self._sender.arun()
            response: httpx.Response = done.value
            return response
        finally:
            steps.close()  # on cancellation the response counts as delivered now

    def _steps(self, request: httpx.Request) -> Generator[float, None, httpx.Response]:
        """Yield the seconds to sleep before each further step; return the response."""
        response = self._engine.handle(_read(request, self.base_url))
        if response.delay or response.hang:
            yield from self._delay(response, request)
        if response.drop:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        return _write(response, request)

    def _delay(self, response: Response, request: httpx.Request) -> Generator[float, None, None]:
        """Yield the seconds by which a response is delayed.

        Raises:
            httpx.ReadTimeout: It does not come in time.
        """
        clock, on_delivered = self._engine.clock, response.on_delivered
        timeout = (request.extensions.get("timeout") or {}).get("read")
        if on_delivered is not None and not response.hang:
            on_delivered(clock.now() + response.delay)  # even if nobody waits for so long
        try:
            if timeout is not None and (response.hang or response.delay > timeout):
                yield timeout
                raise httpx.ReadTimeout("The read operation timed out", request=request)
            if response.hang:
                raise httpx.ReadTimeout("No reply comes, and the request has no timeout", request=request)
            yield response.delay
        finally:
            if on_delivered is not None and response.hang:
                on_delivered(clock.now())


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for `httpx.Client(transport=...)` and `httpx.AsyncClient(transport=...)`.

    Args:
        adapter: Answers the requests.
    """

    def __init__(self, adapter: HttpxAdapter) -> None:
        self._adapter = adapter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        request.read()
        return self._adapter.handle(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        await request.aread()
        return await self._adapter.ahandle(request)


def _read(request: httpx.Request, base_url: str) -> Request:
    url = request.url
    path, _, query = url.raw_path.decode("ascii").partition("?")
    origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
    if base_url and f"{origin}{path}".startswith(f"{base_url}/"):
        path = f"{origin}{path}".removeprefix(base_url)
    return Request(request.method, path, query, join_headers(request.headers.raw), request.content, origin)


def _write(response: Response, request: httpx.Request) -> httpx.Response:
    stream = (
        httpx.ByteStream(response.body)
        if response.cut is None
        else _TruncatedStream(response.body, response.cut, request)
    )
    return httpx.Response(response.status, headers=response.headers, stream=stream, request=request)


class _TruncatedStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body whose connection is closed after some bytes."""

    def __init__(self, body: bytes, size: int, request: httpx.Request) -> None:
        self._body, self._size, self._request = body, size, request

    def __iter__(self) -> Iterator[bytes]:
        if self._size >= len(self._body):
            yield self._body
            return
        yield self._body[: self._size]
        raise httpx.RemoteProtocolError(
            "peer closed connection without sending complete message body "
            f"(received {self._size} bytes, expected {len(self._body)})",
            request=self._request,
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part
