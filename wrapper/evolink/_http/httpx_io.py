"""I/O over httpx: `BlockingIO` of `EvoLink`, `AsyncIO` of `AsyncEvoLink`."""

from __future__ import annotations

import inspect
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from .._core import overrides
from .connections import Connections, LoopConnections, is_trio
from .decoding import BodyDecoder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from .._core.overrides import AsyncClock, Clock
    from .io import WorkerPool

T = TypeVar("T")


class BlockingIO(Connections[httpx.Client]):
    """The `ClientIO` of `EvoLink`."""

    write_size = 1
    _http_type = httpx.Client

    def __init__(self, http: httpx.Client | None, clock: Clock | None) -> None:
        super().__init__(http)
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

    def tracer(self, function: Callable[[str, Mapping[str, Any]], None]) -> Callable[..., Any]:
        """As `ClientIO.tracer`."""
        return function

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """As `ClientIO.send`."""
        http = self.http
        if is_bare:
            return http.send(request, stream=True, auth=None, follow_redirects=False)
        return http.send(request, stream=True, follow_redirects=False)

    async def stream_to(self, response: httpx.Response, write: Callable[[bytes], Awaitable[object]]) -> None:
        """As `ClientIO.stream_to`."""
        try:
            decoder = BodyDecoder.of(response) if "content-encoding" in response.headers else None
            for chunk in response.iter_bytes() if decoder is None else response.iter_raw():
                if await _write_decoded(decoder, chunk, write):
                    break
        finally:
            response.close()

    async def close(self, response: httpx.Response) -> None:
        """As `ClientIO.close`."""
        response.close()

    async def close_http(self) -> None:
        """As `ClientIO.close_http`."""
        with self._lock:  # another thread may be about to make it
            self._was_closed = True
            http = self._http
        if http is not None:
            http.close()

    async def callback(self, function: Callable[..., object], *arguments: object) -> None:
        """As `ClientIO.callback`."""
        function(*arguments)

    async def run_in_thread(self, function: Callable[[], T], *, is_cleanup: bool = False) -> T:  # noqa: ARG002 - as in ClientIO
        """Do it here: this thread may block."""
        return function()

    def new_lock(self) -> AbstractAsyncContextManager[object]:
        """As `ClientIO.new_lock`."""
        return _BlockingLock()

    async def gather(self, pool: WorkerPool, operations: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run them in threads."""
        if len(operations) == 1:
            await operations[0]
            return
        from concurrent import futures  # noqa: PLC0415 - few clients do several things at once

        running = [pool.submit(operation) for operation in operations]
        for future in futures.wait(running, return_when=futures.FIRST_EXCEPTION).done:
            future.result()


class FileStream(httpx.AsyncByteStream):
    """A request body with files, which httpx itself would read on the event loop."""

    def __init__(self, io: AsyncIO, stream: Any) -> None:
        self._io = io
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._stream)
        while (chunk := await self._io.run_in_thread(lambda: next(chunks, None))) is not None:
            yield chunk


class _BlockingLock:
    """A lock for threads, entered as one for coroutines is."""

    def __init__(self) -> None:
        self._lock = Lock()

    async def __aenter__(self) -> None:
        self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class AsyncIO(LoopConnections):
    """The `ClientIO` of `AsyncEvoLink`, on asyncio and on trio."""

    write_size = 2**18

    def __init__(self, http: httpx.AsyncClient | None, clock: AsyncClock | None) -> None:
        super().__init__(http)
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

    def tracer(self, function: Callable[[str, Mapping[str, Any]], None]) -> Callable[..., Any]:
        """As `ClientIO.tracer`."""

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            function(event, info)

        return trace

    def build_request(self, **arguments: Any) -> httpx.Request:
        """As `ClientIO.build_request`."""
        request = super().build_request(**arguments)
        if not isinstance(request.stream, httpx.ByteStream):
            request.stream = FileStream(self, request.stream)
        return request

    async def send(self, request: httpx.Request, *, is_bare: bool = False) -> httpx.Response:
        """As `ClientIO.send`."""
        http = self.http
        if self._tls is not None and not self._tls.is_loaded and request.url.scheme == "https" and is_trio():
            await self.run_in_thread(self._tls.load)  # anyio does so itself, when it connects on asyncio
        if is_bare:
            return await http.send(request, stream=True, auth=None, follow_redirects=False)
        return await http.send(request, stream=True, follow_redirects=False)

    async def stream_to(self, response: httpx.Response, write: Callable[[bytes], Awaitable[object]]) -> None:
        """As `ClientIO.stream_to`."""
        try:
            decoder = BodyDecoder.of(response) if "content-encoding" in response.headers else None
            async for chunk in response.aiter_bytes() if decoder is None else response.aiter_raw():
                if await _write_decoded(decoder, chunk, write):
                    break
        finally:
            await response.aclose()

    async def close(self, response: httpx.Response) -> None:
        """As `ClientIO.close`."""
        await response.aclose()

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

    def new_lock(self) -> AbstractAsyncContextManager[object]:
        """As `ClientIO.new_lock`."""
        import anyio  # noqa: PLC0415 - httpx loads it with the first request only

        return anyio.Lock()

    async def gather(self, pool: WorkerPool, operations: Sequence[Coroutine[Any, Any, None]]) -> None:  # noqa: ARG002 - as in ClientIO
        """Run them as tasks of the event loop."""
        import anyio  # noqa: PLC0415 - httpx loads it with the first request only

        cancelled = anyio.get_cancelled_exc_class()
        failed: list[BaseException] = []

        async def guarded(operation: Coroutine[Any, Any, None]) -> None:
            try:
                await operation
            except (cancelled, GeneratorExit):
                raise
            except BaseException as error:  # noqa: BLE001 - raised below, without the group's wrapping
                failed.append(error)
                group.cancel_scope.cancel()

        try:
            async with anyio.create_task_group() as group:
                for operation in operations:
                    group.start_soon(guarded, operation)
        except BaseExceptionGroup as wrapped:  # Ctrl-C under trio, whose nurseries wrap it
            failed.append(_first_of(wrapped.split(cancelled)[1] or wrapped))
        finally:
            for operation in operations:
                operation.close()  # one that was cancelled before it began
        if failed:
            raise failed[0]


async def _write_decoded(
    decoder: BodyDecoder | None, chunk: bytes, write: Callable[[bytes], Awaitable[object]]
) -> bool:
    """Write a chunk of a body; returns whether that was enough."""
    if decoder is None:
        return bool(await write(chunk))
    for piece in decoder.decode(chunk):
        if await write(piece):
            return True
    return False


def _first_of(error: BaseException) -> BaseException:
    """The first exception in groups of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
