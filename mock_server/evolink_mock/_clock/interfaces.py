"""What a clock offers to the rest of the mock, and what it asks of the work that it runs."""

from __future__ import annotations

from typing import Protocol


class ScheduledJobs(Protocol):
    """Work that becomes due at a time, such as callbacks."""

    def due(self) -> float | None:
        """When the next job is due, in Unix seconds; None when there is none."""
        ...

    def run(self) -> None:
        """Run the jobs that are due now."""
        ...

    async def arun(self) -> None:
        """Run the jobs that are due now, without blocking the event loop."""
        ...


class AsyncMockClock(Protocol):
    """A clock for coroutines."""

    def now(self) -> float:
        """Unix seconds."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Wait for this many seconds of the clock."""
        ...

    def notify(self) -> None:
        """Report that something happens in the running event loop, so that virtual time waits longer."""
        ...


class MockClock(Protocol):
    """A clock for the mock and for threads."""

    @property
    def virtual(self) -> bool:
        """Whether it stands still unless somebody sleeps on it or moves it."""
        ...

    @property
    def speed(self) -> float:
        """Seconds of this clock per real second; 0 for a clock that stands still."""
        ...

    @property
    def aio(self) -> AsyncMockClock:
        """The same clock for coroutines."""
        ...

    def now(self) -> float:
        """Unix seconds."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait for this many seconds of the clock."""
        ...

    def advance(self, seconds: float, /) -> None:
        """Move the clock forward and run the jobs that become due."""
        ...

    def step(self, seconds: float, /) -> None:
        """Move the clock forward without running the jobs that become due."""
        ...

    def attach(self, jobs: ScheduledJobs, /) -> None:
        """Run these jobs as time passes."""
        ...


class SteppedClock(Protocol):
    """A virtual clock as sleepers move it."""

    @property
    def jobs(self) -> ScheduledJobs | None:
        """The jobs that are run as time passes."""
        ...

    def now(self) -> float:
        """Unix seconds."""
        ...

    def move_to(self, moment: float, /) -> None:
        """Move the clock forward to a moment without running any jobs."""
        ...
