"""Flows: what the client does, written once for sync and async.

A flow is a coroutine that awaits nothing but effects. An effect knows how to be performed in both worlds; the
drivers below step a flow and perform what it asks for. So `run` needs no event loop, and `arun` leaves every
suspension to the caller's.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from .._core.overrides import AsyncClock, Clock

T = TypeVar("T")


class Io(Protocol):
    """What effects are performed with in the sync world."""

    @property
    def http(self) -> httpx.Client:
        """The connection pool."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock in force now."""
        ...


class AsyncIo(Protocol):
    """What effects are performed with in the async world."""

    @property
    def http(self) -> httpx.AsyncClient:
        """The connection pool."""
        ...

    @property
    def clock(self) -> AsyncClock:
        """The clock in force now."""
        ...


class Effect(Generic[T]):
    """One thing that a flow wants done in the world outside."""

    __slots__ = ()

    def __await__(self) -> Generator[Effect[T], T, T]:
        return (yield self)

    def perform(self, io: Io) -> T:
        """Do it, blocking."""
        raise NotImplementedError

    async def aperform(self, io: AsyncIo) -> T:
        """Do it, suspending."""
        raise NotImplementedError


def run(flow: Coroutine[Any, Any, T], io: Io) -> T:
    """Drive a flow to its end, blocking."""
    ask: Callable[[Any], Effect[Any]] = flow.send
    answer: Any = None
    try:
        while True:
            effect = ask(answer)
            try:
                answer = effect.perform(io)
                ask = flow.send
            except BaseException as error:  # noqa: BLE001  # the flow is told of everything, Ctrl-C included
                answer = error
                ask = flow.throw
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        answer = None  # an error that holds this frame must not be held by it
        flow.close()


async def arun(flow: Coroutine[Any, Any, T], io: AsyncIo) -> T:
    """Drive a flow to its end, suspending."""
    ask: Callable[[Any], Effect[Any]] = flow.send
    answer: Any = None
    try:
        while True:
            effect = ask(answer)
            try:
                answer = await effect.aperform(io)
                ask = flow.send
            except BaseException as error:  # noqa: BLE001  # the flow is told of everything, cancellation included
                answer = error
                ask = flow.throw
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        answer = None  # an error that holds this frame must not be held by it
        flow.close()


class Sleep(Effect[None]):
    """Let seconds pass on the clock in force."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def perform(self, io: Io) -> None:
        """Block."""
        io.clock.sleep(self.seconds)

    async def aperform(self, io: AsyncIo) -> None:
        """Suspend."""
        await io.clock.sleep(self.seconds)


class Notify(Effect[None]):
    """Call a function of the user's; in the async world it may be a coroutine function."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.function = function
        self.arguments = arguments

    def perform(self, io: Io) -> None:  # noqa: ARG002  # needs nothing of it
        """Call it."""
        self.function(*self.arguments)

    async def aperform(self, io: AsyncIo) -> None:  # noqa: ARG002  # needs nothing of it
        """Call it, and await what it returns if it can be awaited."""
        result = self.function(*self.arguments)
        if inspect.isawaitable(result):
            await result


class Blocking(Effect[T]):
    """Something that may block for long, as a disk does: in the async world it is done in a thread."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[], T]) -> None:
        self.function = function

    def perform(self, io: Io) -> T:  # noqa: ARG002  # needs nothing of it
        """Do it here."""
        return self.function()

    async def aperform(self, io: AsyncIo) -> T:  # noqa: ARG002  # needs nothing of it
        """Do it in a thread."""
        import anyio.to_thread  # noqa: PLC0415  # for downloads only

        return await anyio.to_thread.run_sync(self.function)


class Open(Effect["httpx.Response"]):
    """Send a request; the reply's body is not read yet, redirects are not followed.

    A plain request takes nothing of the client but its connections: no auth, no default headers.
    """

    __slots__ = ("_auth", "request")

    def __init__(self, request: httpx.Request, *, plain: bool) -> None:
        self.request = request
        self._auth = None if plain else httpx.USE_CLIENT_DEFAULT

    def perform(self, io: Io) -> httpx.Response:
        """Send it."""
        return io.http.send(self.request, stream=True, auth=self._auth, follow_redirects=False)

    async def aperform(self, io: AsyncIo) -> httpx.Response:
        """Send it."""
        return await io.http.send(self.request, stream=True, auth=self._auth, follow_redirects=False)


class Copy(Effect[None]):
    """Pour a reply's body into a function, chunk by chunk, until it returns true; then close it."""

    __slots__ = ("response", "sink")

    def __init__(self, response: httpx.Response, sink: Callable[[bytes], object]) -> None:
        self.response = response
        self.sink = sink

    def perform(self, io: Io) -> None:  # noqa: ARG002  # the reply knows its connection
        """Read and close."""
        sink = self.sink
        try:
            for chunk in self.response.iter_bytes():
                if sink(chunk):
                    break
        finally:
            self.response.close()

    async def aperform(self, io: AsyncIo) -> None:  # noqa: ARG002  # the reply knows its connection
        """Read and close."""
        sink = self.sink
        try:
            async for chunk in self.response.aiter_bytes():
                if sink(chunk):
                    break
        finally:
            await self.response.aclose()


class Close(Effect[None]):
    """Drop the rest of a reply."""

    __slots__ = ("response",)

    def __init__(self, response: httpx.Response) -> None:
        self.response = response

    def perform(self, io: Io) -> None:  # noqa: ARG002  # the reply knows its connection
        """Close it."""
        self.response.close()

    async def aperform(self, io: AsyncIo) -> None:  # noqa: ARG002  # the reply knows its connection
        """Close it."""
        await self.response.aclose()


class Crew:
    """So many hands, for `Gather`: threads in the sync world, which are kept until the crew is dismissed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads: ThreadPoolExecutor | None = None

    @property
    def threads(self) -> ThreadPoolExecutor:
        """The threads, made when first needed."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # few wait for many tasks

            self._threads = ThreadPoolExecutor(self.size, "evolink")
        return self._threads

    def dismiss(self) -> None:
        """Let the threads go; what they are at is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


class Gather(Effect[None]):
    """Run flows beside each other, one for each hand of the crew; then raise what the first raised."""

    __slots__ = ("_crew", "_flows")

    def __init__(self, crew: Crew, flows: Sequence[Coroutine[Any, Any, None]]) -> None:
        self._crew = crew
        self._flows = flows

    def perform(self, io: Io) -> None:
        """In threads."""
        if len(self._flows) == 1:
            run(self._flows[0], io)
            return
        running = [self._crew.threads.submit(run, flow, io) for flow in self._flows]
        faults = [future.exception() for future in running]
        _raise_first(faults)

    async def aperform(self, io: AsyncIo) -> None:
        """In tasks of the event loop."""
        import anyio  # noqa: PLC0415  # loaded by httpx anyway

        faults: list[BaseException | None] = []

        async def guarded(flow: Coroutine[Any, Any, None]) -> None:
            try:
                await arun(flow, io)
            except Exception as error:  # noqa: BLE001  # told below, without the group's wrapping
                faults.append(error)

        async with anyio.create_task_group() as group:
            for flow in self._flows:
                group.start_soon(guarded, flow)
        _raise_first(faults)


def _raise_first(faults: Sequence[BaseException | None]) -> None:
    for fault in faults:
        if fault is not None:
            raise fault
