"""Coroutines that sleep on virtual time, under asyncio and under trio."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import trio

    from .interfaces import SteppedClock

IDLE_TURNS = 12
"""Turns of the asyncio event loop without any activity before time moves forward.

asyncio does not tell when all tasks are waiting. A coroutine that has just woken takes a turn or two for
each hand-over between tasks before it sends a request or sleeps again; counting turns needs no private API.
"""


def in_trio() -> bool:
    """Whether the caller runs under trio; imports nothing."""
    module = sys.modules.get("trio")
    return module is not None and bool(module.lowlevel.in_trio_run())


class AsyncioSleepQueue:
    """All coroutines that sleep on a virtual clock under asyncio, by event loop."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopSleepQueue] = WeakKeyDictionary()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved forward by this many seconds."""
        loop = asyncio.get_running_loop()
        queue = self._loops.get(loop)
        if queue is None:
            queue = self._loops[loop] = _LoopSleepQueue(self._clock)
        await queue.sleep(loop, self._clock.now() + seconds)

    def notify(self) -> None:
        """Report that the running event loop is busy."""
        queue = self._loops.get(asyncio.get_running_loop())
        if queue is not None:
            queue.idle_turns = 0


class _LoopSleepQueue:
    """The sleeping coroutines of one event loop; wakes them in the order of their times."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._is_watching = False
        self._due_job: asyncio.Task[None] | None = None
        self.idle_turns = 0

    async def sleep(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._heap, (until, next(self._order), future))
        self.idle_turns = 0
        if not self._is_watching:
            self._is_watching = True
            loop.call_soon(self._turn, loop)
        await future

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check, once in each turn of the event loop, whether time can move forward."""
        heap = self._heap
        while heap and heap[0][2].done():  # cancelled while it slept
            heapq.heappop(heap)
        if not heap:
            self._is_watching = False
            return
        self.idle_turns += 1
        if self.idle_turns > IDLE_TURNS or heap[0][0] <= self._clock.now():
            self.idle_turns = 0
            self._move(loop, heap[0][0])
        if self._due_job is None:
            loop.call_soon(self._turn, loop)

    def _move(self, loop: asyncio.AbstractEventLoop, moment: float) -> None:
        jobs = self._clock.jobs
        due = None if jobs is None else jobs.due()
        if jobs is not None and due is not None and due <= moment:
            # A job that becomes due before that moment runs first; the sleepers sleep on.
            self._clock.move_to(due)
            self._due_job = loop.create_task(jobs.arun(), name="evolink-mock-jobs")
            self._due_job.add_done_callback(lambda task: self._resume(loop, task))
            return
        self._clock.move_to(moment)
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now:
            _, _, future = heapq.heappop(self._heap)
            if not future.done():
                future.set_result(None)

    def _resume(self, loop: asyncio.AbstractEventLoop, job: asyncio.Task[None]) -> None:
        self._due_job = None
        loop.call_soon(self._turn, loop)
        error = None if job.cancelled() else job.exception()
        if error is not None:
            self._raise(error)

    def _raise(self, error: BaseException) -> None:
        """Raise the error of a job where somebody sleeps, as it is raised where a thread sleeps."""
        sleeping = [one for one in self._heap if not one[2].done()]
        if not sleeping:
            raise error
        min(sleeping)[2].set_exception(error)


class TrioSleepQueue:
    """All coroutines that sleep on a virtual clock under trio, which tells when all tasks are blocked."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self._runs: WeakKeyDictionary[trio.lowlevel.TrioToken, list[_TrioSleeper]] = WeakKeyDictionary()
        self._order = itertools.count()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved forward by this many seconds."""
        import trio  # noqa: PLC0415 - trio is installed, since it runs
        from trio.testing import wait_all_tasks_blocked  # noqa: PLC0415 - same

        clock = self._clock
        heap = self._runs.setdefault(trio.lowlevel.current_trio_token(), [])
        sleeper = _TrioSleeper(clock.now() + seconds, next(self._order), trio.Event())
        heapq.heappush(heap, sleeper)
        try:
            await trio.lowlevel.checkpoint()
            while clock.now() < sleeper.until:
                if heap[0] is not sleeper:
                    sleeper.is_first = trio.Event()
                    await sleeper.is_first.wait()
                    continue
                await wait_all_tasks_blocked()
                if heap[0] is sleeper and clock.now() < sleeper.until:
                    await self._move(sleeper.until)
        finally:
            if heap[0] is sleeper:
                heapq.heappop(heap)
            else:  # cancelled before its time
                heap.remove(sleeper)
                heapq.heapify(heap)
            if heap:
                heap[0].is_first.set()

    async def _move(self, moment: float) -> None:
        """Move the time forward; a job that becomes due before that moment runs first."""
        jobs = self._clock.jobs
        due = None if jobs is None else jobs.due()
        if jobs is not None and due is not None and due <= moment:
            self._clock.move_to(due)
            await jobs.arun()
        else:
            self._clock.move_to(moment)


class _TrioSleeper:
    """A sleeping coroutine; the first of them moves the time forward."""

    def __init__(self, until: float, order: int, is_first: trio.Event) -> None:
        self.until, self.order, self.is_first = until, order, is_first

    def __lt__(self, other: _TrioSleeper) -> bool:
        return (self.until, self.order) < (other.until, other.order)
