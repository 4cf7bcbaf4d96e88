"""Operations that run beside the engine, in threads or as tasks of the event loop.

The engine alone changes its state and writes the journal; what takes time (requests, downloads) runs here
and comes back as an outcome.
"""

from __future__ import annotations

import contextlib
import inspect
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from .._core.overrides import AsyncSystemClock, SystemClock
from .._http.httpx_io import BlockingIO
from .._http.io import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

    import anyio.abc

    from .._http.io import ClientIO

T = TypeVar("T")

# So long a wait may last before the engine looks around: for an interrupt, for a stop.
_LONGEST_WAIT = 1.0
# Operations take real time, also while the client's clock is one that somebody else moves.
_GLANCE = 0.005


class Background(Protocol[T]):
    """Runs operations, a context manager that ends them."""

    # How many have not come back yet.
    running: int

    def start(self, operation: Coroutine[Any, Any, T], *, is_shielded: bool = False) -> None:
        """Begin an operation, which must not raise.

        Args:
            operation: What to do.
            is_shielded: Let it end also when the run is cancelled.
        """
        ...

    async def finished(self, seconds: float) -> list[T]:
        """The outcomes that have come; waits for the first of them, for a while at most."""
        ...

    def wake(self) -> None:
        """Let `finished` return now; may be called by a signal handler."""
        ...

    def cancel(self) -> None:
        """End what is not shielded, where that is possible."""
        ...

    def shield(self) -> AbstractContextManager[object]:
        """Where a cancelled run can still await something."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None: ...


def background(io: ClientIO, size: int) -> Background[Any]:
    """The background of a client.

    Args:
        io: The I/O of the client.
        size: How many operations run at once at most.
    """
    return _Threads(io, size) if isinstance(io, BlockingIO) else _Tasks(io)


async def result_of(value: Any) -> Any:
    """What a method of a client returns, awaited if it has to be."""
    return await value if inspect.isawaitable(value) else value


class _Waiting(Generic[T]):
    """Waits for outcomes on a clock that may not be the system's."""

    def __init__(self, io: ClientIO) -> None:
        self.running = 0
        self._io = io
        self._is_real = isinstance(io.clock, (SystemClock, AsyncSystemClock))

    async def finished(self, seconds: float) -> list[T]:
        seconds = min(seconds, _LONGEST_WAIT)
        if self.running:
            outcomes = await self._wait(seconds if self._is_real else min(seconds, _GLANCE))
            self.running -= len(outcomes)
            if outcomes or self._is_real:
                return outcomes
        if seconds > 0:
            await self._io.sleep(seconds)
        return []

    async def _wait(self, seconds: float) -> list[T]:
        raise NotImplementedError


class _Threads(_Waiting[T]):
    """For `EvoLink`."""

    def __init__(self, io: ClientIO, size: int) -> None:
        super().__init__(io)
        self._pool = WorkerPool(size)
        # None only wakes.
        self._outcomes: SimpleQueue[T | None] = SimpleQueue()

    def start(self, operation: Coroutine[Any, Any, T], *, is_shielded: bool = False) -> None:  # noqa: ARG002 - as in Background
        self.running += 1
        self._pool.submit(self._run(operation))

    async def _run(self, operation: Coroutine[Any, Any, T]) -> None:
        self._outcomes.put(await operation)

    async def _wait(self, seconds: float) -> list[T]:
        outcomes = []
        with contextlib.suppress(Empty):
            outcomes.append(self._outcomes.get(timeout=seconds))
            while True:
                outcomes.append(self._outcomes.get_nowait())
        return [outcome for outcome in outcomes if outcome is not None]

    def wake(self) -> None:
        self._outcomes.put(None)

    def cancel(self) -> None:
        """Do nothing: a thread ends by itself, or with the process."""

    def shield(self) -> AbstractContextManager[object]:
        return contextlib.nullcontext()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown()


class _Tasks(_Waiting[T]):
    """For `AsyncEvoLink`."""

    def __init__(self, io: ClientIO) -> None:
        import anyio  # noqa: PLC0415 - httpx loads it with the first request only

        super().__init__(io)
        self._group: anyio.abc.TaskGroup = anyio.create_task_group()
        self._outcomes: list[T] = []
        self._has_come = anyio.Event()

    def start(self, operation: Coroutine[Any, Any, T], *, is_shielded: bool = False) -> None:
        self.running += 1
        self._group.start_soon(self._run, operation, is_shielded)

    async def _run(self, operation: Awaitable[T], is_shielded: bool) -> None:
        import anyio  # noqa: PLC0415 - as above

        with anyio.CancelScope(shield=is_shielded):
            outcome = await operation
            self._outcomes.append(outcome)
            self._has_come.set()

    async def _wait(self, seconds: float) -> list[T]:
        import anyio  # noqa: PLC0415 - as above

        if not self._outcomes:
            self._has_come = anyio.Event()
            with anyio.move_on_after(seconds):
                await self._has_come.wait()
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def wake(self) -> None:
        self._has_come.set()

    def cancel(self) -> None:
        self._group.cancel_scope.cancel()

    def shield(self) -> AbstractContextManager[object]:
        import anyio  # noqa: PLC0415 - as above

        return anyio.CancelScope(shield=True)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        if error is not None:
            self._group.cancel_scope.cancel()
        try:
            return await self._group.__aexit__(kind, error, traceback)
        except BaseExceptionGroup as group:
            if error is None:
                raise
            raise error from group
