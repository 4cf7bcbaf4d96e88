"""The I/O that a client's coroutines await, blocking and asynchronous.

Everything else is written once, as coroutines over a `ClientIO`. That of `EvoLink` never suspends, so
`run` needs no event loop: one step of a coroutine is all of it.
"""

from __future__ import annotations

import contextlib
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractAsyncContextManager
    from contextvars import Context

    import httpx

    from .._core.overrides import AsyncClock, Clock

T = TypeVar("T")


def run(operation: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine whose I/O blocks."""
    try:
        operation.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    operation.close()
    raise RuntimeError("blocking I/O has suspended")


class WorkerPool:
    """The workers of `ClientIO.gather`: the blocking one keeps their threads until `shutdown`.

    The threads are daemons: one that hangs in a request keeps neither the caller nor the process from ending.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads: list[Thread] = []
        # Each job with its future and the caller's context variables; None ends a thread.
        self._jobs: SimpleQueue[tuple[Future[None], Coroutine[Any, Any, None], Context] | None] = (
            SimpleQueue()
        )

    def submit(self, operation: Coroutine[Any, Any, None]) -> Future[None]:
        """Run a coroutine, whose I/O blocks, in one of the threads."""
        from concurrent.futures import Future  # noqa: PLC0415 - few clients do several things at once

        future: Future[None] = Future()
        self._jobs.put((future, operation, copy_context()))
        if len(self._threads) < self.size:
            self._threads.append(Thread(target=self._work, name="evolink", daemon=True))
            self._threads[-1].start()
        return future

    def shutdown(self) -> None:
        """Release the threads, and drop what has not started; what they are doing is not waited for."""
        with contextlib.suppress(Empty):
            while True:
                if (job := self._jobs.get_nowait()) is not None:
                    job[1].close()
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, operation, context = job
            try:
                future.set_result(context.run(run, operation))
            except BaseException as error:  # noqa: BLE001 - raised where the future is awaited
                future.set_exception(error)


class ClientIO(Protocol):
    """What coroutines do their I/O with."""

    # How many bytes of a file are worth a call of `run_in_thread`.
    write_size: int

    @property
    def http(self) -> httpx.Client | httpx.AsyncClient:
        """The connection pool."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether the connections are closed for good."""
        ...

    def proxy_for(self, url: httpx.URL) -> str | None:
        """Scheme, host and port of the proxy for an address, if there is one."""
        ...

    @property
    def clock(self) -> Clock | AsyncClock:
        """The client's own clock, else the one in force now."""
        ...

    def now(self) -> float:
        """The time in seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let seconds pass."""
        ...

    def tracer(self, function: Callable[[str, Mapping[str, Any]], None]) -> Callable[..., Any]:
        """A function for httpx's extension `trace`, which calls this one."""
        ...

    def build_request(
        self,
        *,
        url: httpx.URL,
        headers: httpx.Headers | Mapping[str, str],
        timeout: httpx.Timeout,
        is_bare: bool,
        **arguments: Any,
    ) -> httpx.Request:
        """Make a request.

        Args:
            url: A complete address.
            headers: The headers of the request.
            timeout: The timeout of the request.
            is_bare: Add nothing of the HTTP client: no headers, parameters or cookies.
            arguments: Method and content, as httpx takes them.
        """
        ...

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """Send a request; the response's body is not read yet, redirects are not followed.

        Args:
            request: What to send.
            is_bare: Take nothing of the HTTP client but its connections, not even its auth.

        Raises:
            httpx.HTTPError: It is not answered.
        """
        ...

    async def stream_to(self, response: httpx.Response, write: Callable[[bytes], Awaitable[object]]) -> None:
        """Read a body into a function, until that returns true; then close the response."""
        ...

    async def close(self, response: httpx.Response) -> None:
        """Close a response without reading the rest."""
        ...

    async def close_http(self) -> None:
        """Close the connections."""
        ...

    async def callback(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function of the user's; in `AsyncEvoLink` it may be a coroutine function."""
        ...

    async def run_in_thread(self, function: Callable[[], T], *, is_cleanup: bool = False) -> T:
        """Do what may block for long, as a disk does.

        Args:
            function: What to do.
            is_cleanup: Do it even if the caller has been cancelled.
        """
        ...

    def new_lock(self) -> AbstractAsyncContextManager[object]:
        """A lock that coroutines hold one after the other."""
        ...

    async def gather(self, pool: WorkerPool, operations: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run coroutines beside each other, at most one for each worker.

        It ends when all have ended, or with the first that raises: the async one cancels the others then, the
        blocking one leaves them to their threads, as it does when Ctrl-C interrupts it.
        """
        ...
