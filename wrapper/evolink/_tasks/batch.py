"""Waiting for many tasks: one agenda for all, so that few connections serve them fairly."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING, Any, Generic

from .._core import config as _arguments
from .._http.io import Crew, Gather, Sleep
from .state import TaskT
from .waiter import RESOLUTION, Watch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._http.client_base import BaseClient

DEFAULT_CONCURRENCY = 16


class Agenda(Generic[TaskT]):
    """Whose turn it is: of the tasks that are due, those that have waited longest are asked first."""

    def __init__(
        self,
        client: BaseClient[Any],
        tasks: Iterable[TaskT],
        *,
        timeout: float | None,
        poll_interval: float | None,
        concurrency: int,
    ) -> None:
        self._client = client
        self.tasks = list(tasks)
        self.crew = Crew(_arguments.count("concurrency", concurrency, least=1))
        self._done = deque(task for task in self.tasks if task.done)
        self._turns: list[tuple[float, int, Watch, TaskT]] = []
        for number, task in enumerate(self.tasks):
            if not task.done:
                watch = Watch(client, task, timeout=timeout, poll_interval=poll_interval)
                self._turns.append((watch.due(), number, watch, task))
        heapq.heapify(self._turns)

    @property
    def is_empty(self) -> bool:
        """Whether every task has been given out."""
        return not self._done and not self._turns

    async def next_done(self) -> TaskT:
        """The next task that has ended, well or not; a flow.

        Raises:
            TaskTimeout: None has in time.
            APIError: The API refuses to tell.
        """
        clock = self._client._io.clock
        while not self._done:
            due, _, watch, _ = self._turns[0]
            left = watch.deadline - clock.now()
            if left < RESOLUTION:
                raise watch.timed_out()
            pause = min(due - clock.now(), left)
            if pause > 0:
                await Sleep(pause)
            await self._ask(clock.now())
        return self._done.popleft()

    async def _ask(self, now: float) -> None:
        turns: list[tuple[float, int, Watch, TaskT]] = []
        while self._turns and self._turns[0][0] <= now + RESOLUTION and len(turns) < self.crew.size:
            turns.append(heapq.heappop(self._turns))
        await Gather(self.crew, [watch.ask() for _, _, watch, _ in turns])
        for _, number, watch, task in turns:
            if task.done:
                self._done.append(task)
            else:
                heapq.heappush(self._turns, (watch.due(), number, watch, task))
