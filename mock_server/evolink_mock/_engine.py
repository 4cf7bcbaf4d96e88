"""The mock itself: requests in, replies out, no I/O and no framework."""

from __future__ import annotations

import itertools
import random
import threading
from typing import TYPE_CHECKING, Any

from evolink_mock import _coverage
from evolink_mock._blueprint import Blueprint
from evolink_mock._callbacks import Callbacks, Delivery
from evolink_mock._contract import NoRoute
from evolink_mock._control import PREFIX, Control
from evolink_mock._errors import Errors, Refusal, check
from evolink_mock._faults import Faults
from evolink_mock._keys import DEFAULT_KEY, Keys
from evolink_mock._ledger import Ledger
from evolink_mock._log import Log, Recorded
from evolink_mock._messages import Request, Response, dumps
from evolink_mock._operation import Model
from evolink_mock._outcomes import Outcomes
from evolink_mock._prefer import Preference, preferred_fault
from evolink_mock._reading import ABSENT, Unreadable, keys_at, parameter_violations, read_body
from evolink_mock._replays import REFUSED, Replays, Reply, digest
from evolink_mock._requests import checked_model, model_named_in
from evolink_mock._results import PREFIX as RESULTS
from evolink_mock._results import Results
from evolink_mock._tasks import STEPS, Task, Tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evolink_mock._clock import Clock
    from evolink_mock._contract import Contract
    from evolink_mock._faults import Fault
    from evolink_mock._operation import Link, Operation
    from evolink_mock._reading import Body
    from evolink_mock._shape import Shape
    from evolink_mock._tasks import Pace

CREDITS = 1000
"""Credits that an account begins with, at every door."""


class Engine:
    """Answers requests as the contract says.

    It may be used from several threads: one request is handled at a time, in some microseconds.

    Args:
        contract: What it answers by.
        clock: What it lives by.
        progress: What makes tasks get on.
        credits: Credits to begin with.
        seed: Makes ids and chances of one run the same as those of the next.
        allow_local_callbacks: Whether callbacks may go to http, loopback and private addresses.
        strict: Whether undocumented parameters are refused; the API takes no notice of them.
        api_key: The key that is valid from the beginning.
        links_at: Where result links point to, `scheme://host`; None for where the request was sent.
    """

    def __init__(
        self,
        contract: Contract,
        clock: Clock,
        *,
        progress: Pace = "time",
        credits: float = CREDITS,  # noqa: A002 - the word of the interface
        seed: int = 0,
        allow_local_callbacks: bool = False,
        strict: bool = False,
        api_key: str = DEFAULT_KEY,
        links_at: str | None = None,
    ) -> None:
        self.contract = contract
        self.clock = clock
        self.api_key = api_key
        self.allow_local_callbacks = allow_local_callbacks
        self.lock = threading.RLock()
        self._progress: Pace = progress
        self._credits, self._seed, self._strict, self._links_at = credits, seed, strict, links_at
        self._errors = Errors(contract)
        self._blueprints: dict[tuple[str, str | None], Blueprint] = {}
        self._no_model = Model(contract.document, {}, None)
        self._control = Control(self)
        self.reset()

    def reset(self) -> None:
        """Begin anew: no tasks, faults, requests, further keys; the credits of the beginning.

        The clock goes on, since time never goes back.
        """
        with self.lock:
            self.keys = Keys(self.api_key)
            self._ledger = Ledger(self._credits)
            self.tasks = Tasks(self._progress, self._seed)
            self.faults = Faults(self.contract.operations_named, self._seed)
            self.outcomes = Outcomes(self.contract.task_errors)
            self.requests = Log()
            self.callbacks = Callbacks()
            self.results = Results(self)
            self._replays = Replays()
            self._numbers = itertools.count(1)
            self._rng = random.Random(self._seed)  # noqa: S311 - made-up replies, not secrets

    @property
    def ledger(self) -> Ledger:
        """The credits as they are now."""
        self.settle()
        return self._ledger

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            ContractBreach: The answer is not as documented, which is a mistake in the mock.
        """
        if request.path.startswith(PREFIX) and not request.path.startswith(RESULTS):
            return self._control.handle(request)
        with self.lock:
            self.settle()
            entry = Recorded(
                f"mock-{next(self._numbers):08d}",
                request.method,
                f"{request.origin}{request.path}{'?' if request.query else ''}{request.query}",
                request.headers,
                request.body,
                self.clock.now(),
            )
            try:
                response = self._route(request, entry)
            except Refusal as refusal:
                response = refusal.response
            response.headers["x-request-id"] = entry.id
            entry.status = response.status
            self.requests.add(entry)
            if _coverage.active is not None:
                _coverage.active.exchanged(self.contract, request, response, entry)
            return response

    def unmade(self, request: Request) -> Shape | None:
        """The file that has to be made for a request, which takes a while; None if there is none.

        Who must not be held up makes it elsewhere first, by `results.studio.file(shape)`.
        """
        if not request.path.startswith(RESULTS):
            return None
        with self.lock:
            return self.results.unmade(request)

    def settle(self) -> None:
        """Charge and refund what has ended by now."""
        with self.lock:
            for task, ended in self.tasks.ending(self.clock.now()):
                self._end(task, ended)

    def told(self, task: Task) -> dict[str, Any]:
        """What a query tells of a task now, without counting as one."""
        self.settle()
        return self._told(task, self.clock.now())

    def _told(self, task: Task, now: float) -> dict[str, Any]:
        state = task.state(now, self.tasks.pace)
        links = self.results.links(task, now) if state.status == "completed" else ()
        body = task.blueprint.told(task, state, links)
        if task.keeps_to_documents(state.status):
            check(task.blueprint.query, body)
        return body

    def shape(self, task: Task) -> Shape:
        """The form of a task's results."""
        return task.blueprint.shape(task, self.results.shape_at)

    def next_callback(self) -> Delivery | None:
        """A callback that is to be delivered now, ready to be sent."""
        with self.lock:
            self.settle()
            delivery = self.callbacks.take(self.clock.now())
            if delivery is not None and not delivery.body:
                delivery.body = dumps(self.told(delivery.task))
                self._tally_end(delivery.task)
            return delivery

    def callback_done(self, delivery: Delivery, status: int | None, error: str | None = None) -> None:
        """Say what became of a callback."""
        with self.lock:
            self.callbacks.report(delivery, self.clock.now(), status, error)

    def _route(self, request: Request, entry: Recorded) -> Response:
        if request.path.startswith(RESULTS):
            return self.results.handle(request, entry)
        try:
            op, values = self.contract.find(request.method, request.path)
        except NoRoute as missing:
            raise self._errors.no_route(request.method, request.path, missing) from None
        entry.operation = op.id
        fault = self.fault_for(request, op.id)
        if fault is None:
            return self._serve(op, values, request, entry)
        model = model_named_in(op, request)
        if fault.early:
            response = Response.json(op.success_status, op.success.value(model))
        else:
            try:
                response = self._serve(op, values, request, entry)
            except Refusal as refusal:
                response = refusal.response
        return fault.spoil(response, lambda status: self._errors.body(status, op, model))

    def fault_for(self, request: Request, operation: str) -> Fault | None:
        """What goes wrong with a request: what it prefers itself comes before what waits.

        Raises:
            Refusal: It prefers what makes no sense.
        """
        preferred = preferred_fault(request.headers["prefer"]) if "prefer" in request.headers else None
        if preferred is not None and self.faults.befalls(preferred):
            return preferred
        return self.faults.take(operation, ordinary=operation != "results") if len(self.faults) else None

    def _serve(self, op: Operation, values: Mapping[str, str], request: Request, entry: Recorded) -> Response:
        key = self.keys.holder(request.headers.get("authorization")) or self.keys.issued(keys_at(op, request))
        if key is None:
            if op.secured:
                raise self._errors.refusal(401, op, model_named_in(op, request))
            key = ""
        if op.parameters:
            entry.violations = parameter_violations(op, values, request)
            if entry.violations:
                raise self._errors.invalid(op, None, entry.violations)
        try:
            body = read_body(self.contract.document, op, request)
        except Unreadable as error:
            raise self._errors.refusal(
                error.status, op, model_named_in(op, request), message=str(error)
            ) from None
        entry.json = None if body.value is ABSENT else body.value
        model = self._model(op, body, request, entry)
        if model.name is not None and not self.keys.admits(key, model.name):
            raise self._errors.refusal(403, op, model.name)
        preference = Preference.read(request.headers["prefer"]) if "prefer" in request.headers else None
        if preference is not None:
            return preference.answer(self.contract.document, op, model.name, self._rng)
        if op.link is not None:
            return self._create(op, op.link, model, key, request, entry)
        if op.id in self.contract.queries:
            return self._query(op, values, entry)
        return op.answer(model.name)

    def _model(self, op: Operation, body: Body, request: Request, entry: Recorded) -> Model:
        """The model that a body is for, after the body was checked."""
        model, violations = checked_model(
            body,
            allow_local=self.allow_local_callbacks,
            strict=self._strict,
            owned=lambda url: self.results.owns(url, request.origin),
        )
        entry.checked_by = model
        if violations:
            entry.violations = violations
            name = model.name if model is not None else None
            raise self._errors.invalid(op, name, violations)
        return model if model is not None else self._no_model

    def _create(
        self,
        op: Operation,
        link: Link,
        model: Model,
        key: str,
        request: Request,
        entry: Recorded,
    ) -> Response:
        body = entry.json or {}
        again = request.headers.get("idempotency-key")
        mark = digest(body) if again else b""
        known = self._replays.find(key, op.id, again) if again else None
        if known is not None:
            refused = known.refused(mark, self.clock.now())
            if refused is not None:
                code, message = refused
                raise self._errors.refusal(REFUSED, op, model.name, code=code, message=message)
            entry.task_id = known.task_id
            return Response.of(known.status, known.body, {"idempotency-replayed": "true"})
        blueprint = self._blueprint(op, link, model)
        if not self._ledger.affords(blueprint.credits):
            raise self._errors.refusal(402, op, model.name)
        task = self._begin(blueprint, body, request)
        entry.task_id = task.id
        created = blueprint.created(task, self.clock.speed)
        if task.keeps_to_documents(created.get("status")):
            check(op, created)
        response = Response.json(op.success_status, created)
        if again:
            response.keyed = Reply(mark, response.status, response.body, task.id)
            self._replays.keep(key, op.id, again, response.keyed)
        return response

    def _begin(self, blueprint: Blueprint, body: Mapping[str, Any], request: Request) -> Task:
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

    def _end(self, task: Task, ended: float) -> None:
        task.ended, task.settled = ended, True
        move = self._ledger.settle if task.plan.end == "completed" else self._ledger.refund
        move(task.id, task.credits, ended)
        if task.callback is not None and self.tasks.pace != "time":
            self.callbacks.schedule(task.callback, ended)

    def _query(self, op: Operation, values: Mapping[str, str], entry: Recorded) -> Response:
        task = next((found for value in values.values() if (found := self.tasks.get(value))), None)
        if task is None:
            raise self._errors.refusal(404, op)
        entry.task_id, entry.json, entry.checked_by = task.id, task.body, task.model
        now = self.clock.now()
        if self.clock.virtual and self.tasks.pace == "time" and task.ended is None and task.seen == now:
            # Whoever asks twice at the same virtual time does not sleep on this clock, and would ask
            # for ever: each query takes the place of some waiting.
            self.clock.drift(task.seconds / STEPS)
            now = self.clock.now()
            self.settle()
        task.polls += 1
        task.seen = now
        if task.ended is None and task.state(now, self.tasks.pace).ended:
            self._end(task, now)
        self._tally_end(task)
        return Response.json(op.success_status, self._told(task, now))

    def _tally_end(self, task: Task) -> None:
        if _coverage.active is not None and task.ended is not None:
            _coverage.active.ended(self.contract, task.plan)

    def _blueprint(self, op: Operation, link: Link, model: Model) -> Blueprint:
        known = self._blueprints.get((op.id, model.name))
        if known is None:
            known = self._blueprints[op.id, model.name] = Blueprint(self.contract, op, link, model)
        return known
