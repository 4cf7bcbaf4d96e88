"""The tasks that are kept, by id and by the time at which they end."""

from __future__ import annotations

import heapq
import math
import random
from collections import OrderedDict, deque
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
        # Most tasks end in the order of their creation; those that end before an earlier one are in a heap.
        self._ends: deque[tuple[float, str]] = deque()
        self._early_ends: list[tuple[float, str]] = []
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
            self._add_end(task.created + task.seconds * task.end_fraction, task.id)
        dropped = []
        while len(tasks) > MAX_TASKS or (self._weight > MAX_BYTES and len(tasks) > 1):
            _, oldest = tasks.popitem(last=False)
            self._weight -= oldest.weight
            dropped.append(oldest)
            if ends and ends[0][1] == oldest.id:
                ends.popleft()
        return dropped

    def take_ended(self, now: float) -> Iterator[tuple[MockTask, float]]:
        """Yield the tasks that have ended by now and are not finalized, each with the time of its end."""
        while (first := self._first_ends()) and first[0][0] <= now:
            ended, task_id = first.popleft() if isinstance(first, deque) else heapq.heappop(first)
            task = self._tasks.get(task_id)
            if task is not None and not task.is_finalized:
                yield task, ended
        self.next_end = first[0][0] if first else math.inf

    def _add_end(self, end: float, task_id: str) -> None:
        """Keep the end of a task; that of a dropped one may stay, and `next_end` is then too early."""
        ends, early = self._ends, self._early_ends
        if ends and end >= ends[-1][0]:
            ends.append((end, task_id))
            return
        if ends:
            heapq.heappush(early, (end, task_id))
            if len(early) > 2 * len(self._tasks):  # the ends of dropped tasks may be far away
                early[:] = [one for one in early if one[1] in self._tasks]
                heapq.heapify(early)
        else:
            ends.append((end, task_id))
        self.next_end = min(self.next_end, end)

    def _first_ends(self) -> deque[tuple[float, str]] | list[tuple[float, str]]:
        """The ends of which the first is the next one."""
        ends, early = self._ends, self._early_ends
        return early if early and (not ends or early[0] < ends[0]) else ends

    def end_of(self, task: MockTask) -> float | None:
        """When a task ends; None if time does not decide."""
        return task.created + task.seconds * task.end_fraction if self.progress == "time" else None
