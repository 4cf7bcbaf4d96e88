"""Running the ASGI application under uvicorn."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from ..asgi import MockApp

# The protocol of httptools where it is installed, of h11 where not: the same methods, no common type.
_Base: Any = AutoHTTPProtocol
_PATIENCE = 120  # seconds that an idle connection is kept: clients poll at leisure
_GRACE = 1  # seconds that requests under way are given on shutdown


class Connections:
    """The open connections, so that a fault can close one.

    ASGI hides the connection from the application; the protocol class of the server knows it.
    """

    def __init__(self) -> None:
        self._open: dict[Any, _Together] = {}

    def hang_up(self, scope: MutableMapping[str, Any]) -> bool:
        """Close the connection that a request came in by; False if it is not known."""
        client = scope.get("client")
        transport = self._open.get(tuple(client)) if client else None
        if transport is None:
            return False
        transport.close()
        return True

    def protocol(self) -> type[asyncio.Protocol]:
        """A protocol class for uvicorn that tells of its connections."""
        connections = self._open

        class Protocol(_Base):  # type: ignore[misc]  # of one library or the other
            def connection_made(self, transport: Any) -> None:
                transport = _Together(transport)
                self._peer = transport.get_extra_info("peername")
                if isinstance(self._peer, tuple):
                    connections[self._peer[:2]] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                if isinstance(self._peer, tuple):
                    connections.pop(self._peer[:2], None)
                super().connection_lost(exc)

        return Protocol


class _Together:
    """A transport that sends together what is written in one turn of the event loop.

    The head and the body of a reply are written one after the other, and uvloop sends at once: that
    would be two packets, and a client that is woken up twice.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._later = asyncio.get_running_loop().call_soon
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._held:
            self._later(self._flush)
        self._held.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            held = b"".join(self._held)
            self._held.clear()
            if not self._transport.is_closing():  # the client may have left since
                self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def bind(host: str, port: int) -> socket.socket:
    """Take an address to listen at.

    Args:
        host: A name or an address.
        port: 0 for a free one.

    Raises:
        OSError: It is not to be had.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def run(app: MockApp, connections: Connections, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve until the process is told to stop by SIGINT or SIGTERM.

    Args:
        app: The application.
        connections: What its `hang_up` belongs to.
        listener: Where to listen.
        started: Called once requests are answered.
    """
    config = uvicorn.Config(
        app,
        http=connections.protocol(),
        ws="none",
        lifespan="on",
        access_log=False,
        # A fault that breaks off a reply is an error to uvicorn, and meant to be one to the client only.
        log_level="critical",
        server_header=False,
        proxy_headers=False,  # nobody is in between, and looking for them takes time
        timeout_keep_alive=_PATIENCE,
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config, started)
    # uvicorn passes on the signal that stopped it: here it ends the process quietly.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


def _leave(_: int, __: object) -> None:
    raise SystemExit(0)
