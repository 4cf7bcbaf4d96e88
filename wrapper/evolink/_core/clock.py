"""The real clocks."""

from __future__ import annotations

import time

# Unix time that never jumps: deadlines need a steady clock, links expire by the calendar.
_OFFSET = time.time() - time.monotonic()


class RealClock:
    """Time as it passes; Ctrl-C ends a sleep."""

    def now(self) -> float:
        """Unix time in seconds, steady."""
        return _OFFSET + time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Block this thread."""
        time.sleep(max(seconds, 0.0))


class RealAsyncClock:
    """Time as it passes, on asyncio and on trio."""

    def now(self) -> float:
        """Unix time in seconds, steady."""
        return _OFFSET + time.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        """Suspend this task."""
        import anyio  # noqa: PLC0415  # loaded by httpx anyway, but not by those who never sleep

        await anyio.sleep(max(seconds, 0.0))


REAL = RealClock()
REAL_ASYNC = RealAsyncClock()
