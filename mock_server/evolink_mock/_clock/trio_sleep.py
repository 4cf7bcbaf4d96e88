"""Sleeping on virtual time under trio, which tells by documented means when nobody has anything to do."""

from __future__ import annotations

import heapq
import itertools
import sys
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import trio

    from .clock import VirtualClock


def running() -> bool:
    """Whether the caller runs under trio; loads nothing."""
    found = sys.modules.get("trio")
    return found is not None and bool(found.lowlevel.in_trio_run())


class TrioSleepers:
    """All sleepers of one virtual clock, kept by run of trio."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._runs: WeakKeyDictionary[trio.lowlevel.TrioToken, list[_Sleeper]] = WeakKeyDictionary()
        self._order = itertools.count()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved on by so many seconds."""
        import trio  # noqa: PLC0415 - it is there, since it runs
        from trio.testing import wait_all_tasks_blocked  # noqa: PLC0415 - see above

        clock = self._clock
        heap = self._runs.setdefault(trio.lowlevel.current_trio_token(), [])
        me = _Sleeper(clock.now() + seconds, next(self._order), trio.Event())
        heapq.heappush(heap, me)
        try:
            await trio.lowlevel.checkpoint()
            while clock.now() < me.until:
                if heap[0] is not me:
                    me.turn = trio.Event()
                    await me.turn.wait()
                    continue
                await wait_all_tasks_blocked()
                if heap[0] is me and clock.now() < me.until:
                    await self._move(me.until)
        finally:
            if heap[0] is me:
                heapq.heappop(heap)
            else:  # cancelled out of turn
                heap.remove(me)
                heapq.heapify(heap)
            if heap:
                heap[0].turn.set()

    async def _move(self, moment: float) -> None:
        """Move the time on; what falls due on the way is done first, at its own time."""
        agenda = self._clock.agenda
        due = None if agenda is None else agenda.due()
        if agenda is not None and due is not None and due <= moment:
            self._clock.reach(due)
            await agenda.arun()
        else:
            self._clock.reach(moment)


class _Sleeper:
    """Who sleeps until when; the first of them sees to it that time moves on."""

    def __init__(self, until: float, order: int, turn: trio.Event) -> None:
        self.until, self.order, self.turn = until, order, turn

    def __lt__(self, other: _Sleeper) -> bool:
        return (self.until, self.order) < (other.until, other.order)
