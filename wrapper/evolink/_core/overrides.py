"""Clocks, and what a test kit puts in force for every client of the process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """What `EvoLink(clock=...)` takes."""

    def now(self) -> float:
        """The time in seconds."""
        ...

    def sleep(self, seconds: float, /) -> object:
        """Sleep for `seconds`."""
        ...


class AsyncClock(Protocol):
    """What `AsyncEvoLink(clock=...)` takes."""

    def now(self) -> float:
        """The time in seconds."""
        ...

    async def sleep(self, seconds: float, /) -> object:
        """Sleep for `seconds`."""
        ...


# Unix time that never jumps: deadlines need a steady clock, links expire by the calendar.
_OFFSET = time.time() - time.monotonic()


class SystemClock:
    """Real time; Ctrl-C ends a sleep."""

    def now(self) -> float:
        """Unix time in seconds, steady."""
        return _OFFSET + time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Block this thread."""
        time.sleep(max(seconds, 0.0))


class AsyncSystemClock:
    """Real time, on asyncio and on trio."""

    def now(self) -> float:
        """Unix time in seconds, steady."""
        return _OFFSET + time.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        """Suspend this task."""
        import anyio  # noqa: PLC0415 - httpx loads it with the first request only

        await anyio.sleep(max(seconds, 0.0))


class Overrides(NamedTuple):
    """What holds for every client that was not given something else."""

    clock: Clock
    async_clock: AsyncClock
    allow_local_callbacks: bool
    # The operations that the API has refused (see `_http/availability.py`): what a test learns ends with it.
    missing: set[int]


SYSTEM = Overrides(SystemClock(), AsyncSystemClock(), allow_local_callbacks=False, missing=set())
_stack: list[Overrides] = []


def install(*, clock: Clock, async_clock: AsyncClock, allow_local_callbacks: bool) -> Callable[[], None]:
    """Put clocks and rules in force for every client, made before or after.

    Returns:
        The function that undoes it. Installations nest, and may be undone in any order.
    """
    overrides = Overrides(clock, async_clock, allow_local_callbacks, missing=set())
    _stack.append(overrides)

    def undo() -> None:
        # By identity: two installations may well be equal.
        for index in range(len(_stack) - 1, -1, -1):
            if _stack[index] is overrides:
                del _stack[index]
                return

    return undo


def current() -> Overrides:
    """What was installed last; the system's clocks if nothing is installed."""
    return _stack[-1] if _stack else SYSTEM
