"""The tasks that are kept, by id and by the time at which they end."""

from __future__ import annotations

import heapq
import math
import random
from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .task import MockTask, ProgressMode, TaskTemplate

MAX_TASKS = 20_000
"""Tasks that are kept; the oldest are dropped first."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of memory that the request bodies kept with the tasks may take."""


class TaskStore:
    """All tasks that are kept, in the order of their creation.

    Args:
        progress: What moves tasks forward.
        seed: Makes the ids repeatable.

    Attributes:
        created: How many tasks there have been.
        next_end: When the next task ends, if time decides; infinite if none does.
    """

    def __init__(self, progress: ProgressMode, seed: int) -> None:
        self.progress: ProgressMode = progress
        self._rng = random.Random(seed)  # noqa: S311 - repeatable ids, not secrets
        # Removing the first item of a plain dict takes longer with each one removed before.
        self._tasks: OrderedDict[str, MockTask] = OrderedDict()
        self._ends: list[tuple[float, str]] = []
        self._weight = 0
        self.created: int = 0
        self.next_end: float = math.inf

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[MockTask]:
        return iter(self._tasks.values())

    def get(self, task_id: str) -> MockTask | None:
        """A task by its id; None if there is none."""
        return self._tasks.get(task_id)

    def latest(self, count: int) -> Iterator[MockTask]:
        """The newest tasks, the newest first."""
        return islice(reversed(self._tasks.values()), count)

    def new_id(self, template: TaskTemplate, now: float) -> str:
        """Make an id that no task has."""
        while (task_id := template.new_id(now, self._rng)) in self._tasks:
            pass
        return task_id

    def add(self, task: MockTask) -> list[MockTask]:
        """Keep a task; returns the tasks that are dropped for it."""
        tasks, ends = self._tasks, self._ends
        tasks[task.id] = task
        self.created += 1
        self._weight += task.weight
        if self.progress == "time":
            heapq.heappush(ends, (task.created + task.seconds * task.end_fraction, task.id))
            self.next_end = ends[0][0]
        dropped = []
        while len(tasks) > MAX_TASKS or (self._weight > MAX_BYTES and len(tasks) > 1):
            _, oldest = tasks.popitem(last=False)
            self._weight -= oldest.weight
            dropped.append(oldest)
        if len(ends) > 2 * len(tasks):  # the ends of dropped tasks may be far away
            ends[:] = [(end, task_id) for end, task_id in ends if task_id in tasks]
            heapq.heapify(ends)
            self._look_ahead()
        return dropped

    def take_ended(self, now: float) -> Iterator[tuple[MockTask, float]]:
        """Yield the tasks that have ended by now and are not finalized, each with the time of its end."""
        while self._ends and self._ends[0][0] <= now:
            ended, task_id = heapq.heappop(self._ends)
            self._look_ahead()
            task = self._tasks.get(task_id)
            if task is not None and not task.is_finalized:
                yield task, ended

    def _look_ahead(self) -> None:
        self.next_end = self._ends[0][0] if self._ends else math.inf

    def end_of(self, task: MockTask) -> float | None:
        """When a task ends; None if time does not decide."""
        return task.created + task.seconds * task.end_fraction if self.progress == "time" else None
