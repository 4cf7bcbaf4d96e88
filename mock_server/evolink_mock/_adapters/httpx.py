"""The in-process doors: httpx requests in, httpx replies out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from .._http.messages import Request, Response, joined

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from .._engine.engine import Engine
    from .webhooks import Courier


class Exchange:
    """Carries requests of httpx clients to an engine.

    Args:
        engine: What answers.
        courier: What delivers the callbacks that a request brings about.
    """

    def __init__(self, engine: Engine, courier: Courier) -> None:
        self._engine = engine
        self._courier = courier

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request whose body was read.

        Raises:
            httpx.TransportError: A fault wants it so.
        """
        clock = self._engine.clock
        steps = self._steps(request)
        try:
            while True:
                clock.sleep(next(steps))
        except StopIteration as done:
            self._courier.run()
            response: httpx.Response = done.value
            return response
        finally:
            steps.close()

    async def ahandle(self, request: httpx.Request) -> httpx.Response:
        """The same for coroutines."""
        clock = self._engine.clock.aio
        clock.stir()
        steps = self._steps(request)
        try:
            while True:
                await clock.sleep(next(steps))
        except StopIteration as done:
            await self._courier.arun()
            response: httpx.Response = done.value
            return response
        finally:
            steps.close()  # who is cancelled waits no longer, and what waits for that is told at once

    def _steps(self, request: httpx.Request) -> Generator[float, None, httpx.Response]:
        """Yield the seconds to sleep before each next step; return the reply."""
        answer = self._engine.handle(read(request))
        if answer.delay or answer.hang:
            yield from self._hold_up(answer, request)
        if answer.drop:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        return reply(answer, request)

    def _hold_up(self, answer: Response, request: httpx.Request) -> Generator[float, None, None]:
        """Yield the seconds for which a reply is held up.

        Raises:
            httpx.ReadTimeout: It does not come in time.
        """
        clock, keyed = self._engine.clock, answer.keyed
        patience = (request.extensions.get("timeout") or {}).get("read")
        if keyed is not None and not answer.hang:
            keyed.lands = clock.now() + answer.delay  # even if nobody waits for so long
        try:
            if patience is not None and (answer.hang or answer.delay > patience):
                yield patience
                raise httpx.ReadTimeout("The read operation timed out", request=request)
            if answer.hang:
                raise httpx.ReadTimeout("No reply comes, and the request has no timeout", request=request)
            yield answer.delay
        finally:
            if keyed is not None and answer.hang:
                keyed.lands = clock.now()


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for `httpx.Client(transport=...)` and `httpx.AsyncClient(transport=...)`.

    Args:
        exchange: Where requests go.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        request.read()
        return self._exchange.handle(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        await request.aread()
        return await self._exchange.ahandle(request)


def read(request: httpx.Request) -> Request:
    """An httpx request as the engine takes it."""
    url = request.url
    path, _, query = url.raw_path.decode("ascii").partition("?")
    origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
    return Request(request.method, path, query, joined(request.headers.raw), request.content, origin)


def reply(response: Response, request: httpx.Request) -> httpx.Response:
    """A reply of the engine as httpx takes it."""
    stream = (
        httpx.ByteStream(response.body)
        if response.cut is None
        else _CutStream(response.body, response.cut, request)
    )
    return httpx.Response(response.status, headers=response.headers, stream=stream, request=request)


class _CutStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off."""

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
