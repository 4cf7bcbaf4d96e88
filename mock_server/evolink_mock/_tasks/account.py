"""The account that owns the tasks: its credits, its tasks, and their callbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._clock.clock import LAST_MOMENT
from .._http.json_codec import dumps
from .ledger import Ledger
from .outcomes import Outcome, OutcomeQueue
from .task import MockTask, TaskTemplate
from .task_store import TaskStore
from .webhooks import Delivery, WebhookQueue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from threading import RLock

    from .._clock.interfaces import MockClock
    from .._contract.content import Model
    from .._contract.contract import Contract
    from .._contract.operation import GenerationQuery, Operation
    from .ledger import KeyCredits
    from .task import ProgressMode, TaskState

STEPS = 10
"""Queries of a task, sent while virtual time stands still, that take it through all its time."""


class MockAccount:
    """Creates tasks, describes them, and finalizes them: credits and callbacks included.

    Args:
        contract: Describes the tasks.
        clock: The clock of the mock.
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
        self.result_origin = result_origin
        # How long the tasks of a model take, whatever its documents say; under None those of all others.
        self.seconds: Mapping[str | None, float] = {}
        self._ledger = Ledger(credits)
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
            now = self.clock.now()
            if self.tasks.next_end <= now:
                for task, ended in self.tasks.take_ended(now):
                    self._finalize(task, ended)

    def template(self, op: Operation, generation: GenerationQuery, model: Model) -> TaskTemplate:
        """What the tasks of an operation and a model have in common."""
        key = op.id, model.name
        template = self._templates.get(key)
        if template is None:
            query = self._contract.operation(generation.operation)
            template = self._templates[key] = TaskTemplate(self._contract, op, query, model)
        return template

    def create(
        self,
        template: TaskTemplate,
        body: Mapping[str, Any],
        size: int,
        weight: int,
        origin: str,
        now: float,
        key: KeyCredits,
    ) -> MockTask | None:
        """Create a task; None if the credits do not suffice for it.

        Args:
            template: The template of the task.
            body: The body of the request.
            size: The bytes of that body.
            weight: The bytes of memory that it takes, at most.
            origin: Where the request was sent, `scheme://host`.
            now: When, in Unix seconds of the clock.
            key: The credits of the API key.
        """
        if not self._ledger.has_balance(template.credits):
            return None
        outcome = self.outcomes.take()
        seconds = outcome.seconds
        if seconds is None:
            seconds = self.seconds.get(template.model.name, self.seconds.get(None, template.seconds))
        task = MockTask(
            self.tasks.new_id(template, now),
            template,
            outcome,
            body,
            size,
            self.result_origin or origin,
            created=now,
            seconds=seconds,
            credits=template.credits,
            weight=weight + outcome.weight,
            key=key,
        )
        key.reserve(task.credits)
        self._ledger.reserve(task.id, task.credits, now)
        for dropped in self.tasks.add(task):
            if not dropped.is_finalized:
                self._finalize(dropped, now)
            if len(self.webhooks) > 2 * len(self.tasks):
                # A callback may wait for years, and it keeps its task.
                self.webhooks.discard_unless(lambda delivery: self.tasks.get(delivery.task.id) is not None)
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
            now = self._step(task.seconds, now)
        return self._query(task, now)

    def query_batch(self, tasks: Sequence[MockTask]) -> list[dict[str, Any]]:
        """Count a query of several tasks, and return the body that describes each.

        Raises:
            ContractViolation: One is not as documented.
        """
        now = self.clock.now()
        if self.clock.virtual and self.tasks.progress == "time":
            waiting = [task.seconds for task in tasks if task.ended is None and task.last_query == now]
            if waiting:  # as for a single query
                now = self._step(min(waiting), now)
        return [self._query(task, now) for task in tasks]

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

    def state(self, task: MockTask) -> TaskState:
        """The state of a task now."""
        return task.state(self.clock.now(), self.tasks.progress)

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

    def _step(self, seconds: float, now: float) -> float:
        """Move the clock by a part of the time that a task takes; returns the new time."""
        self.clock.step(min(seconds / STEPS, max(0.0, LAST_MOMENT - now)))
        self.finalize_ended()
        return self.clock.now()

    def _query(self, task: MockTask, now: float) -> dict[str, Any]:
        task.last_query = now
        task.polls += 1
        if task.ended is None and task.state(now, self.tasks.progress).is_ended:
            self._finalize(task, now)
        return self._status_body(task, now)

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
        if task.key is not None:
            task.key.finalize(task.credits, is_charged=task.outcome.end == "completed")
        delivery = self._deliveries.pop(task.id, None)
        if delivery is not None:
            self.webhooks.schedule(delivery, ended)
