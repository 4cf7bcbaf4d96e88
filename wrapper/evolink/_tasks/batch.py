"""Waiting for many tasks: one schedule for all, so that few connections serve them fairly."""

from __future__ import annotations

import functools
import heapq
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic

from .._core import config
from .._core.recovery import Recovery
from .._http.io import WorkerPool
from .state import BaseTask, TaskT
from .waiter import RESOLUTION, TaskWaiter, check_wait

if TYPE_CHECKING:
    from .._http.client_base import BaseClient

DEFAULT_CONCURRENCY = 16


class PollScheduler(Generic[TaskT]):
    """Polls many tasks: of those that are due, the ones that have waited longest come first."""

    def __init__(
        self,
        client: BaseClient,
        tasks: Iterable[TaskT],
        *,
        timeout: float | None,
        poll_interval: float | None,
        concurrency: int,
    ) -> None:
        check_wait(timeout=timeout, poll_interval=poll_interval)
        self._io = client._io
        self.workers = WorkerPool(config.check_count("concurrency", concurrency, least=1))
        self._new_waiter = functools.partial(TaskWaiter, client, timeout=timeout, poll_interval=poll_interval)
        # Queued by the first call of `next_done`.
        self._given: list[TaskT] = list(_checked(tasks))
        self._recovery = Recovery({number: task.id for number, task in enumerate(self._given)})
        self._done: deque[tuple[int, TaskT]] = deque()
        self._queue: list[tuple[float, int, TaskWaiter, TaskT]] = []

    async def next_done(self) -> TaskT | None:
        """The next task that has ended, well or not; None if all have been returned.

        Raises:
            TaskTimeout: None has in time.
            APIError: The API refuses to answer.
        """
        return await self._recovery.guard(self._next_done())

    async def _next_done(self) -> TaskT | None:
        for number, task in enumerate(self._given):
            if task.done:
                self._done.append((number, task))
            else:
                waiter = self._new_waiter(task)
                heapq.heappush(self._queue, (waiter.due, number, waiter, task))
        self._given = []
        if not self._recovery.task_ids:
            return None
        while not self._done:
            due, _, waiter, _ = self._queue[0]
            left = waiter.deadline - self._io.now()
            if left < RESOLUTION:
                raise waiter.timeout_error()
            pause = min(due - self._io.now(), left)
            if pause > 0:
                await self._io.sleep(pause)
            await self._poll_due(self._io.now())
        number, task = self._done.popleft()
        del self._recovery.task_ids[number]
        return task

    async def _poll_due(self, now: float) -> None:
        due: list[tuple[float, int, TaskWaiter, TaskT]] = []
        while self._queue and self._queue[0][0] <= now + RESOLUTION and len(due) < self.workers.size:
            due.append(heapq.heappop(self._queue))
        await self._io.gather(self.workers, [waiter.poll_once() for _, _, waiter, _ in due])
        for _, number, waiter, task in due:
            if task.done and not waiter.is_waiting_for_results:
                self._done.append((number, task))
            else:
                heapq.heappush(self._queue, (waiter.due, number, waiter, task))


def _checked(tasks: Iterable[TaskT]) -> Iterable[TaskT]:
    if not isinstance(tasks, Iterable):
        raise config.wrong_type("tasks", "tasks", tasks)
    for task in tasks:
        if not isinstance(task, BaseTask):
            raise config.wrong_type("tasks", "tasks; client.tasks.get(ID) makes one of an ID", task)
        yield task
