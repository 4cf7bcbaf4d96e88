"""The I/O that a client's coroutines await, blocking and asynchronous.

Everything else is written once, as coroutines over a `ClientIO`. That of `EvoLink` never suspends, so
`run` needs no event loop: one step of a coroutine is all of it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import httpx

from .._core import overrides

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
    from concurrent.futures import ThreadPoolExecutor

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
    """The workers of `ClientIO.gather`: the blocking one keeps their threads until `shutdown`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads: ThreadPoolExecutor | None = None

    @property
    def threads(self) -> ThreadPoolExecutor:
        """The threads, made when first needed."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few wait for many tasks

            self._threads = ThreadPoolExecutor(self.size, "evolink")
        return self._threads

    def shutdown(self) -> None:
        """Release the threads; what they are doing is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


class ClientIO(Protocol):
    """What coroutines do their I/O with."""

    # How many bytes of a file are worth a call of `run_in_thread`.
    write_size: int

    @property
    def http(self) -> httpx.Client | httpx.AsyncClient:
        """The connection pool."""
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

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """Send a request; the response's body is not read yet, redirects are not followed.

        Args:
            request: What to send.
            is_bare: Take nothing of the httpx client but its connections, not even its auth.
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

    async def gather(self, pool: WorkerPool, operations: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run coroutines beside each other, at most one for each worker; then raise what the first raised."""
        ...


class BlockingIO:
    """The `ClientIO` of `EvoLink`."""

    write_size = 1

    def __init__(self, http: httpx.Client, clock: Clock | None) -> None:
        self.http = http
        self._clock = clock

    @property
    def clock(self) -> Clock:
        """As `ClientIO.clock`."""
        return self._clock if self._clock is not None else overrides.current().clock

    def now(self) -> float:
        """As `ClientIO.now`."""
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        """As `ClientIO.sleep`."""
        self.clock.sleep(seconds)

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """As `ClientIO.send`."""
        auth = None if is_bare else httpx.USE_CLIENT_DEFAULT
        return self.http.send(request, stream=True, auth=auth, follow_redirects=False)

    async def stream_to(self, response: httpx.Response, write: Callable[[bytes], Awaitable[object]]) -> None:
        """As `ClientIO.stream_to`."""
        try:
            for chunk in response.iter_bytes():
                if await write(chunk):
                    break
        finally:
            response.close()

    async def close(self, response: httpx.Response) -> None:
        """As `ClientIO.close`."""
        response.close()

    async def close_http(self) -> None:
        """As `ClientIO.close_http`."""
        self.http.close()

    async def callback(self, function: Callable[..., object], *arguments: object) -> None:
        """As `ClientIO.callback`."""
        function(*arguments)

    async def run_in_thread(self, function: Callable[[], T], *, is_cleanup: bool = False) -> T:  # noqa: ARG002 - as in ClientIO
        """Do it here: this thread may block."""
        return function()

    async def gather(self, pool: WorkerPool, operations: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run them in threads."""
        if len(operations) == 1:
            await operations[0]
            return
        running = [pool.threads.submit(run, operation) for operation in operations]
        _raise_first([future.exception() for future in running])


class AsyncIO:
    """The `ClientIO` of `AsyncEvoLink`, on asyncio and on trio."""

    write_size = 2**18

    def __init__(self, http: httpx.AsyncClient, clock: AsyncClock | None) -> None:
        self.http = http
        self._clock = clock

    @property
    def clock(self) -> AsyncClock:
        """As `ClientIO.clock`."""
        return self._clock if self._clock is not None else overrides.current().async_clock

    def now(self) -> float:
        """As `ClientIO.now`."""
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        """As `ClientIO.sleep`."""
        await self.clock.sleep(seconds)

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """As `ClientIO.send`."""
        if not isinstance(request.stream, httpx.ByteStream):
            request.stream = _FileStream(self, request.stream)
        auth = None if is_bare else httpx.USE_CLIENT_DEFAULT
        return await self.http.send(request, stream=True, auth=auth, follow_redirects=False)

    async def stream_to(self, response: httpx.Response, write: Callable[[bytes], Awaitable[object]]) -> None:
        """As `ClientIO.stream_to`."""
        try:
            async for chunk in response.aiter_bytes():
                if await write(chunk):
                    break
        finally:
            await response.aclose()

    async def close(self, response: httpx.Response) -> None:
        """As `ClientIO.close`."""
        await response.aclose()

    async def close_http(self) -> None:
        """As `ClientIO.close_http`."""
        await self.http.aclose()

    async def callback(self, function: Callable[..., object], *arguments: object) -> None:
        """Call it, and await what it returns if it can be awaited."""
        result = function(*arguments)
        if inspect.isawaitable(result):
            await result

    async def run_in_thread(self, function: Callable[[], T], *, is_cleanup: bool = False) -> T:
        """As `ClientIO.run_in_thread`."""
        import anyio  # noqa: PLC0415 - httpx loads it with the first request only
        import anyio.to_thread  # noqa: PLC0415 - for files only

        with anyio.CancelScope(shield=is_cleanup):
            return await anyio.to_thread.run_sync(function)
        raise RuntimeError("nobody cancels this scope")

    async def gather(self, pool: WorkerPool, operations: Sequence[Coroutine[Any, Any, None]]) -> None:  # noqa: ARG002 - as in ClientIO
        """Run them as tasks of the event loop."""
        import anyio  # noqa: PLC0415 - httpx loads it with the first request only

        errors: list[BaseException | None] = []

        async def guarded(operation: Coroutine[Any, Any, None]) -> None:
            try:
                await operation
            except Exception as error:  # noqa: BLE001 - raised below, without the group's wrapping
                errors.append(error)

        async with anyio.create_task_group() as group:
            for operation in operations:
                group.start_soon(guarded, operation)
        _raise_first(errors)


class _FileStream(httpx.AsyncByteStream):
    """A request body with files, which httpx itself would read on the event loop."""

    def __init__(self, io: AsyncIO, stream: Any) -> None:
        self._io = io
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._stream)
        while (chunk := await self._io.run_in_thread(lambda: next(chunks, None))) is not None:
            yield chunk


def _raise_first(errors: Sequence[BaseException | None]) -> None:
    for error in errors:
        if error is not None:
            raise error
