"""What the connections of a server share: the application, limits, log, time and threads."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from .encoding import date_line, server_error
from .interface import AsyncApplication
from .limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from .._http.messages import Response
    from .access_log import AccessLog
    from .interface import Application, HTTPRequest, ManagedConnection
    from .parsing import ProtocolError

T = TypeVar("T")

_SWEEP = 0.5  # seconds between two looks at the deadlines, and for which a date is good
_THREADS = 4

_log = logging.getLogger("evolink_mock")


class Hub:
    """Lets connections go on in turn, and closes those whose clients take too long.

    Args:
        application: What answers.
        limits: What is taken of clients.
        log: Where requests are logged; None for nowhere.

    Attributes:
        answer: Answers a request, now or later.
        date: The header field `Date` as a line.
        now: Seconds of the event loop, as good as a deadline needs.
        stopwatch: Seconds of a clock that the log goes by; it stands still if there is none.
        held: Bytes of input that all connections keep.
        is_stopping: Whether each response is the last one of its connection.
    """

    def __init__(
        self,
        application: Application | AsyncApplication,
        *,
        limits: Limits | None = None,
        log: AccessLog | None = None,
    ) -> None:
        self.application = application
        self.answer: Callable[[HTTPRequest], Response | asyncio.Future[Response]] = (
            application.start
            if isinstance(application, AsyncApplication)
            else functools.partial(self._answer, application)
        )
        self.limits = limits or Limits()
        self.date = date_line(time.time())
        self.held = 0
        self.is_stopping = False
        self.stopwatch: Callable[[], float] = time.perf_counter if log is not None else float
        self._log = log
        self._connections: set[ManagedConnection] = set()
        self._awake: list[ManagedConnection] = []
        self._is_empty = asyncio.Event()
        self._threads: ThreadPoolExecutor | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def open(self) -> None:
        """Begin, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self.call_later = self._loop.call_later
        self._interval = min(_SWEEP, self.limits.shortest_time / 4)
        self._sweep()

    async def close(self, grace: float) -> None:
        """Finish what is under way for so many seconds, and close all connections."""
        self.is_stopping = True
        end = self._loop.time() + grace
        for connection in tuple(self._connections):
            connection.stop()
        try:
            async with asyncio.timeout_at(end):
                while self._connections:
                    self._is_empty.clear()
                    await self._is_empty.wait()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
        self._sweeping.cancel()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        await self.application.close(max(0.0, end - self._loop.time()))
        await asyncio.sleep(0)  # connections take note of their end

    def add(self, connection: ManagedConnection) -> bool:
        """Take note of a connection; False if there are too many."""
        self._connections.add(connection)
        return len(self._connections) <= self.limits.connections

    def remove(self, connection: ManagedConnection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        if not self._connections:
            self._is_empty.set()

    def wake(self, connection: ManagedConnection) -> None:
        """Let a connection go on, once the event loop has looked at all others.

        Reading from all connections, then answering all, then writing to all, takes a quarter less time
        than one connection after the other: each write wakes a client, which may have the processor.
        """
        if not self._awake:
            self._loop.call_soon(self._advance)
        self._awake.append(connection)

    def _answer(self, application: Application, request: HTTPRequest) -> Response | asyncio.Future[Response]:
        if application.is_slow(request):
            return self.run_in_thread(_handle, application, request)
        return _handle(application, request)

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
            try:
                connection.advance()
            except Exception:  # noqa: BLE001 - a mistake here; the other connections go on
                _log.exception("a connection is closed")
                connection.abort()
        for connection in awake:
            connection.flush()

    def _sweep(self) -> None:
        """Close the connections whose clients take too long."""
        self._sweeping = self.call_later(self._interval, self._sweep)
        self.date = date_line(time.time())
        self.now = self._loop.time()
        for connection in [one for one in self._connections if one.deadline < self.now]:
            connection.expire()


def _handle(application: Application, request: HTTPRequest) -> Response:
    try:
        return application.handle(request)
    except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer, and the log the reason
        _log.exception("no answer to %s %s", request.method, request.target.partition("?")[0])
        return server_error()
