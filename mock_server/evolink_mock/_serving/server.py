"""The server: its connections, their deadlines, starting and stopping."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Self

from .connection import Connection
from .hub import Hub

if TYPE_CHECKING:
    from collections.abc import Callable

    from .access_log import AccessLog
    from .interface import Application, AsyncApplication
    from .limits import Limits

GRACE = 1.0
"""Seconds that requests under way are given when the server stops."""

_BACKLOG = 2048
_OTHER_FILES = 64  # that are not connections
_COLLECT_EVERY = 20_000  # objects that are kept; each collection reads many that are kept for long


class HTTPServer(Hub):
    """Serves an application to any number of connections."""

    _listening: asyncio.Server | None = None

    async def start(self, listener: socket.socket) -> None:
        """Listen."""
        self.open()
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: Connection(self), sock=listener, backlog=_BACKLOG)

    async def stop(self, grace: float = GRACE) -> None:
        """Stop listening, finish what is under way for so many seconds, and close everything."""
        if self._listening is not None:
            self._listening.close()
        await self.close(grace)


class BackgroundServer:
    """Serves an application from a thread, as long as the context is entered.

    Args:
        application: What answers.
        limits: What is taken of clients.
        log: Where requests are logged; None for nowhere.
        listener: Where to listen; a free port of the loopback interface by default.
        loop_factory: Makes the event loop.

    Attributes:
        url: The address, without a slash at the end.
    """

    def __init__(
        self,
        application: Application | AsyncApplication,
        *,
        limits: Limits | None = None,
        log: AccessLog | None = None,
        listener: socket.socket | None = None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self.server = HTTPServer(application, limits=limits, log=log)
        self._listener = listener or bind("127.0.0.1", 0)
        self.url = url_of(self._listener)
        self._loop_factory = loop_factory or new_event_loop
        self._ready = threading.Event()
        self._failure: Exception | None = None  # why it did not start
        self._thread = threading.Thread(target=self._run, name="evolink-mock-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._listener.close()
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Finish what is under way, and stop; a second time does nothing."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._serve())
        except Exception as error:
            if self._ready.is_set():
                raise
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.server.start(self._listener)
        self._ready.set()
        await self._stop.wait()
        await self.server.stop()


def run(
    server: HTTPServer, listener: socket.socket, started: Callable[[], None], grace: float = GRACE
) -> None:
    """Serve until the process is told to stop by SIGINT or SIGTERM.

    Args:
        server: What serves.
        listener: Where to listen.
        started: Called once requests are answered.
        grace: Seconds that requests under way are given then.
    """
    server.limits = dataclasses.replace(
        server.limits, connections=min(server.limits.connections, _open_files() - _OTHER_FILES)
    )
    gc.freeze()  # what was loaded stays until the end
    gc.set_threshold(_COLLECT_EVERY)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(server, listener, started, grace))


async def _serve(
    server: HTTPServer, listener: socket.socket, started: Callable[[], None], grace: float
) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    await server.start(listener)
    started()
    await stop.wait()
    await server.stop(grace)


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


def url_of(listener: socket.socket) -> str:
    """The address of a listener, without a slash at the end."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _open_files() -> int:
    """How many files the process may have open, after asking for as many as it can get."""
    try:
        import resource  # noqa: PLC0415 - there is none on Windows, nor such a limit
    except ImportError:
        return sys.maxsize
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS has further limits
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop where it is installed."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
