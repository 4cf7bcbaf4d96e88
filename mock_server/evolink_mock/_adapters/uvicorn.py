"""Runs the ASGI application under uvicorn."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    App = Callable[[Scope, Any, Any], Awaitable[None]]

# The protocol of httptools if it is installed, else that of h11: the same methods, no common type.
_Base: Any = AutoHTTPProtocol
_KEEP_ALIVE_TIMEOUT = 120  # seconds, since clients may poll slowly
_SHUTDOWN_TIMEOUT = 1  # seconds that requests have to finish on shutdown


class Connections:
    """The open connections, so that a fault can close one.

    ASGI hides the connection from the application; the protocol class of the server has it.
    """

    def __init__(self) -> None:
        self._open: dict[Any, CoalescingTransport] = {}

    def close(self, scope: Scope) -> bool:
        """Close the connection of a request; False if it is not known."""
        client = scope.get("client")
        transport = self._open.get(tuple(client)) if client else None
        if transport is None:
            return False
        transport.close()
        return True

    def protocol(self) -> type[asyncio.Protocol]:
        """A protocol class for uvicorn that registers its connections."""
        connections = self._open

        class Protocol(_Base):  # type: ignore[misc]  # one library's class or the other's
            def connection_made(self, transport: Any) -> None:
                transport = CoalescingTransport(transport)
                self._peer = transport.get_extra_info("peername")
                if isinstance(self._peer, tuple):
                    connections[self._peer[:2]] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                if isinstance(self._peer, tuple):
                    connections.pop(self._peer[:2], None)
                super().connection_lost(exc)

        return Protocol


class CoalescingTransport:
    """A transport that sends in one packet what is written in one turn of the event loop.

    The head and the body of a response are written separately, and uvloop sends at once: that would be
    two packets, and a client that wakes up twice.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._call_soon = asyncio.get_running_loop().call_soon
        self._buffer: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send data at the end of this turn."""
        if not self._buffer:
            self._call_soon(self._flush)
        self._buffer.append(data)

    def close(self) -> None:
        """Send what was written and close the connection."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._buffer:
            data = b"".join(self._buffer)
            self._buffer.clear()
            if not self._transport.is_closing():  # the client may have left
                self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Server(uvicorn.Server):
    """A server that reports when it accepts requests."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()


def bind(host: str, port: int) -> socket.socket:
    """Bind a socket to listen on.

    Args:
        host: A name or an address.
        port: 0 for a free one.

    Raises:
        OSError: The address cannot be bound.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def run(app: App, connections: Connections, listener: socket.socket, on_started: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        app: The ASGI application.
        connections: Registers the connections of the server.
        listener: The bound socket.
        on_started: Called when requests are accepted.
    """
    config = uvicorn.Config(
        app,
        http=connections.protocol(),
        ws="none",
        lifespan="on",
        access_log=False,
        # A fault that truncates a response is an error to uvicorn, but only meant to be one to the client.
        log_level="critical",
        server_header=False,
        proxy_headers=False,  # there is no proxy, and reading its headers takes time
        timeout_keep_alive=_KEEP_ALIVE_TIMEOUT,
        timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT,
    )
    server = _Server(config, on_started)
    # uvicorn raises the signal that stopped it again; that is to end the process without a traceback.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


def _exit(_: int, __: object) -> None:
    raise SystemExit(0)
