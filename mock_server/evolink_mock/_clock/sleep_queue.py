"""Coroutines that sleep on virtual time."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from .clock import VirtualClock

QUIET_TURNS = 12
"""Turns of the event loop in which nothing happens before time moves on.

A coroutine that has just woken takes a turn or two for each hand-over between tasks before it asks
for something or sleeps again. asyncio does not tell when all tasks are waiting; letting this many
turns pass is how a clock finds out by documented means.
"""


class Sleepers:
    """All sleepers of one virtual clock, kept by event loop."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Dormitory] = WeakKeyDictionary()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved on by so many seconds."""
        loop = asyncio.get_running_loop()
        dormitory = self._loops.get(loop)
        if dormitory is None:
            dormitory = self._loops[loop] = _Dormitory(self._clock)
        await dormitory.sleep(loop, self._clock.now() + seconds)

    def stir(self) -> None:
        """Say that the running event loop is busy."""
        dormitory = self._loops.get(asyncio.get_running_loop())
        if dormitory is not None:
            dormitory.quiet = 0


class _Dormitory:
    """The sleepers of one event loop; wakes them in the order of their times."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._watching = False
        self._errand: asyncio.Task[None] | None = None
        self.quiet = 0

    async def sleep(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._heap, (until, next(self._order), future))
        self.quiet = 0
        if not self._watching:
            self._watching = True
            loop.call_soon(self._turn, loop)
        await future

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look, once in each turn of the event loop, whether time can move on."""
        heap = self._heap
        while heap and heap[0][2].done():  # cancelled while asleep
            heapq.heappop(heap)
        if not heap:
            self._watching = False
            return
        self.quiet += 1
        if self.quiet > QUIET_TURNS or heap[0][0] <= self._clock.now():
            self.quiet = 0
            self._move(loop, heap[0][0])
        if self._errand is None:
            loop.call_soon(self._turn, loop)

    def _move(self, loop: asyncio.AbstractEventLoop, moment: float) -> None:
        agenda = self._clock.agenda
        due = None if agenda is None else agenda.due()
        if agenda is not None and due is not None and due <= moment:
            # What falls due on the way is done first, at its own time; the sleepers stay asleep.
            self._clock.reach(due)
            self._errand = loop.create_task(agenda.arun(), name="evolink-mock-agenda")
            self._errand.add_done_callback(lambda task: self._resume(loop, task))
            return
        self._clock.reach(moment)
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now:
            _, _, future = heapq.heappop(self._heap)
            if not future.done():
                future.set_result(None)

    def _resume(self, loop: asyncio.AbstractEventLoop, errand: asyncio.Task[None]) -> None:
        self._errand = None
        if not errand.cancelled():
            errand.result()
        loop.call_soon(self._turn, loop)
