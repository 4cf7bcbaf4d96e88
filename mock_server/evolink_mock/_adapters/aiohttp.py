"""Serves sessions of aiohttp by connections whose other end is the mock: HTTP is spoken by aiohttp itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from unittest import mock

import aiohttp
import h11
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from respx.models import PassThrough

from .respx import aanswer, is_answered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import ExitStack


def patch(stack: ExitStack) -> None:
    """Serve all connectors, whoever made them and when."""
    connect = _serving(aiohttp.BaseConnector.connect)
    stack.enter_context(mock.patch.object(aiohttp.BaseConnector, "connect", connect))


def _serving(connect: Callable[..., Awaitable[Connection]]) -> Callable[..., Awaitable[Connection]]:
    async def connect_to_mock(
        self: aiohttp.BaseConnector,
        req: aiohttp.ClientRequest,
        traces: Any,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the signature of aiohttp
    ) -> Connection:
        if not is_answered(req.method, httpx.URL(str(req.url))):
            return await connect(self, req, traces, timeout)
        loop = asyncio.get_running_loop()
        protocol = ResponseHandler(loop)
        protocol.connection_made(_MockTransport(protocol, str(req.url), timeout))
        protocol.force_close()  # never kept for another request, which may come when the mock is left
        return Connection(self, req.connection_key, protocol, loop)

    return connect_to_mock


class _MockTransport(asyncio.Transport):
    """The transport of a connection for one request."""

    def __init__(self, protocol: ResponseHandler, url: str, timeout: aiohttp.ClientTimeout) -> None:
        super().__init__()
        self._protocol = protocol
        self._url = url
        self._timeout = timeout
        self._parser = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._answering: asyncio.Task[None] | None = None
        self._is_closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes of the request, and answer it when it is complete."""
        self._parser.receive_data(bytes(data))
        while isinstance(event := self._parser.next_event(), h11.Event):
            if isinstance(event, h11.Request):
                self._head = event
                if self._parser.they_are_waiting_for_100_continue:
                    self._protocol.data_received(b"HTTP/1.1 100 Continue\r\n\r\n")
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                self._answering = asyncio.get_running_loop().create_task(self._answer())

    async def _answer(self) -> None:
        protocol, head = self._protocol, self._head
        assert head is not None  # noqa: S101 - the request is complete
        total, read = self._timeout.total, self._timeout.sock_read
        times = [seconds for seconds in (total, read) if seconds]
        request = httpx.Request(
            head.method.decode(),
            self._url,
            headers=list(head.headers),
            content=bytes(self._body),
            extensions={"timeout": {"read": min(times, default=None)}},
        )
        try:
            response = await aanswer(request)
            protocol.data_received(_head(response))
            if request.method != "HEAD":
                with suppress(httpx.RemoteProtocolError):  # aiohttp finds that there is less than announced
                    async for chunk in response.stream:  # type: ignore[union-attr]  # respx made it async
                        protocol.data_received(chunk)
        except httpx.ReadTimeout:
            is_total = total and total <= (read or total)
            protocol.set_exception(
                TimeoutError()
                if is_total
                else aiohttp.ServerTimeoutError("Timeout on reading data from socket")
            )
        except httpx.TransportError:
            pass  # the connection is closed without a response
        except PassThrough:
            protocol.set_exception(NotImplementedError("routes pass no requests of aiohttp through"))
        except Exception as error:  # noqa: BLE001 - raised where the response is awaited
            protocol.set_exception(error)
        finally:
            self._lose()

    def _lose(self) -> None:
        """Close the connection from the other end."""
        if not self._is_closing:
            self._is_closing = True
            self._protocol.connection_lost(None)

    def is_closing(self) -> bool:
        """Whether nothing more can be written."""
        return self._is_closing

    def close(self) -> None:
        """Close the connection, as aiohttp does when a request is cancelled."""
        if self._answering is not None:
            self._answering.cancel()
        self._is_closing = True

    abort = close

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - as in asyncio
        """There is no socket behind it."""
        return default

    def pause_reading(self) -> None:
        """Do nothing: the body is in memory already."""

    def resume_reading(self) -> None:
        """Do nothing."""


def _head(response: httpx.Response) -> bytes:
    fields = b"".join([b"%s: %s\r\n" % field for field in response.headers.raw])
    return b"HTTP/1.1 %d \r\n%s\r\n" % (response.status_code, fields)
