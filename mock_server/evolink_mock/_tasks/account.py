"""The account that owns the tasks: its credits, its tasks, and their callbacks."""

from __future__ import annotations

import heapq
import random
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from .._http.messages import dumps
from .outcomes import Outcome, OutcomeQueue
from .task import MockTask, TaskTemplate
from .webhooks import Delivery, WebhookQueue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from threading import RLock

    from .._clock.interfaces import MockClock
    from .._contract.content import Model
    from .._contract.contract import Contract
    from .._contract.operation import GenerationQuery, Operation
    from .task import ProgressMode

MAX_ENTRIES = 10_000
"""Entries that the ledger keeps; the oldest are dropped first, and the sums stay right."""
MAX_TASKS = 20_000
"""Tasks that are kept; the oldest are dropped first."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of request bodies that are kept with the tasks."""
STEPS = 10
"""Queries of a task, sent while virtual time stands still, that take it through all its time."""

# Credits have decimals and are added up often: integers of a small unit avoid rounding errors.
_UNITS_PER_CREDIT = 1_000_000


def _to_units(credits_: float) -> int:
    return round(credits_ * _UNITS_PER_CREDIT)


def _to_credits(units: int) -> float:
    whole, rest = divmod(units, _UNITS_PER_CREDIT)
    return units / _UNITS_PER_CREDIT if rest else whole


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A movement of credits.

    Attributes:
        kind: What happened.
        task_id: The task; empty for a deposit.
        credits: How many, always positive.
        time: When, in Unix seconds of the mock's clock.
    """

    kind: Literal["reserved", "charged", "refunded", "added"]
    task_id: str
    credits: float
    time: float

    def to_dict(self) -> dict[str, Any]:
        """The movement as JSON."""
        return {"kind": self.kind, "task_id": self.task_id, "credits": self.credits, "time": self.time}


class Ledger:
    """Reserves credits when a task is created, and charges or refunds them when it ends.

    Args:
        balance: Credits at the beginning.
    """

    def __init__(self, balance: float) -> None:
        self._balance = _to_units(balance)
        self._reserved = self._charged = self._refunded = 0
        self._entries: deque[LedgerEntry] = deque(maxlen=MAX_ENTRIES)

    @property
    def balance(self) -> float:
        """Credits that can be spent."""
        return _to_credits(self._balance)

    @property
    def reserved(self) -> float:
        """Credits reserved for tasks that have not ended."""
        return _to_credits(self._reserved)

    @property
    def charged(self) -> float:
        """Credits charged for completed tasks."""
        return _to_credits(self._charged)

    @property
    def refunded(self) -> float:
        """Credits refunded for failed and cancelled tasks."""
        return _to_credits(self._refunded)

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """The last movements, the newest at the end."""
        return tuple(self._entries)

    def latest(self) -> Iterator[LedgerEntry]:
        """The movements, the newest first."""
        return reversed(self._entries)

    def has_balance(self, credits_: float) -> bool:
        """Whether so many credits can be reserved."""
        return _to_units(credits_) <= self._balance

    def add(self, credits_: float, *, time: float = 0.0) -> None:
        """Add credits."""
        if not 0 <= credits_ < float("inf"):
            raise ValueError(f"credits to add must be a positive number, not {credits_!r}")
        self._balance += _to_units(credits_)
        self._entries.append(LedgerEntry("added", "", credits_, time))

    def reserve(self, task_id: str, credits_: float, time: float) -> None:
        """Reserve credits for a task."""
        units = _to_units(credits_)
        self._balance -= units
        self._reserved += units
        self._entries.append(LedgerEntry("reserved", task_id, credits_, time))

    def charge(self, task_id: str, credits_: float, time: float) -> None:
        """Charge the reserved credits of a task."""
        units = _to_units(credits_)
        self._reserved -= units
        self._charged += units
        self._entries.append(LedgerEntry("charged", task_id, credits_, time))

    def refund(self, task_id: str, credits_: float, time: float) -> None:
        """Refund the reserved credits of a task."""
        units = _to_units(credits_)
        self._reserved -= units
        self._refunded += units
        self._balance += units
        self._entries.append(LedgerEntry("refunded", task_id, credits_, time))

    def to_dict(self) -> dict[str, Any]:
        """The ledger as JSON."""
        return {
            "balance": self.balance,
            "reserved": self.reserved,
            "charged": self.charged,
            "refunded": self.refunded,
            "entries": [entry.to_dict() for entry in self._entries],
        }

    def __repr__(self) -> str:
        return (
            f"Ledger(balance={self.balance}, reserved={self.reserved}, "
            f"charged={self.charged}, refunded={self.refunded})"
        )


class TaskStore:
    """All tasks that are kept, in the order of their creation.

    Args:
        progress: What moves tasks forward.
        seed: Makes the ids repeatable.

    Attributes:
        created: How many tasks there have been.
    """

    def __init__(self, progress: ProgressMode, seed: int) -> None:
        self.progress: ProgressMode = progress
        self._rng = random.Random(seed)  # noqa: S311 - repeatable ids, not secrets
        # Removing the first item of a plain dict takes longer with each one removed before.
        self._tasks: OrderedDict[str, MockTask] = OrderedDict()
        self._ends: list[tuple[float, str]] = []
        self._size = 0
        self.created: int = 0

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
        self._tasks[task.id] = task
        self.created += 1
        self._size += task.size
        end = self.end_of(task)
        if end is not None:
            heapq.heappush(self._ends, (end, task.id))
        dropped = []
        while len(self._tasks) > MAX_TASKS or (self._size > MAX_BYTES and len(self._tasks) > 1):
            _, oldest = self._tasks.popitem(last=False)
            self._size -= oldest.size
            dropped.append(oldest)
        return dropped

    def take_ended(self, now: float) -> Iterator[tuple[MockTask, float]]:
        """Yield the tasks that have ended by now and are not finalized, each with the time of its end."""
        while self._ends and self._ends[0][0] <= now:
            ended, task_id = heapq.heappop(self._ends)
            task = self._tasks.get(task_id)
            if task is not None and not task.is_finalized:
                yield task, ended

    def end_of(self, task: MockTask) -> float | None:
        """When a task ends; None if time does not decide."""
        return task.created + task.seconds * task.end_fraction if self.progress == "time" else None


class MockAccount:
    """Creates tasks, describes them, and finalizes them: credits and callbacks included.

    Args:
        contract: Describes the tasks.
        clock: Of the mock.
        lock: Held by the engine while it handles a request; methods that others call acquire it.
        progress: What moves tasks forward.
        credits: Credits at the beginning.
        seed: Makes the ids repeatable.
        result_origin: The scheme and host of result links; None for those of the request.
    """

    def __init__(
        self,
        contract: Contract,
        clock: MockClock,
        lock: RLock,
        *,
        progress: ProgressMode,
        credits: float,  # noqa: A002 - the public name of the option
        seed: int,
        result_origin: str | None,
    ) -> None:
        self.clock = clock
        self.tasks: TaskStore = TaskStore(progress, seed)
        self.outcomes: OutcomeQueue = OutcomeQueue(contract.task_errors)
        self.webhooks: WebhookQueue = WebhookQueue()
        self._contract = contract
        self._lock = lock
        self._ledger = Ledger(credits)
        self._result_origin = result_origin
        self._templates: dict[tuple[str, str | None], TaskTemplate] = {}
        self._deliveries: dict[str, Delivery] = {}  # of tasks whose end is not known yet

    @property
    def ledger(self) -> Ledger:
        """The credits now."""
        self.finalize_ended()
        return self._ledger

    def finalize_ended(self) -> None:
        """Charge and refund the tasks that have ended by now."""
        with self._lock:
            for task, ended in self.tasks.take_ended(self.clock.now()):
                self._finalize(task, ended)

    def template(self, op: Operation, generation: GenerationQuery, model: Model) -> TaskTemplate:
        """What the tasks of an operation and a model have in common."""
        key = op.id, model.name
        template = self._templates.get(key)
        if template is None:
            query = self._contract.operation(generation.operation)
            template = self._templates[key] = TaskTemplate(self._contract, op, query, model)
        return template

    def has_balance(self, template: TaskTemplate) -> bool:
        """Whether the credits suffice for a task."""
        return self._ledger.has_balance(template.credits)

    def create(self, template: TaskTemplate, body: Mapping[str, Any], size: int, origin: str) -> MockTask:
        """Create a task.

        Args:
            template: Of the task.
            body: Of the request.
            size: The bytes of that body.
            origin: Where the request was sent, `scheme://host`.
        """
        now = self.clock.now()
        outcome = self.outcomes.take()
        task = MockTask(
            id=self.tasks.new_id(template, now),
            template=template,
            outcome=outcome,
            body=body,
            size=size,
            origin=self._result_origin or origin,
            created=now,
            seconds=template.seconds if outcome.seconds is None else outcome.seconds,
            credits=template.credits,
        )
        self._ledger.reserve(task.id, task.credits, now)
        for dropped in self.tasks.add(task):
            if not dropped.is_finalized:
                self._finalize(dropped, now)
        policy = template.model.callback
        if policy is not None and isinstance(body.get(policy.parameter), str):
            delivery = Delivery(task, body[policy.parameter], policy)
            end = self.tasks.end_of(task)
            if end is None:
                self._deliveries[task.id] = delivery
            else:
                self.webhooks.schedule(delivery, end)
        if self.tasks.progress == "immediate":
            self._finalize(task, now)
        return task

    def creation_body(self, task: MockTask) -> dict[str, Any]:
        """The body of the response that creates a task.

        Raises:
            ContractViolation: It is not as documented.
        """
        body = task.template.creation_body(task, self.clock.speed)
        if task.is_documented(body.get("status")):
            task.template.operation.check_success(body)
        return body

    def find(self, ids: Iterable[str]) -> MockTask | None:
        """The task that has one of these ids; None if none has."""
        return next((task for task_id in ids if (task := self.tasks.get(task_id))), None)

    def query(self, task: MockTask) -> dict[str, Any]:
        """Count a query of a task, and return the body of its response.

        Raises:
            ContractViolation: It is not as documented.
        """
        now = self.clock.now()
        is_stopped = self.clock.virtual and self.tasks.progress == "time" and task.ended is None
        if is_stopped and task.last_query == now:
            # A client that queries twice at the same virtual time does not sleep on this clock and would
            # query for ever: each further query counts as some waiting.
            self.clock.step(task.seconds / STEPS)
            now = self.clock.now()
            self.finalize_ended()
        task.last_query = now
        task.polls += 1
        if task.ended is None and task.state(now, self.tasks.progress).is_ended:
            self._finalize(task, now)
        return self._status_body(task, now)

    def end(self, task: MockTask, outcome: Outcome) -> None:
        """End a task now, as another outcome says.

        Raises:
            ValueError: It has ended already.
        """
        with self._lock:
            self.finalize_ended()
            now = self.clock.now()
            state = task.state(now, self.tasks.progress)
            if state.is_ended:
                raise ValueError(f"the task has ended already: it is {state.status}")
            task.outcome = replace(task.outcome, end=outcome.end, code=outcome.code, message=outcome.message)
            self.webhooks.reschedule(task, now)
            self._finalize(task, now)

    def status_body(self, task: MockTask) -> dict[str, Any]:
        """The body of a query now, without counting one."""
        with self._lock:
            self.finalize_ended()
            return self._status_body(task, self.clock.now())

    def next_callback(self) -> Delivery | None:
        """Take a callback that is to be sent now; None if there is none."""
        with self._lock:
            self.finalize_ended()
            delivery = self.webhooks.take(self.clock.now())
            if delivery is not None and not delivery.body:
                delivery.body = dumps(self.status_body(delivery.task))
            return delivery

    def callback_done(self, delivery: Delivery, status: int | None, error: str | None = None) -> None:
        """Record what became of a callback."""
        with self._lock:
            self.webhooks.record(delivery, self.clock.now(), status, error)

    def _status_body(self, task: MockTask, now: float) -> dict[str, Any]:
        template = task.template
        state = task.state(now, self.tasks.progress)
        links = template.result_links(task, now) if state.status == "completed" else ()
        body = template.status_body(task, state, links)
        if task.is_documented(state.status):
            template.query.check_success(body)
        return body

    def _finalize(self, task: MockTask, ended: float) -> None:
        task.ended, task.is_finalized = ended, True
        move = self._ledger.charge if task.outcome.end == "completed" else self._ledger.refund
        move(task.id, task.credits, ended)
        delivery = self._deliveries.pop(task.id, None)
        if delivery is not None:
            self.webhooks.schedule(delivery, ended)
