"""The one clock that tasks, links, callbacks and waiting clients live by."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import Protocol

from .sleep_queue import Sleepers
from .trio_sleep import TrioSleepers, running

EPOCH = 1_760_000_000.0
"""Where virtual time begins, in Unix seconds: always the same, so that a test sees the same every time."""


class Agenda(Protocol):
    """Work that falls due at a time, such as callbacks."""

    def due(self) -> float | None:
        """When the next piece of work falls due, in Unix seconds; None when there is none."""
        ...

    def run(self) -> None:
        """Do what is due now."""
        ...

    async def arun(self) -> None:
        """Do what is due now, without blocking the event loop."""
        ...


class AsyncClock(Protocol):
    """A clock as coroutines use it."""

    def now(self) -> float:
        """Unix seconds."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Wait for so many seconds of this clock."""
        ...

    def stir(self) -> None:
        """Say that something is going on in the running event loop."""
        ...


class Clock(Protocol):
    """A clock as the mock uses it."""

    @property
    def virtual(self) -> bool:
        """Whether it stands still unless someone sleeps or moves it."""
        ...

    @property
    def speed(self) -> float:
        """Seconds of this clock per real second; 0 for a clock that stands still."""
        ...

    @property
    def aio(self) -> AsyncClock:
        """The same clock for coroutines."""
        ...

    def now(self) -> float:
        """Unix seconds."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait for so many seconds of this clock."""
        ...

    def advance(self, seconds: float, /) -> None:
        """Move the clock on."""
        ...

    def drift(self, seconds: float, /) -> None:
        """Move the clock on, leaving for later what falls due."""
        ...

    def attend(self, agenda: Agenda, /) -> None:
        """Run this agenda's work as time passes."""
        ...


def _checked(seconds: float) -> float:
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"a clock moves on by a finite number of seconds, not by {seconds!r}")
    return float(seconds)


class VirtualClock:
    """A clock that moves only when somebody sleeps on it or moves it: no test ever waits.

    A thread that sleeps moves the time on at once. Coroutines that sleep through `aio` wake in the
    order of their times, once nothing else in their event loop has anything to do: ten thousand of
    them take as long as the slowest. It is safe to use from several threads.
    """

    virtual = True
    speed: float = 0.0

    def __init__(self, start: float = EPOCH) -> None:
        self._now = float(start)
        self._lock = threading.Lock()
        self._agenda: Agenda | None = None
        self.aio: AsyncClock = _AsyncVirtualClock(self)

    def now(self) -> float:
        """Unix seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the time on by so many seconds and return at once; below zero counts as zero."""
        self.advance(max(0.0, seconds))

    def advance(self, seconds: float) -> None:
        """Move the time on by so many seconds, doing on the way what falls due.

        Raises:
            ValueError: The number is negative or not finite.
        """
        target = self._now + _checked(seconds)
        agenda = self._agenda
        while agenda is not None and (due := agenda.due()) is not None and due <= target:
            self.reach(due)
            agenda.run()
        self.reach(target)

    def drift(self, seconds: float) -> None:
        """Move the time on by so many seconds, leaving for later what falls due."""
        self.reach(self._now + _checked(seconds))

    def attend(self, agenda: Agenda) -> None:
        """Run this agenda's work as time passes."""
        self._agenda = agenda

    def reach(self, moment: float) -> None:
        """Move the time on to a moment, doing nothing on the way; time never goes back."""
        with self._lock:
            self._now = max(self._now, moment)

    @property
    def agenda(self) -> Agenda | None:
        """The work that is run as time passes."""
        return self._agenda

    def __repr__(self) -> str:
        return f"VirtualClock(now={self._now})"


class _AsyncVirtualClock:
    """The virtual clock as coroutines see it."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._sleepers = Sleepers(clock)
        self._trio = TrioSleepers(clock)

    def now(self) -> float:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        sleepers = self._trio if running() else self._sleepers
        await sleepers.sleep(max(0.0, seconds))

    def stir(self) -> None:
        """Say that something is going on, so that time waits a little longer; trio knows by itself."""
        if not running():
            self._sleepers.stir()


class RealClock:
    """A clock that runs by itself, as fast as asked.

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
        self._agenda: Agenda | None = None
        self.aio: AsyncClock = _AsyncRealClock(self)

    def now(self) -> float:
        """Unix seconds of this clock."""
        return self._zero + (time.monotonic() - self._started) * self.speed

    def sleep(self, seconds: float) -> None:
        """Block the thread for so many seconds of this clock."""
        time.sleep(max(0.0, seconds) / self.speed)
        agenda = self._agenda
        if agenda is not None and (due := agenda.due()) is not None and due <= self.now():
            agenda.run()

    def advance(self, seconds: float) -> None:
        """Move the clock on by so many seconds, beside its own running.

        Raises:
            ValueError: The number is negative or not finite.
        """
        self._zero += _checked(seconds)

    def drift(self, seconds: float) -> None:
        """The same as `advance`."""
        self.advance(seconds)

    def attend(self, agenda: Agenda) -> None:
        """Run this agenda's work after sleeping; in between, nobody is there to run it."""
        self._agenda = agenda

    @property
    def agenda(self) -> Agenda | None:
        """The work that is run as time passes."""
        return self._agenda

    def __repr__(self) -> str:
        return f"RealClock(speed={self.speed})"


class _AsyncRealClock:
    """The real clock as coroutines see it."""

    def __init__(self, clock: RealClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        pause = max(0.0, seconds) / self._clock.speed
        await (sys.modules["trio"].sleep(pause) if running() else asyncio.sleep(pause))
        agenda = self._clock.agenda
        if agenda is not None and (due := agenda.due()) is not None and due <= self.now():
            await agenda.arun()

    def stir(self) -> None:
        """Do nothing: real time waits for nobody."""
