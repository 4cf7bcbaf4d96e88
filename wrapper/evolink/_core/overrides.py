"""The surroundings that a test kit may put around every client of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """What `EvoLink(clock=...)` takes."""

    def now(self) -> float:
        """The time in seconds."""
        ...

    def sleep(self, seconds: float, /) -> object:
        """Let `seconds` pass."""
        ...


class AsyncClock(Protocol):
    """What `AsyncEvoLink(clock=...)` takes."""

    def now(self) -> float:
        """The time in seconds."""
        ...

    async def sleep(self, seconds: float, /) -> object:
        """Let `seconds` pass."""
        ...


class Ambient(NamedTuple):
    """What holds for every client that was not told otherwise."""

    clock: Clock
    async_clock: AsyncClock
    allow_local_callbacks: bool


_stack: list[Ambient] = []


def install(*, clock: Clock, async_clock: AsyncClock, allow_local_callbacks: bool) -> Callable[[], None]:
    """Put a clock and rules around every client, made before or after.

    Returns:
        The function that undoes it. Installations nest, and may be undone in any order.
    """
    ambient = Ambient(clock, async_clock, allow_local_callbacks)
    _stack.append(ambient)

    def undo() -> None:
        # By identity: two installations may well be equal.
        for index in range(len(_stack) - 1, -1, -1):
            if _stack[index] is ambient:
                del _stack[index]
                return

    return undo


def current() -> Ambient | None:
    """The innermost installation, if any."""
    return _stack[-1] if _stack else None
