"""The clock that tasks, links, callbacks and waiting clients share: virtual or real."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING

from .sleep_queue import AsyncioSleepQueue, TrioSleepQueue, in_trio

if TYPE_CHECKING:
    from .interfaces import AsyncMockClock, ScheduledJobs

EPOCH = 1_760_000_000.0
"""Where virtual time begins, in Unix seconds: always the same, so that tests are repeatable."""


def _checked(seconds: float) -> float:
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"a clock moves on by a finite number of seconds, not by {seconds!r}")
    return float(seconds)


class VirtualClock:
    """A clock that moves only when somebody sleeps on it or moves it, so that tests never wait.

    A thread that sleeps moves the time forward at once. Coroutines that sleep through `aio` wake in the
    order of their times, once nothing else in their event loop can run. It may be used from several
    threads.
    """

    virtual = True
    speed: float = 0.0

    def __init__(self, start: float = EPOCH) -> None:
        self._now = float(start)
        self._lock = threading.Lock()
        self.jobs: ScheduledJobs | None = None
        self.aio: AsyncMockClock = _AsyncVirtualClock(self)

    def now(self) -> float:
        """Unix seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the time forward and return at once; a negative number counts as zero."""
        self.advance(max(0.0, seconds))

    def advance(self, seconds: float) -> None:
        """Move the time forward, and run each job that becomes due at its own time.

        Raises:
            ValueError: The number is negative or not finite.
        """
        target = self._now + _checked(seconds)
        jobs = self.jobs
        while jobs is not None and (due := jobs.due()) is not None and due <= target:
            self.move_to(due)
            jobs.run()
        self.move_to(target)

    def step(self, seconds: float) -> None:
        """Move the time forward without running the jobs that become due."""
        self.move_to(self._now + _checked(seconds))

    def attach(self, jobs: ScheduledJobs) -> None:
        """Run these jobs as time passes."""
        self.jobs = jobs

    def move_to(self, moment: float) -> None:
        """Move the time forward to a moment without running any jobs; time never goes back."""
        with self._lock:
            self._now = max(self._now, moment)

    def __repr__(self) -> str:
        return f"VirtualClock(now={self._now})"


class _AsyncVirtualClock:
    """The virtual clock for coroutines."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._asyncio = AsyncioSleepQueue(clock)
        self._trio = TrioSleepQueue(clock)

    def now(self) -> float:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        queue = self._trio if in_trio() else self._asyncio
        await queue.sleep(max(0.0, seconds))

    def notify(self) -> None:
        """Report that something happens, so that time waits longer; trio knows without it."""
        if not in_trio():
            self._asyncio.notify()


class RealClock:
    """A clock that runs by itself.

    Args:
        speed: Seconds of this clock per real second.
    """

    virtual = False

    def __init__(self, speed: float = 1.0) -> None:
        if not 0 < speed < float("inf"):
            raise ValueError(f"a clock needs a speed above zero, not {speed!r}")
        self.speed: float = float(speed)
        self._zero = time.time()
        self._started = time.monotonic()
        self.jobs: ScheduledJobs | None = None
        self.aio: AsyncMockClock = _AsyncRealClock(self)

    def now(self) -> float:
        """Unix seconds of this clock."""
        return self._zero + (time.monotonic() - self._started) * self.speed

    def sleep(self, seconds: float) -> None:
        """Block the thread for this many seconds of the clock."""
        time.sleep(max(0.0, seconds) / self.speed)
        jobs = self.jobs
        if jobs is not None and (due := jobs.due()) is not None and due <= self.now():
            jobs.run()

    def advance(self, seconds: float) -> None:
        """Move the clock forward, in addition to its own running.

        Raises:
            ValueError: The number is negative or not finite.
        """
        self._zero += _checked(seconds)

    def step(self, seconds: float) -> None:
        """The same as `advance`."""
        self.advance(seconds)

    def attach(self, jobs: ScheduledJobs) -> None:
        """Run these jobs after each sleep; nothing runs them in between."""
        self.jobs = jobs

    def __repr__(self) -> str:
        return f"RealClock(speed={self.speed})"


class _AsyncRealClock:
    """The real clock for coroutines."""

    def __init__(self, clock: RealClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        pause = max(0.0, seconds) / self._clock.speed
        await (sys.modules["trio"].sleep(pause) if in_trio() else asyncio.sleep(pause))
        jobs = self._clock.jobs
        if jobs is not None and (due := jobs.due()) is not None and due <= self.now():
            await jobs.arun()

    def notify(self) -> None:
        """Do nothing: real time does not wait."""
