"""Waiting for many tasks: one schedule for all, so that few requests serve them fairly."""

from __future__ import annotations

import functools
import heapq
import math
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic

from .._core import arguments
from .._core.recovery import Recovery
from .._http.io import WorkerPool
from .._http.request import SHORTEST_TIMEOUT
from .batch_query import BatchQuery
from .state import BaseTask, TaskT
from .waiter import RESOLUTION, TaskWaiter, check_wait

if TYPE_CHECKING:
    from .._http.client_base import BaseClient

DEFAULT_CONCURRENCY = 16
# Single queries that a wait may cost whatever it waits for; for more tasks than these, one for each.
_FREE_QUERIES = 1000
# A query of many tasks takes those along whose interval has passed but for this fraction.
_EARLY = 0.5
# The pause between two of them, as a fraction of a task's age: for each task, and at most.
_PAUSE_OF_ONE, _LARGEST_PAUSE = 2e-4, 0.03
_LONGEST_PAUSE = 30.0


class PollScheduler(Generic[TaskT]):
    """Polls many tasks: of those that are due, the ones that have waited longest come first.

    Where the API answers for many tasks at once, each task keeps its own schedule. Where it does not, a wait
    for very many makes about one request for each: a task is polled when it should have ended.
    """

    _waiter_type = TaskWaiter

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
        self.workers: WorkerPool = WorkerPool(arguments.check_count("concurrency", concurrency, least=1))
        self._new_waiter = functools.partial(
            self._waiter_type, client, timeout=timeout, poll_interval=poll_interval
        )
        self._has_own_interval = poll_interval is not None
        self._client = client
        self._done: deque[tuple[int, TaskT]] = deque()
        # When each is due, its number, and what it is about.
        self._queue: list[tuple[float, int, TaskWaiter, TaskT]] = []
        self._polled_at = -math.inf
        self._recovery = Recovery()
        # In the order given, until the first call of `next_done` queues them.
        self.given: list[TaskT] = self._collect(tasks)
        self._requests_left = max(len(self.given), _FREE_QUERIES)

    @functools.cached_property
    def _batch(self) -> BatchQuery:
        """Made with the first poll, when whatever interrupts this names the tasks."""
        return BatchQuery(self._client)

    def _collect(self, tasks: Iterable[TaskT]) -> list[TaskT]:
        """The tasks that a caller gives, who may create one after the other: whatever ends that names them.

        Raises:
            TypeError: It gives something else.
        """
        if not isinstance(tasks, Iterable):
            raise arguments.wrong_type("tasks", "a list of tasks", tasks)
        given: list[TaskT] = []
        try:
            for task in tasks:
                _check_task(task)
                self._recovery.task_ids[len(given)] = task.id
                given.append(task)
        except BaseException as error:
            self._recovery.explain(error)
            raise
        return given

    async def next_done(self) -> TaskT | None:
        """The next task that has ended, well or not; None if all have been returned.

        Raises:
            TaskTimeout: None has in time.
            APIError: The API refuses to answer.
        """
        return await self._recovery.guard(self._next_done())

    async def _next_done(self) -> TaskT | None:
        self._enqueue([(number, self._new_waiter(task), task) for number, task in enumerate(self.given)])
        self.given = []
        if not self._recovery.task_ids:
            return None
        while not self._done:
            waiter = self._queue[0][2]
            left = waiter.deadline - self._io.now()
            if left < RESOLUTION and (waiter.has_polled or left <= -SHORTEST_TIMEOUT):
                raise waiter.timeout_error()
            pause = min(self._next_poll() - self._io.now(), left)
            if pause > 0:
                await self._io.sleep(pause)
            await self._poll_due(self._io.now())
        number, task = self._done.popleft()
        del self._recovery.task_ids[number]
        return task

    def _enqueue(self, polled: Iterable[tuple[int, TaskWaiter, TaskT]]) -> None:
        """Queue those that have not ended for their next poll."""
        waiting: list[tuple[int, TaskWaiter, TaskT]] = []
        for number, waiter, task in polled:
            if waiter.is_over:
                self._done.append((number, task))
            else:
                waiting.append((number, waiter, task))
        unfinished = len(self._queue) + len(waiting)
        allowance = math.inf if self._batch.is_usable else max(self._requests_left, 0) / max(unfinished, 1)
        for number, waiter, task in waiting:
            heapq.heappush(self._queue, (waiter.due(allowance), number, waiter, task))

    def _next_poll(self) -> float:
        """When to poll next: many tasks in one request, rather than each at its own moment."""
        due, _, waiter, _ = self._queue[0]
        if not self._batch.is_usable or self._has_own_interval or len(self._queue) == 1:
            return due
        pause = min(_PAUSE_OF_ONE * len(self._queue), _LARGEST_PAUSE) * waiter.task._history.age
        return max(due, self._polled_at + min(pause, _LONGEST_PAUSE))

    async def _poll_due(self, now: float) -> None:
        self._polled_at = now
        could_batch = self._batch.is_usable
        due = self._take_due(now)
        waiters = [waiter for _, _, waiter, _ in due]
        await self._poll(waiters)
        if could_batch and not self._batch.is_usable:  # all that wait are to be polled less often
            due += self._queue
            self._queue = []
        self._enqueue((number, waiter, task) for _, number, waiter, task in due)

    def _take_due(self, now: float) -> list[tuple[float, int, TaskWaiter, TaskT]]:
        """Those that are due, and those that will be soon, as far as they fill the requests."""
        size = self._batch.size if self._batch.is_usable else 1
        taken: list[tuple[float, int, TaskWaiter, TaskT]] = []
        while self._queue and self._queue[0][0] <= now + RESOLUTION and len(taken) < self.workers.size * size:
            taken.append(heapq.heappop(self._queue))
        while self._queue and len(taken) % size and not self._has_own_interval:
            due, _, waiter, _ = self._queue[0]
            if due - now > _EARLY * (due - waiter.task._polled_at):
                break
            taken.append(heapq.heappop(self._queue))
        return taken

    async def _poll(self, waiters: list[TaskWaiter]) -> None:
        """Query tasks, in as few requests as possible."""
        batch = self._batch
        many = [waiter for waiter in waiters if batch.accepts(waiter.task)]
        singly = [waiter for waiter in waiters if not batch.accepts(waiter.task)]
        groups = [many[start : start + batch.size] for start in range(0, len(many), batch.size)]
        if groups and len(groups[-1]) == 1:
            singly += groups.pop()
        absent: list[TaskWaiter] = []
        requests = [batch.poll(group, absent) for group in groups]
        requests += [waiter.poll_once() for waiter in singly]
        self._requests_left -= len(requests)
        await self._io.gather(self.workers, requests)
        if absent:
            self._requests_left -= len(absent)
            await self._io.gather(self.workers, [waiter.poll_once() for waiter in absent])


def _check_task(given: object) -> None:
    if not isinstance(given, BaseTask):
        raise arguments.wrong_type("tasks", "tasks; client.tasks.get(ID) makes one of an ID", given)
