"""The clock that tasks, links, callbacks and waiting clients share: virtual or real."""

from __future__ import annotations

import asyncio
import heapq
import sys
import threading
import time
from typing import TYPE_CHECKING
from weakref import WeakSet

from .sleep_queue import AsyncioSleepQueue, TrioSleepQueue, in_trio

if TYPE_CHECKING:
    from .interfaces import AsyncMockClock, ScheduledJobs

MAX_SPEED = 1e9
"""The greatest speed of a real clock; the least one is as far from 1."""
EPOCH = 1_760_000_000.0
"""Where virtual time begins, in Unix seconds: always the same, so that tests are repeatable."""

LAST_MOMENT = 250_000_000_000.0
"""The latest time to which a clock can be moved, in Unix seconds: it is in the last year of four digits."""
_QUIET = 0.002  # real seconds in which no thread goes to sleep before virtual time moves forward


def _moved(now: float, seconds: float) -> float:
    """The time that a clock shows after it has moved on."""
    if not 0 <= seconds <= LAST_MOMENT - now:
        expected = "a finite number of seconds, at most to the year 9892"
        raise ValueError(f"a clock moves on by {expected}, not by {seconds!r:.40}")
    return now + seconds


class VirtualClock:
    """A clock that moves only when somebody sleeps on it or moves it, so that tests never wait.

    A thread that sleeps moves the time forward at once; of several threads that sleep, the one that wakes
    first does so, once the others have had time to go to sleep, too. Coroutines that sleep through `aio` wake
    in the order of their times, once nothing else in their event loop can run.
    """

    virtual = True
    speed: float = 0.0

    def __init__(self, start: float = EPOCH) -> None:
        self._now = float(start)
        self._moves = threading.Condition()
        self._threads: WeakSet[threading.Thread] = WeakSet()  # that have slept
        self._sleepers: list[float] = []  # when they wake; a heap
        self.jobs: ScheduledJobs | None = None
        self.aio: AsyncMockClock = _AsyncVirtualClock(self)

    def now(self) -> float:
        """Unix seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the time forward and return, nearly at once; a negative number counts as zero."""
        until = _moved(self._now, max(0.0, seconds))
        if self._is_shared():
            self._wait_for_turn(until)
        self._advance_to(until)

    def advance(self, seconds: float) -> None:
        """Move the time forward, and run each job that becomes due at its own time.

        Raises:
            ValueError: The number is negative or too large.
        """
        self._advance_to(_moved(self._now, seconds))

    def _advance_to(self, target: float) -> None:
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
        with self._moves:
            self._now = max(self._now, moment)
            self._moves.notify_all()

    def _is_shared(self) -> bool:
        """Whether other threads sleep on it, too, now and then."""
        current = threading.current_thread()
        with self._moves:
            self._threads.add(current)
            return any(one is not current and one.is_alive() for one in self._threads)

    def _wait_for_turn(self, until: float) -> None:
        """Wait until that moment has come, or no other thread wakes before it."""
        with self._moves:
            heapq.heappush(self._sleepers, until)
            self._moves.notify_all()
            try:
                while self._now < until:
                    if self._sleepers[0] < until:
                        self._moves.wait()
                    elif self._all_sleep() or (not self._moves.wait(_QUIET) and self._sleepers[0] >= until):
                        return
            finally:
                self._sleepers.remove(until)
                heapq.heapify(self._sleepers)
                self._moves.notify_all()

    def _all_sleep(self) -> bool:
        """Whether no thread that has slept before is doing something else."""
        return sum(one.is_alive() for one in self._threads) <= len(self._sleepers)

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
