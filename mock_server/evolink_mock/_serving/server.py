"""The server: its connections, their deadlines, starting and stopping."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .connection import Connection
from .encoding import date_line
from .limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from .._http.messages import Response
    from .access_log import AccessLog
    from .interface import Application, HTTPRequest
    from .parsing import ProtocolError

T = TypeVar("T")

GRACE = 1.0
"""Seconds that requests under way are given when the server stops."""

_SWEEP = 0.5  # seconds between two looks at the deadlines, and for which a date is good
_BACKLOG = 2048
_THREADS = 4


class HTTPServer:
    """Serves an application to any number of connections.

    Args:
        application: What answers.
        limits: What is taken of clients.
        log: Where requests are logged; None for nowhere.

    Attributes:
        date: The header field `Date` as a line.
        now: Seconds of the event loop, as good as a deadline needs.
        stopwatch: Seconds of a clock that the log goes by; it stands still if there is none.
        held: Bytes of input that all connections keep.
        is_stopping: Whether each response is the last one of its connection.
    """

    def __init__(
        self, application: Application, *, limits: Limits | None = None, log: AccessLog | None = None
    ) -> None:
        self.application = application
        self.limits = limits or Limits()
        self.date = date_line(time.time())
        self.held = 0
        self.is_stopping = False
        self.stopwatch: Callable[[], float] = time.perf_counter if log is not None else float
        self._log = log
        self._connections: set[Connection] = set()
        self._awake: list[Connection] = []
        self._is_empty = asyncio.Event()
        self._threads: ThreadPoolExecutor | None = None
        self._listening: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    async def start(self, listener: socket.socket) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        self.call_later = loop.call_later
        self._loop = loop
        self._listening = await loop.create_server(lambda: Connection(self), sock=listener, backlog=_BACKLOG)
        limits = self.limits
        shortest = min(
            limits.head_time, limits.body_time, limits.idle_time, limits.write_time, limits.linger_time
        )
        self._interval = min(_SWEEP, shortest / 4)
        self._sweep()

    async def stop(self, grace: float = GRACE) -> None:
        """Stop listening, finish what is under way for so many seconds, and close everything."""
        self.is_stopping = True
        if self._listening is not None:
            self._listening.close()
        for connection in tuple(self._connections):
            connection.stop()
        try:
            async with asyncio.timeout(grace):
                while self._connections:
                    self._is_empty.clear()
                    await self._is_empty.wait()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
        self._sweeping.cancel()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        await self.application.close()
        await asyncio.sleep(0)  # connections take note of their end

    # What connections call.

    def add(self, connection: Connection) -> bool:
        """Take note of a connection; False if there are too many."""
        self._connections.add(connection)
        return len(self._connections) <= self.limits.connections

    def remove(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        if not self._connections:
            self._is_empty.set()

    def wake(self, connection: Connection) -> None:
        """Let a connection go on, once the event loop has looked at all others.

        Reading from all connections, then answering all, then writing to all, takes a quarter less time
        than one connection after the other: each write wakes a client, which may have the processor.
        """
        if not self._awake:
            self._loop.call_soon(self._advance)
        self._awake.append(connection)

    def run_in_thread(self, work: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Do work beside the event loop."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most servers never need it

            self._threads = ThreadPoolExecutor(_THREADS, "evolink-mock")
        return self._loop.run_in_executor(self._threads, work, *args)

    def report(self, request: HTTPRequest, response: Response, status: int | None, began: float) -> None:
        """Log a request.

        Args:
            request: What was asked for.
            response: What the application answered.
            status: What the client was told; None for nothing.
            began: When the request was complete.
        """
        if self._log is not None:
            seconds = self.stopwatch() - began
            self._log.add(request.method, request.target, status, seconds, response.violation)

    def report_refusal(self, error: ProtocolError) -> None:
        """Log a request that cannot be read."""
        if self._log is not None:
            self._log.add("-", "-", error.status, 0.0, str(error))

    def _advance(self) -> None:
        awake, self._awake = self._awake, []
        self.now = self._loop.time()
        for connection in awake:
            connection.advance()
        for connection in awake:
            connection.flush()

    def _sweep(self) -> None:
        """Close the connections whose clients take too long."""
        self.date = date_line(time.time())
        self.now = self._loop.time()
        for connection in [one for one in self._connections if one.deadline < self.now]:
            connection.expire()
        self._sweeping = self.call_later(self._interval, self._sweep)


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
        application: Application,
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
        self._thread = threading.Thread(target=self._run, name="evolink-mock-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
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
        with asyncio.Runner(loop_factory=self._loop_factory) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.server.start(self._listener)
        self._ready.set()
        await self._stop.wait()
        await self.server.stop()


def run(server: HTTPServer, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve until the process is told to stop by SIGINT or SIGTERM.

    Args:
        server: What serves.
        listener: Where to listen.
        started: Called once requests are answered.
    """
    _raise_file_limit()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(server, listener, started))


async def _serve(server: HTTPServer, listener: socket.socket, started: Callable[[], None]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    await server.start(listener)
    started()
    await stop.wait()
    await server.stop()


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


def _raise_file_limit() -> None:
    """Let the process have as many connections as the system allows; each is an open file."""
    try:
        import resource  # noqa: PLC0415 - there is none on Windows, nor such a limit
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop where it is installed."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
