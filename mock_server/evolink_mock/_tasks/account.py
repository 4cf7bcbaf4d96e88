"""The jobs of an account: created and reserved for, told of, ended and paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._engine import coverage as _coverage
from .._engine.errors import check
from .._http.messages import dumps
from .ledger import Ledger
from .outcomes import Outcomes
from .results import Results
from .task import STEPS, Task, Tasks
from .template import Blueprint
from .webhooks import Callbacks, Delivery

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from threading import RLock

    from .._clock.clock import Clock
    from .._contract.contract import Contract
    from .._contract.model import Model
    from .._contract.operation import Link, Operation
    from .._http.messages import Request
    from .._media.spec import Shape
    from .task import Pace


class Jobs:
    """The tasks with all that goes with them: credits, outcomes, callbacks and result files.

    Args:
        contract: What they look like.
        clock: What they live by.
        lock: Held by whoever changes anything; what others than the engine call takes it here.
        pace: What makes them get on.
        credits: Credits to begin with.
        seed: Makes the ids of one run the same as those of the next.
        links_at: Where result links point to, `scheme://host`; None for where a job was sent.
    """

    def __init__(
        self,
        contract: Contract,
        clock: Clock,
        lock: RLock,
        *,
        pace: Pace,
        credits: float,  # noqa: A002 - the word of the interface
        seed: int,
        links_at: str | None,
    ) -> None:
        self.clock = clock
        self.tasks: Tasks = Tasks(pace, seed)
        self.outcomes: Outcomes = Outcomes(contract.task_errors)
        self.callbacks: Callbacks = Callbacks()
        self.results: Results = Results(self)
        self._contract = contract
        self._lock = lock
        self._ledger = Ledger(credits)
        self._links_at = links_at
        self._blueprints: dict[tuple[str, str | None], Blueprint] = {}

    @property
    def ledger(self) -> Ledger:
        """The credits as they are now."""
        self.settle()
        return self._ledger

    def settle(self) -> None:
        """Charge and refund what has ended by now."""
        with self._lock:
            for task, ended in self.tasks.ending(self.clock.now()):
                self._end(task, ended)

    def blueprint(self, op: Operation, link: Link, model: Model) -> Blueprint:
        """What the tasks of an operation and a model look like."""
        known = self._blueprints.get((op.id, model.name))
        if known is None:
            known = self._blueprints[op.id, model.name] = Blueprint(self._contract, op, link, model)
        return known

    def affords(self, blueprint: Blueprint) -> bool:
        """Whether the credits suffice for a task."""
        return self._ledger.affords(blueprint.credits)

    def begin(self, blueprint: Blueprint, body: Mapping[str, Any], request: Request) -> Task:
        """Create a task."""
        now = self.clock.now()
        plan = self.outcomes.take()
        task = Task(
            id=self.tasks.new_id(blueprint, now),
            blueprint=blueprint,
            plan=plan,
            body=body,
            size=len(request.body),
            origin=self._links_at or request.origin,
            created=now,
            seconds=blueprint.seconds if plan.seconds is None else plan.seconds,
            credits=blueprint.credits,
        )
        self._ledger.reserve(task.id, task.credits, now)
        for forgotten in self.tasks.add(task):
            if not forgotten.settled:
                self._end(forgotten, now)
        policy = blueprint.model.callback
        if policy is not None and isinstance(body.get(policy.parameter), str):
            task.callback = Delivery(task, body[policy.parameter], policy)
            end = self.tasks.end_of(task)
            if end is not None:
                self.callbacks.schedule(task.callback, end)
        if self.tasks.pace == "immediate":
            self._end(task, now)
        return task

    def created(self, task: Task) -> dict[str, Any]:
        """What the reply says that creates a task.

        Raises:
            ContractBreach: It is not as documented.
        """
        body = task.blueprint.created(task, self.clock.speed)
        if task.keeps_to_documents(body.get("status")):
            check(task.blueprint.operation, body)
        return body

    def find(self, names: Iterable[str]) -> Task | None:
        """The task that one of some names is the id of."""
        return next((found for name in names if (found := self.tasks.get(name))), None)

    def asked(self, task: Task) -> dict[str, Any]:
        """What a query is told, which counts as one."""
        now = self.clock.now()
        if self.clock.virtual and self.tasks.pace == "time" and task.ended is None and task.seen == now:
            # Whoever asks twice at the same virtual time does not sleep on this clock, and would ask
            # for ever: each query takes the place of some waiting.
            self.clock.drift(task.seconds / STEPS)
            now = self.clock.now()
            self.settle()
        task.seen = now
        task.polls += 1
        if task.ended is None and task.state(now, self.tasks.pace).ended:
            self._end(task, now)
        self._tally_end(task)
        return self._told(task, now)

    def told(self, task: Task) -> dict[str, Any]:
        """What a query would be told now."""
        with self._lock:
            self.settle()
            return self._told(task, self.clock.now())

    def shape(self, task: Task) -> Shape:
        """The form of a task's results."""
        return task.blueprint.shape(task, self.results.shape_at)

    def next_callback(self) -> Delivery | None:
        """A callback that is to be delivered now, ready to be sent."""
        with self._lock:
            self.settle()
            delivery = self.callbacks.take(self.clock.now())
            if delivery is not None and not delivery.body:
                delivery.body = dumps(self.told(delivery.task))
                self._tally_end(delivery.task)
            return delivery

    def callback_done(self, delivery: Delivery, status: int | None, error: str | None = None) -> None:
        """Say what became of a callback."""
        with self._lock:
            self.callbacks.report(delivery, self.clock.now(), status, error)

    def _told(self, task: Task, now: float) -> dict[str, Any]:
        state = task.state(now, self.tasks.pace)
        links = self.results.links(task, now) if state.status == "completed" else ()
        body = task.blueprint.told(task, state, links)
        if task.keeps_to_documents(state.status):
            check(task.blueprint.query, body)
        return body

    def _end(self, task: Task, ended: float) -> None:
        task.ended, task.settled = ended, True
        move = self._ledger.settle if task.plan.end == "completed" else self._ledger.refund
        move(task.id, task.credits, ended)
        if task.callback is not None and self.tasks.pace != "time":
            self.callbacks.schedule(task.callback, ended)

    def _tally_end(self, task: Task) -> None:
        if _coverage.active is not None and task.ended is not None:
            _coverage.active.ended(self._contract, task.plan)
