"""Tasks and their life: pending, processing, and an end."""

from __future__ import annotations

import heapq
import random
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._contract.model import Model
    from .outcomes import Outcome
    from .template import Blueprint
    from .webhooks import Delivery

Pace = Literal["time", "polls", "immediate"]
"""What makes a task get on: the clock, the number of queries, or nothing but being created."""

MAX_TASKS = 20_000
"""Tasks that are remembered; the oldest are forgotten first."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of request bodies that are remembered with them, over all tasks."""
POLLS = 4
"""Queries until a task ends, where they are what makes it get on."""
STARTS_AT = 0.1
"""The share of its time after which a task is processing."""
FAILS_AT = 0.5
"""The share of its time after which a task ends that does not complete."""
STEPS = 10
"""Queries of one task, asked while virtual time stands still, that take it through all its time."""


@dataclass(frozen=True, slots=True)
class State:
    """What a task looks like at a moment."""

    status: str
    progress: int
    ended: bool


@dataclass(slots=True)
class Task:
    """One job.

    Attributes:
        id: Its id.
        blueprint: What its kind looks like.
        plan: How it goes and ends.
        body: The body it was created with.
        size: How many bytes that had.
        origin: Where its result links point to.
        created: When, in Unix seconds of the mock's clock.
        seconds: How long it takes to complete.
        credits: What is reserved for it.
        polls: How often it was queried.
        seen: When it was queried last; None before that.
        ended: When it ended; None as long as that is open.
        settled: Whether its credits were settled or refunded.
        callback: What is sent when it ends; None if nothing is.
    """

    id: str
    blueprint: Blueprint
    plan: Outcome
    body: Mapping[str, Any]
    size: int
    origin: str
    created: float
    seconds: float
    credits: float
    polls: int = 0
    seen: float | None = None
    ended: float | None = None
    settled: bool = False
    callback: Delivery | None = None

    @property
    def model(self) -> Model:
        """What is working on it."""
        return self.blueprint.model

    def keeps_to_documents(self, status: Any) -> bool:
        """Whether it can be held against the contract: a test may ask for more than that has."""
        known = self.blueprint.statuses
        return not self.plan.extra and (not known or status is None or status in known)

    def share(self, now: float, pace: Pace) -> float:
        """How much of the way is done, 0 to 1 for a task that completes."""
        if pace == "immediate" or self.seconds <= 0:
            return 1.0
        if pace == "polls":
            return min(1.0, max(0, self.polls - 1) / (POLLS - 1))
        return min(1.0, max(0.0, (now - self.created) / self.seconds))

    @property
    def goal(self) -> float:
        """The share of the way at which the task ends."""
        return 1.0 if self.plan.end == "completed" else FAILS_AT

    def state(self, now: float, pace: Pace) -> State:
        """What the task looks like at a moment; progress only grows."""
        share = self.share(now, pace)
        if self.ended is not None or share >= self.goal:
            done = self.plan.end == "completed"
            return State(self.plan.end, 100 if done else int(FAILS_AT * 100), ended=True)
        progress = min(99, self.plan.progress(share))
        if share < STARTS_AT and not self.plan.started:
            return State("pending", 0, ended=False)
        return State(self.plan.status or "processing", max(1, progress), ended=False)


class Tasks:
    """All tasks that are remembered, in the order they were created.

    Args:
        pace: What makes them get on.
        seed: Makes the ids of one run the same as those of the next.
    """

    def __init__(self, pace: Pace, seed: int) -> None:
        self.pace: Pace = pace
        self._rng = random.Random(seed)  # noqa: S311 - ids that can be repeated are what is wanted
        # Taking the first out of a plain dict gets slower with each that was.
        self._tasks: OrderedDict[str, Task] = OrderedDict()
        self._ends: list[tuple[float, str]] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks.values())

    def get(self, task_id: str) -> Task | None:
        """A task by its id."""
        return self._tasks.get(task_id)

    def new_id(self, blueprint: Blueprint, now: float) -> str:
        """An id that no task has."""
        while (made := blueprint.new_id(now, self._rng)) in self._tasks:
            pass
        return made

    def add(self, task: Task) -> list[Task]:
        """Remember a task; returns those that are forgotten for it."""
        self._tasks[task.id] = task
        self._size += task.size
        if self.pace == "time":
            heapq.heappush(self._ends, (task.created + task.seconds * task.goal, task.id))
        forgotten = []
        while len(self._tasks) > MAX_TASKS or (self._size > MAX_BYTES and len(self._tasks) > 1):
            _, oldest = self._tasks.popitem(last=False)
            self._size -= oldest.size
            forgotten.append(oldest)
        return forgotten

    def ending(self, now: float) -> Iterator[tuple[Task, float]]:
        """The tasks that have ended by now and are not settled, each with the time of its end."""
        while self._ends and self._ends[0][0] <= now:
            ended, task_id = heapq.heappop(self._ends)
            task = self._tasks.get(task_id)
            if task is not None and not task.settled:
                yield task, ended

    def end_of(self, task: Task) -> float | None:
        """When a task ends, if time decides."""
        return task.created + task.seconds * task.goal if self.pace == "time" else task.ended
