"""The callbacks of tasks: which are due when, and what became of each. Sends nothing itself."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .._contract.content import CallbackPolicy
    from .task import MockTask

MAX_ATTEMPTS = 1_000
"""Attempts that are kept; the oldest are dropped first."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of addresses and errors that are kept with the attempts."""


@dataclass(slots=True)
class Delivery:
    """A callback that is to be delivered.

    Attributes:
        task: The task that it is about.
        url: Where it goes.
        policy: How long to wait for an answer, and when to try again.
        body: Its body, built at the first attempt.
        failures: How many attempts have failed.
    """

    task: MockTask
    url: str
    policy: CallbackPolicy
    body: bytes = b""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """An attempt to deliver a callback.

    Attributes:
        task_id: The task that it is about.
        url: Where it went.
        number: 1 for the first attempt.
        time: When, in Unix seconds of the mock's clock.
        status: The status of the answer; None if there was none.
        error: Why there was no answer; None if there was one.
        final: Whether there is no further attempt.
    """

    task_id: str
    url: str
    number: int
    time: float
    status: int | None
    error: str | None
    final: bool

    @property
    def delivered(self) -> bool:
        """Whether the receiver has accepted it."""
        return self.status is not None and self.status // 100 == 2

    def to_dict(self) -> dict[str, Any]:
        """The attempt as JSON."""
        return {**asdict(self), "delivered": self.delivered}


class WebhookQueue:
    """The waiting callbacks in the order of their times, and a log of the attempts.

    Attributes:
        due: When the next one is due, in Unix seconds; None when there is none.
    """

    def __init__(self) -> None:
        self.due: float | None = None
        self._heap: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._attempts: deque[DeliveryAttempt] = deque()
        self._size = 0

    @property
    def attempts(self) -> tuple[DeliveryAttempt, ...]:
        """The last attempts, the newest at the end."""
        return tuple(self._attempts)

    def latest(self) -> Iterator[DeliveryAttempt]:
        """The attempts, the newest first."""
        return reversed(self._attempts)

    def schedule(self, delivery: Delivery, moment: float) -> None:
        """Deliver at a moment."""
        heapq.heappush(self._heap, (moment, next(self._order), delivery))
        self.due = self._heap[0][0]

    def reschedule(self, task: MockTask, moment: float) -> None:
        """Deliver the callback of a task at another moment, if it has one that was not attempted yet."""
        waiting = self._heap
        for index, (_, order, delivery) in enumerate(waiting):
            if delivery.task is task and not delivery.failures:
                waiting[index] = moment, order, delivery
                heapq.heapify(waiting)
                self.due = waiting[0][0]
                return

    def __len__(self) -> int:
        return len(self._heap)

    def discard_unless(self, is_wanted: Callable[[Delivery], bool]) -> None:
        """Drop the waiting callbacks that nobody wants any more."""
        self._heap = [one for one in self._heap if is_wanted(one[2])]
        heapq.heapify(self._heap)
        self.due = self._heap[0][0] if self._heap else None

    def take(self, now: float) -> Delivery | None:
        """Take a callback that is due by now; None if there is none."""
        if self.due is None or self.due > now:
            return None
        delivery = heapq.heappop(self._heap)[2]
        self.due = self._heap[0][0] if self._heap else None
        return delivery

    def record(self, delivery: Delivery, now: float, status: int | None, error: str | None) -> None:
        """Log an attempt; a failed one is repeated as documented."""
        retries = delivery.policy.retries
        is_accepted = status is not None and status // 100 == 2
        is_final = is_accepted or delivery.failures >= len(retries)
        number = delivery.failures + 1
        attempt = DeliveryAttempt(delivery.task.id, delivery.url, number, now, status, error, final=is_final)
        self._attempts.append(attempt)
        self._size += _size(attempt)
        while len(self._attempts) > MAX_ATTEMPTS or (self._size > MAX_BYTES and len(self._attempts) > 1):
            self._size -= _size(self._attempts.popleft())
        if not is_final:
            self.schedule(delivery, now + retries[delivery.failures])
            delivery.failures += 1

    def to_list(self) -> list[dict[str, Any]]:
        """The log as JSON."""
        return [attempt.to_dict() for attempt in self._attempts]


def _size(attempt: DeliveryAttempt) -> int:
    return len(attempt.url) + len(attempt.error or "")
