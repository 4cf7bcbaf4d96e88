"""Polls the tasks of a run, which come and go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .._core.errors import APIError
from .._tasks.batch import PollScheduler
from .._tasks.waiter import RESOLUTION, TaskWaiter
from .outcomes import Ended, Polled

if TYPE_CHECKING:
    from .._http.client_base import BaseClient

# Requests in flight beside each other, where each asks for one task.
_CONCURRENCY = 8


class _Waiter(TaskWaiter):
    """Keeps the refusal of a query with its task: the other tasks are polled on."""

    refusal: APIError | None = None

    @property
    def is_over(self) -> bool:
        """As `TaskWaiter.is_over`, or refused for good."""
        return self.refusal is not None or super().is_over

    def note_error(self, error: APIError) -> None:
        """As `TaskWaiter.note_error`, without raising."""
        try:
            super().note_error(error)
        except APIError:
            self.refusal = error


class TaskPoller(PollScheduler[Any]):
    """Asks for tasks when it is likely that they have ended."""

    _waiter_type = _Waiter

    def __init__(self, client: BaseClient) -> None:
        super().__init__(client, (), timeout=math.inf, poll_interval=None, concurrency=_CONCURRENCY)
        self._waiters: dict[int, TaskWaiter] = {}

    def add(self, seq: int, task: Any) -> None:
        """Poll the task of a job from now on."""
        self._requests_left += 1
        self._waiters[seq] = waiter = self._new_waiter(task)
        self._enqueue([(seq, waiter, task)])

    @property
    def next_due(self) -> float:
        """When to poll next."""
        if self._done:
            return -math.inf
        return self._next_poll() if self._queue else math.inf

    async def poll_due(self, now: float) -> Polled:
        """Poll the tasks that are due, and those that will be soon."""
        if self._queue and self._next_poll() <= now + RESOLUTION:
            await self._poll_due(now)
        errors = [waiter._last_error for waiter in self._waiters.values()]
        ended = []
        while self._done:
            seq, task = self._done.popleft()
            waiter = self._waiters.pop(seq)
            ended.append(Ended(seq, task, getattr(waiter, "refusal", None)))
        return Polled(now, ended, errors[0] if errors and all(errors) else None)

    def close(self) -> None:
        """Release the threads."""
        self.workers.shutdown()
