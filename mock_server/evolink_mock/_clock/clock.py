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

MAX_SPEED = 1e9
"""The greatest speed of a real clock; the least one is as far from 1."""
EPOCH = 1_760_000_000.0
"""Where virtual time begins, in Unix seconds: always the same, so that tests are repeatable."""


LAST_MOMENT = 250_000_000_000.0
"""The latest time to which a clock can be moved, in Unix seconds: it is in the last year of four digits."""


def _moved(now: float, seconds: float) -> float:
    """The time that a clock shows after it has moved on."""
    if not 0 <= seconds <= LAST_MOMENT - now:
        expected = "a finite number of seconds, at most to the year 9892"
        raise ValueError(f"a clock moves on by {expected}, not by {seconds!r:.40}")
    return now + seconds


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
            ValueError: The number is negative or too large.
        """
        target = _moved(self._now, seconds)
        jobs = self.jobs
        while jobs is not None and (due := jobs.due()) is not None and due <= target:
            self.move_to(due)
            jobs.run()
        self.move_to(target)

    def step(self, seconds: float) -> None:
        """Move the time forward without running the jobs that become due."""
        self.move_to(_moved(self._now, seconds))

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
        if not 1 / MAX_SPEED <= speed <= MAX_SPEED:
            raise ValueError(f"a clock needs a speed above zero, at most {MAX_SPEED:g}, not {speed!r:.40}")
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
            ValueError: The number is negative or too large.
        """
        now = self.now()
        self._zero += _moved(now, seconds) - now

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
