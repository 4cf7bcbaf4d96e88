"""The mock itself: requests in, replies out, no I/O and no framework."""

from __future__ import annotations

import itertools
import random
import threading
from typing import TYPE_CHECKING

from .._contract.contract import NoRoute
from .._contract.model import Model
from .._http.messages import Request, Response
from .._tasks.account import Jobs
from .._tasks.ledger import CREDITS
from .._tasks.results import PREFIX as RESULTS
from . import coverage as _coverage
from .admin import PREFIX, Control
from .checking import checked_model, model_named_in
from .errors import Errors, Refusal
from .faults import Faults
from .idempotency import REFUSED, Replays, Reply, digest
from .keys import DEFAULT_KEY, Keys
from .prefer import Preference, preferred_fault
from .reading import ABSENT, Unreadable, read_body
from .request_log import Log, Recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._clock.clock import Clock
    from .._contract.contract import Contract
    from .._contract.operation import Link, Operation
    from .._media.spec import Shape
    from .._tasks.task import Pace
    from .faults import Fault
    from .reading import Body


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
        self.lock: threading.RLock = threading.RLock()
        self._progress: Pace = progress
        self._credits, self._seed, self._strict, self._links_at = credits, seed, strict, links_at
        self._errors = Errors(contract)
        self._no_model = Model(contract.document, {}, None)
        self._control = Control(self)
        self.reset()

    def reset(self) -> None:
        """Begin anew: no tasks, faults, requests, further keys; the credits of the beginning.

        The clock goes on, since time never goes back.
        """
        with self.lock:
            self.keys: Keys = Keys(self.api_key)
            self.jobs: Jobs = Jobs(
                self.contract,
                self.clock,
                self.lock,
                pace=self._progress,
                credits=self._credits,
                seed=self._seed,
                links_at=self._links_at,
            )
            self.faults: Faults = Faults(self.contract.operations_named, self._seed)
            self.requests: Log = Log()
            self._replays = Replays()
            self._numbers = itertools.count(1)
            self._rng = random.Random(self._seed)  # noqa: S311 - made-up replies, not secrets

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            ContractBreach: The answer is not as documented, which is a mistake in the mock.
        """
        if request.path.startswith(PREFIX) and not request.path.startswith(RESULTS):
            return self._control.handle(request)
        with self.lock:
            self.jobs.settle()
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

        Who must not be held up makes it elsewhere first, by `jobs.results.studio.file(shape)`.
        """
        if not request.path.startswith(RESULTS):
            return None
        with self.lock:
            return self.jobs.results.unmade(request)

    def _route(self, request: Request, entry: Recorded) -> Response:
        if request.path.startswith(RESULTS):
            return self._result(request, entry)
        try:
            op, values = self.contract.find(request.method, request.path)
        except NoRoute as missing:
            raise self._errors.no_route(request.method, request.path, missing) from None
        entry.operation = op.id
        fault = self._fault_for(request, op.id)
        if fault is None:
            return self._serve(op, values, request, entry)
        model = model_named_in(op, request)
        if fault.early:
            response = op.success.reply(op.success_status, op.success.value(model))
        else:
            try:
                response = self._serve(op, values, request, entry)
            except Refusal as refusal:
                response = refusal.response
        return fault.spoil(response, lambda status: self._errors.body(status, op, model))

    def _result(self, request: Request, entry: Recorded) -> Response:
        """Answer a request for a result file; it needs no key."""
        entry.operation = "results"
        task = self.jobs.results.task(request.path)
        if task is not None:
            entry.about(task)
        fault = self._fault_for(request, entry.operation)
        if fault is None:
            return self.jobs.results.handle(request)
        response = Response.text(200, "") if fault.early else self.jobs.results.handle(request)
        return fault.spoil(response, lambda status: {"error": {"code": status, "message": "fault"}})

    def _fault_for(self, request: Request, operation: str) -> Fault | None:
        """What goes wrong with a request: what it prefers itself comes before what waits.

        Raises:
            Refusal: It prefers what makes no sense.
        """
        preferred = preferred_fault(request.headers["prefer"]) if "prefer" in request.headers else None
        if preferred is not None and self.faults.befalls(preferred):
            return preferred
        return self.faults.take(operation, ordinary=operation != "results") if len(self.faults) else None

    def _serve(self, op: Operation, values: Mapping[str, str], request: Request, entry: Recorded) -> Response:
        key = self.keys.holder(request.headers.get("authorization")) or self.keys.issued(op.keys_in(request))
        if key is None:
            if op.secured:
                raise self._errors.refusal(401, op, model_named_in(op, request))
            key = ""
        if op.parameters:
            entry.violations = op.parameter_violations(request, values)
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
            owned=lambda url: self.jobs.results.owns(url, request.origin),
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
        blueprint = self.jobs.blueprint(op, link, model)
        if not self.jobs.affords(blueprint):
            raise self._errors.refusal(402, op, model.name)
        task = self.jobs.begin(blueprint, body, request)
        entry.task_id = task.id
        response = op.success.reply(op.success_status, self.jobs.created(task))
        if again:
            response.keyed = Reply(mark, response.status, response.body, task.id)
            self._replays.keep(key, op.id, again, response.keyed)
        return response

    def _query(self, op: Operation, values: Mapping[str, str], entry: Recorded) -> Response:
        task = self.jobs.find(values.values())
        if task is None:
            raise self._errors.refusal(404, op)
        entry.about(task)
        return op.success.reply(op.success_status, self.jobs.asked(task))
