"""Callbacks: what is to be delivered when, and what became of it. No I/O here."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._contract.model import CallbackPolicy
    from .task import Task

MAX_ATTEMPTS = 1_000
"""Attempts that are remembered; the oldest are forgotten first."""


@dataclass(slots=True)
class Delivery:
    """One callback on its way.

    Attributes:
        task: The task that it tells of.
        url: Where it goes.
        policy: How long to wait for an answer, and when to try again.
        body: What it says; made when it is first sent.
        failures: How often it was tried in vain.
    """

    task: Task
    url: str
    policy: CallbackPolicy
    body: bytes = b""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at delivering a callback.

    Attributes:
        task_id: The task that it tells of.
        url: Where it went.
        number: 1 for the first try.
        time: When, in Unix seconds of the mock's clock.
        status: What the receiver answered; None if it did not.
        error: Why there was no answer; None if there was one.
        final: Whether it is not tried again.
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
        """Whether the receiver said yes."""
        return self.status is not None and self.status // 100 == 2


class Callbacks:
    """The callbacks that are waiting for their time, and a log of those that were tried."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._attempts: deque[Attempt] = deque(maxlen=MAX_ATTEMPTS)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The last tries, the newest at the end."""
        return tuple(self._attempts)

    def schedule(self, delivery: Delivery, moment: float) -> None:
        """Deliver at a moment."""
        heapq.heappush(self._waiting, (moment, next(self._order), delivery))

    def due(self) -> float | None:
        """When the next one is due; None when there is none."""
        return self._waiting[0][0] if self._waiting else None

    def take(self, now: float) -> Delivery | None:
        """One that is due by now."""
        if self._waiting and self._waiting[0][0] <= now:
            return heapq.heappop(self._waiting)[2]
        return None

    def report(self, delivery: Delivery, now: float, status: int | None, error: str | None) -> None:
        """Say what became of a try; a failed one is tried again as documented."""
        retries = delivery.policy.retries
        good = status is not None and status // 100 == 2
        final = good or delivery.failures >= len(retries)
        number = delivery.failures + 1
        self._attempts.append(
            Attempt(delivery.task.id, delivery.url, number, now, status, error, final=final)
        )
        if not final:
            self.schedule(delivery, now + retries[delivery.failures])
            delivery.failures += 1

    def to_list(self) -> list[dict[str, Any]]:
        """The log as JSON."""
        return [{**asdict(one), "delivered": one.delivered} for one in self._attempts]
